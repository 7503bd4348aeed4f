"""Shapes, parameters and FLOPs of Keras' layers and operations, by rule: no layer is built.

A rule takes a layer's constructor arguments and its input, and gives shape and dtype of the output, the
parameters, and the FLOPs of one row. FLOPs are 2 x multiply-accumulate of convolutions, dense layers, matrix
products, attention and recurrent cells; all else counts 0 by definition. What has no rule is built as a ghost
and counts as unknown.
"""

from . import (  # noqa: F401  (they register)
    attention,
    convolution,
    dense,
    elementwise,
    light,
    normalisation,
    own,
    pooling,
    recurrent,
    reshape,
)
from .base import LIGHT, RULES

__all__ = ["LIGHT", "RULES"]
