"""A directed graph as layered SVG: ranks, dummy nodes on long edges, barycentre sweeps; a box may hold a graph of its own.

Source: Sugiyama, Tagawa, Toda, "Methods for visual understanding of hierarchical system structures", 1981.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

Key = Hashable
HEIGHT, GAP_X, GAP_Y, DUMMY = 34.0, 16.0, 26.0, 10.0
CHARACTER = 7.0
SWEEPS = 12
HEAD, PAD, DOT = 22.0, 8.0, 8.0  # a frame's heading and margin; the points where its edges come in and go out


@dataclass(frozen=True)
class Picture:
    """A part of a drawing.

    Attributes:
        body: SVG elements, from the point (0, 0).
        width: In pixels.
        height: In pixels.
    """

    body: str
    width: float
    height: float


@dataclass(frozen=True)
class Box:
    """One node of a drawing.

    Attributes:
        label: First line, short.
        note: Second line, smaller; may be empty.
        detail: Shown when the pointer rests on it.
        kind: Style class: ``input``, ``output``, ``op``, ``port`` (where edges enter or leave a frame) or a group name.
        inside: What the box is a frame around.
    """

    label: str
    note: str = ""
    detail: str = ""
    kind: str = "op"
    inside: Picture | None = None

    @property
    def height(self) -> float:
        """Height in pixels."""
        if self.inside is not None:
            return self.inside.height + HEAD + PAD
        return DOT if self.kind == "port" else HEIGHT

    @property
    def width(self) -> float:
        """Width in pixels, from the longer of its lines or what is inside."""
        if self.kind == "port":
            return DOT
        if self.inside is not None:
            return max(self.inside.width + 2 * PAD, CHARACTER * (len(self.label) + 2))
        ends = 12.0 if self.kind in ("input", "output") else 0.0  # these are round
        return ends + max(64.0, CHARACTER * max(len(self.label) + 2, 0.85 * len(self.note) + 2))


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
    drawn = arranged(boxes, edges)
    return (
        f'<svg class="kn-graph" role="img" aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {drawn.width:.0f} {drawn.height:.0f}" width="{drawn.width:.0f}" height="{drawn.height:.0f}" '
        'style="max-width:100%;height:auto;color:var(--jp-content-font-color1,var(--kn-alone,inherit));font-family:system-ui,sans-serif">'
        f"<title>{escape(title)}</title>{drawn.body}</svg>"
    )


def arranged(boxes: Mapping[Key, Box], edges: Sequence[tuple[Key, Key]], margin: float = GAP_Y) -> Picture:
    """The same as a part of a drawing, to stand inside a frame.

    Args:
        boxes: The nodes.
        edges: Pairs (from, to).
        margin: Above and below, in pixels.

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
    rows = [max((boxes[k].height for k in layer if k in boxes), default=HEIGHT) for layer in layers]
    top, at = [], margin
    for row in rows:
        top.append(at)
        at += row + GAP_Y
    parts = []
    for chain in chains:
        ends = boxes[chain[0]].height
        parts.append(_edge([(x[k], top[rank[k]], rows[rank[k]]) for k in chain], ends))
    for key, box in boxes.items():
        parts.append(_box(box, x[key], top[rank[key]]))
    return Picture("".join(parts), total, at - GAP_Y + margin if rows else margin)


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


def _edge(chain: Sequence[tuple[float, float, float]], height: float) -> str:
    """A line from the bottom of a box past the rows between to the top of another.

    Args:
        chain: Centre, top and height of every row that it passes, the first and last with the boxes.
        height: Of the first box; its row may be higher.
    """
    x, y, row = chain[0]
    path = f"M{x:.1f} {y + height:.1f}" + (f"V{y + row:.1f}" if row > height else "")
    before = (x, y + row)
    for i, (x, y, row) in enumerate(chain[1:], 1):
        middle = (before[1] + y) / 2
        path += f"C{before[0]:.1f} {middle:.1f} {x:.1f} {middle:.1f} {x:.1f} {y:.1f}"
        if i < len(chain) - 1:
            path += f"V{y + row:.1f}"
        before = (x, y + row)
    return f'<path d="{path}" fill="none" stroke="currentColor" stroke-opacity=".45"/>'


def _box(box: Box, x: float, y: float) -> str:
    if box.kind == "port":
        return f'<circle cx="{x:.1f}" cy="{y + DOT / 2:.1f}" r="{DOT / 2:.0f}" fill="currentColor" fill-opacity=".5"/>'
    width, height = box.width, box.height
    fill = {"input": ".16", "output": ".16", "op": "0"}.get(box.kind, ".05")
    rounded = HEIGHT / 2 if box.kind in ("input", "output") else 5
    title = f"<title>{escape(box.detail or box.label)}</title>"
    frame = (
        f'<rect x="{x - width / 2:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.0f}" '
        f'rx="{rounded:.0f}" fill="currentColor" fill-opacity="{fill}" stroke="currentColor"'
    )
    if box.inside is not None:
        left = x - box.inside.width / 2
        heading = (
            f'<text x="{x - width / 2 + PAD:.1f}" y="{y + 15:.1f}" font-size="12" font-weight="600" '
            f'fill="currentColor">{escape(box.label)}</text>'
        )
        inner = f'<g transform="translate({left:.1f} {y + HEAD:.1f})">{box.inside.body}</g>'
        return f'<g><g>{title}{frame} stroke-opacity=".5" stroke-dasharray="4 3"/>{heading}</g>{inner}</g>'
    lines = [(box.label, 12, HEIGHT / 2 + (4 if not box.note else -2))]
    if box.note:
        lines.append((box.note, 10, HEIGHT / 2 + 11))
    text = "".join(
        f'<text x="{x:.1f}" y="{y + dy:.1f}" font-size="{size}" text-anchor="middle" '
        f'fill="currentColor">{escape(line)}</text>'
        for line, size, dy in lines
    )
    return f"<g>{title}{frame}/>{text}</g>"
