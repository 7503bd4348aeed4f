"""Which layer of an edited space was which before."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from .expression import Expr

if TYPE_CHECKING:
    from .space import Space

Layers = dict[str, list[tuple[str, tuple[str, str]]]]


def align(old: Space, new: Space) -> dict[str, str]:
    """Layer paths of an edited space -> the paths they had.

    Found by a diff of class and constants inside each scope. A heuristic, for weights of unnamed layers;
    decisions need none, since their paths stay.
    """
    before, after = _scopes(old), _scopes(new)
    mapped: dict[str, str] = {}
    for scope in sorted(before.keys() & after.keys()):
        a, b = before[scope], after[scope]
        matcher = difflib.SequenceMatcher(a=[x[1] for x in a], b=[x[1] for x in b], autojunk=False)
        for match in matcher.get_matching_blocks():
            mapped.update({b[match.b + i][0]: a[match.a + i][0] for i in range(match.size)})
    return mapped


def _scopes(space: Space) -> Layers:
    """Layers by their scope, each with its class and constants; a layer that is called twice counts once."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for node in space.all_nodes():
        if node.layer:
            constants = {k: v for k, v in node.config.items() if not isinstance(v, Expr)}
            found.setdefault(node.layer.rpartition("/")[0], {}).setdefault(
                node.layer, (node.target.name, repr(constants))
            )
    return {scope: list(layers.items()) for scope, layers in found.items()}
