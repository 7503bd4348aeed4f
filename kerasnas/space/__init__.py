"""Search spaces: decisions, the trace language that records them, genotypes, and what is done with both."""

from .align import align
from .blocks import Block, block, shared, tied
from .decision import Choice, Decision, FloatRange, IntRange, Optional
from .expression import Dim, Expr, Ref, at_least, ceil_div, channels, dim, present, size
from .genotype import Genotype
from .graph import (
    Inferred,
    Nested,
    Node,
    Plan,
    Region,
    Spec,
    Step,
    Target,
    Tensor,
    leaves,
    nest_leaves,
    nest_map,
)
from .language import match_like, pick, repeat, require, when
from .reasons import because, note
from .space import Input, Space
from .twins import custom, external, layers, ops
from .value import Value

__all__ = [
    "Block",
    "Choice",
    "Decision",
    "Dim",
    "Expr",
    "FloatRange",
    "Genotype",
    "Inferred",
    "Input",
    "IntRange",
    "Nested",
    "Node",
    "Optional",
    "Plan",
    "Ref",
    "Region",
    "Space",
    "Spec",
    "Step",
    "Target",
    "Tensor",
    "Value",
    "align",
    "at_least",
    "because",
    "block",
    "ceil_div",
    "channels",
    "custom",
    "dim",
    "external",
    "layers",
    "leaves",
    "match_like",
    "nest_leaves",
    "nest_map",
    "note",
    "ops",
    "pick",
    "present",
    "repeat",
    "require",
    "shared",
    "size",
    "tied",
    "when",
]
