"""A directed graph as layered SVG: ranks, dummy nodes on long edges, barycentre sweeps.

Source: Sugiyama, Tagawa, Toda, "Methods for visual understanding of hierarchical system structures", 1981.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

Key = Hashable
HEIGHT, GAP_X, GAP_Y, DUMMY = 34.0, 16.0, 26.0, 10.0
CHARACTER = 6.6
SWEEPS = 12


@dataclass(frozen=True)
class Box:
    """One node of a drawing.

    Attributes:
        label: First line, short.
        note: Second line, smaller; may be empty.
        detail: Shown when the pointer rests on it.
        kind: Style class: ``input``, ``output``, ``op`` or a group name.
    """

    label: str
    note: str = ""
    detail: str = ""
    kind: str = "op"

    @property
    def width(self) -> float:
        """Width in pixels, from the longer of its lines."""
        return max(64.0, CHARACTER * max(len(self.label) + 2, 0.85 * len(self.note) + 2))


def layered(boxes: Mapping[Key, Box], edges: Sequence[tuple[Key, Key]], *, title: str) -> str:
    """Draw a directed acyclic graph from top to bottom.

    Args:
        boxes: The nodes.
        edges: Pairs (from, to).
        title: What a screen reader says.

    Returns:
        An ``<svg>`` string in the colours of the page (``currentColor``), light or dark.

    Raises:
        ValueError: If an edge names no node, or the graph has a cycle.
    """
    for a, b in edges:
        if a not in boxes or b not in boxes:
            raise ValueError(f"The edge {a!r} -> {b!r} names a node that is not drawn.")
    rank = _ranks(list(boxes), edges)
    widths: dict[Key, float] = {k: b.width for k, b in boxes.items()}
    chains: list[list[Key]] = []
    for a, b in dict.fromkeys(edges):
        chain: list[Key] = [a]
        for r in range(rank[a] + 1, rank[b]):
            dummy = ("dummy", a, b, r)
            rank[dummy], widths[dummy] = r, DUMMY
            chain.append(dummy)
        chains.append([*chain, b])
    layers = _ordered(rank, chains)
    x, total = _placed(layers, widths, chains)
    height = len(layers) * (HEIGHT + GAP_Y) + GAP_Y
    parts = [
        f'<svg class="kn-graph" role="img" aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {total:.0f} {height:.0f}" width="{total:.0f}" height="{height:.0f}" '
        'style="max-width:100%;height:auto;color:var(--jp-content-font-color1,inherit);font-family:system-ui,sans-serif">'
        f"<title>{escape(title)}</title>"
    ]
    top = {r: GAP_Y + r * (HEIGHT + GAP_Y) for r in range(len(layers))}
    for chain in chains:
        parts.append(_edge(chain, x, {k: top[rank[k]] for k in chain}))
    for key, box in boxes.items():
        parts.append(_box(box, x[key], top[rank[key]]))
    return "".join(parts) + "</svg>"


def _ranks(keys: list[Key], edges: Sequence[tuple[Key, Key]]) -> dict[Key, int]:
    """Longest path from a source."""
    after: dict[Key, list[Key]] = {k: [] for k in keys}
    waiting = dict.fromkeys(keys, 0)
    for a, b in dict.fromkeys(edges):
        after[a].append(b)
        waiting[b] += 1
    rank = dict.fromkeys(keys, 0)
    ready = [k for k in keys if not waiting[k]]
    done = 0
    while ready:
        key = ready.pop()
        done += 1
        for follower in after[key]:
            rank[follower] = max(rank[follower], rank[key] + 1)
            waiting[follower] -= 1
            if not waiting[follower]:
                ready.append(follower)
    if done < len(keys):
        raise ValueError("The graph has a cycle and cannot be drawn in layers.")
    before: dict[Key, list[Key]] = {k: [] for k in keys}
    for a, followers in after.items():
        for b in followers:
            before[b].append(a)
    for key in sorted(keys, key=lambda k: -rank[k]):  # sources move down to where they are used
        if not before[key] and after[key]:
            rank[key] = min(rank[f] for f in after[key]) - 1
    return rank


def _ordered(rank: Mapping[Key, int], chains: Sequence[Sequence[Key]]) -> list[list[Key]]:
    """Order inside each layer, so that few edges cross."""
    layers: list[list[Key]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for key, r in rank.items():
        layers[r].append(key)
    up: dict[Key, list[Key]] = {}
    down: dict[Key, list[Key]] = {}
    for chain in chains:
        for a, b in pairwise(chain):
            down.setdefault(a, []).append(b)
            up.setdefault(b, []).append(a)
    place = {k: i for layer in layers for i, k in enumerate(layer)}
    for sweep in range(SWEEPS):
        near = down if sweep % 2 else up
        for layer in reversed(layers) if sweep % 2 else layers:
            centre = {
                k: sum(place[n] for n in near[k]) / len(near[k]) if near.get(k) else float(place[k])
                for k in layer
            }
            layer.sort(key=centre.__getitem__)
            place.update({k: i for i, k in enumerate(layer)})
    return layers


def _placed(
    layers: list[list[Key]], widths: Mapping[Key, float], chains: Sequence[Sequence[Key]]
) -> tuple[dict[Key, float], float]:
    """Centres of the nodes: under their neighbours where there is room."""
    near: dict[Key, list[Key]] = {}
    for chain in chains:
        for a, b in pairwise(chain):
            near.setdefault(a, []).append(b)
            near.setdefault(b, []).append(a)
    x: dict[Key, float] = {}
    for layer in layers:
        at = -sum(widths[k] + GAP_X for k in layer) / 2
        for key in layer:
            x[key] = at + (widths[key] + GAP_X) / 2
            at += widths[key] + GAP_X
    for _ in range(4):
        for layer in layers:
            wish = [sum(x[n] for n in near[k]) / len(near[k]) if near.get(k) else x[k] for k in layer]
            edge = float("-inf")
            for key, want in zip(layer, wish, strict=True):
                x[key] = max(want, edge + widths[key] / 2)
                edge = x[key] + widths[key] / 2 + GAP_X
            drift = sum(x[k] - w for k, w in zip(layer, wish, strict=True)) / max(1, len(layer))
            for key in layer:
                x[key] -= drift
    left = min((x[k] - widths[k] / 2 for k in x), default=0.0) - GAP_X
    right = max((x[k] + widths[k] / 2 for k in x), default=0.0) + GAP_X
    return {k: v - left for k, v in x.items()}, right - left


def _edge(chain: Sequence[Key], x: Mapping[Key, float], top: Mapping[Key, float]) -> str:
    points = [(x[chain[0]], top[chain[0]] + HEIGHT)]
    for key in chain[1:-1]:
        points += [(x[key], top[key]), (x[key], top[key] + HEIGHT)]
    points.append((x[chain[-1]], top[chain[-1]]))
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (ax, ay), (bx, by) in pairwise(points):
        middle = (ay + by) / 2
        path += f"C{ax:.1f} {middle:.1f} {bx:.1f} {middle:.1f} {bx:.1f} {by:.1f}"
    return f'<path d="{path}" fill="none" stroke="currentColor" stroke-opacity=".45"/>'


def _box(box: Box, x: float, y: float) -> str:
    width = box.width
    fill = {"input": ".16", "output": ".16", "op": "0"}.get(box.kind, ".06")
    rounded = HEIGHT / 2 if box.kind in ("input", "output") else 5
    lines = [(box.label, 12, HEIGHT / 2 + (4 if not box.note else -2))]
    if box.note:
        lines.append((box.note, 10, HEIGHT / 2 + 11))
    text = "".join(
        f'<text x="{x:.1f}" y="{y + dy:.1f}" font-size="{size}" text-anchor="middle" '
        f'fill="currentColor">{escape(line)}</text>'
        for line, size, dy in lines
    )
    return (
        f"<g><title>{escape(box.detail or box.label)}</title>"
        f'<rect x="{x - width / 2:.1f}" y="{y:.1f}" width="{width:.1f}" height="{HEIGHT:.0f}" '
        f'rx="{rounded:.0f}" fill="currentColor" fill-opacity="{fill}" stroke="currentColor"/>{text}</g>'
    )
