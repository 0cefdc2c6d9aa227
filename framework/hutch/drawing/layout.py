"""Layout: place boxes in columns so that arrows point right and cross little.

The method is Sugiyama's (K. Sugiyama, S. Tagawa, M. Toda: Methods for Visual
Understanding of Hierarchical System Structures, 1981): layers by longest path,
invisible places where an arrow passes a layer, order within layers by barycentres,
then positions drawn towards the neighbours.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

COLUMN_GAP = 88
ROW_GAP = 26
PASSING = 14
"""The room that is kept free for an arrow that passes a layer, in pixels."""
_SWEEPS = 12

Edge = tuple[str, str]
Column = list[str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a box is, in pixels from the top left."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Where every box is, and the points each arrow runs through."""

    places: Mapping[str, Place]
    paths: Mapping[Edge, Sequence[tuple[float, float]]]
    width: float
    height: float


def layout(heights: Mapping[str, float], edges: Iterable[Edge], width: float) -> Layout:
    """Place boxes of one width.

    Args:
        heights: The height of each box, in pixels; each after those that point to it.
        edges: The arrows, ``(from, to)``, without circles.
        width: Of every box, in pixels.
    """
    arrows = list(dict.fromkeys(edges))
    layers = _layers(list(heights), arrows)
    routes = {arrow: _route(arrow, layers) for arrow in arrows}
    steps = [step for route in routes.values() for step in pairwise(route)]
    columns = _ordered(_columns(layers, routes.values()), steps)
    rooms = {node: height + ROW_GAP for node, height in heights.items()}
    sizes = {node: rooms.get(node, PASSING) for column in columns for node in column}
    tops = _tops(columns, sizes, steps)
    xs = {node: n * (width + COLUMN_GAP) for n, col in enumerate(columns) for node in col}
    places = {n: Place(xs[n], tops[n] + ROW_GAP / 2, width, heights[n]) for n in heights}
    points = {arrow: _points(route, xs, tops, sizes, width) for arrow, route in routes.items()}
    bottom = max(tops[node] + sizes[node] for node in sizes)
    return Layout(places, points, len(columns) * (width + COLUMN_GAP) - COLUMN_GAP, bottom)


def _layers(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Give each node the length of the longest path that leads to it."""
    layers = dict.fromkeys(nodes, 0)
    onward: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in edges:
        onward[source].append(target)
    for node in nodes:
        for target in onward[node]:
            layers[target] = max(layers[target], layers[node] + 1)
    return layers


def _route(edge: Edge, layers: Mapping[str, int]) -> list[str]:
    """List the edge's ends with an invisible node for each layer between them."""
    source, target = edge
    between = range(layers[source] + 1, layers[target])
    return [source, *(f"{source}>{target}@{layer}" for layer in between), target]


def _columns(layers: Mapping[str, int], routes: Iterable[Sequence[str]]) -> list[Column]:
    columns: list[Column] = [[] for _ in range(max(layers.values()) + 1)]
    for node, layer in layers.items():
        columns[layer].append(node)
    for route in routes:
        for offset, node in enumerate(route[1:-1], 1):
            columns[layers[route[0]] + offset].append(node)
    return columns


def _ordered(columns: list[Column], steps: Sequence[Edge]) -> list[Column]:
    """Sort each column by the middle of its neighbours, to and fro; keep the best."""
    before, after = _neighbours(steps)
    best, fewest = columns, _crossings(columns, steps)
    for sweep in range(_SWEEPS):
        near = before if sweep % 2 == 0 else after
        columns = _sweep(columns, near, backwards=sweep % 2 == 1)
        crossings = _crossings(columns, steps)
        if crossings < fewest:
            best, fewest = columns, crossings
    return best


def _neighbours(steps: Sequence[Edge]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for source, target in steps:
        before.setdefault(target, []).append(source)
        after.setdefault(source, []).append(target)
    return before, after


def _sweep(
    columns: list[Column], near: Mapping[str, Sequence[str]], *, backwards: bool
) -> list[Column]:
    rank: dict[str, float] = {}
    swept: list[Column] = []
    for column in reversed(columns) if backwards else columns:
        own = {node: n / len(column) for n, node in enumerate(column)}
        middles = {node: _mean([rank[n] for n in near.get(node, ())], own[node]) for node in column}
        ordered = sorted(column, key=middles.__getitem__)
        rank.update({node: n / len(ordered) for n, node in enumerate(ordered)})
        swept.append(ordered)
    return swept[::-1] if backwards else swept


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _crossings(columns: Sequence[Column], steps: Sequence[Edge]) -> int:
    """Count the pairs of steps between two columns that change their order on the way."""
    rank = {node: n for column in columns for n, node in enumerate(column)}
    layer = {node: n for n, column in enumerate(columns) for node in column}
    crossings = 0
    seen: dict[int, list[int]] = {}
    for source, target in sorted(steps, key=lambda step: (rank[step[0]], rank[step[1]])):
        ends = seen.setdefault(layer[source], [])
        crossings += len(ends) - bisect_right(ends, rank[target])
        insort(ends, rank[target])
    return crossings


def _tops(
    columns: Sequence[Column], sizes: Mapping[str, float], steps: Sequence[Edge]
) -> dict[str, float]:
    """Draw every node towards the middle of its neighbours, without overlaps."""
    before, after = _neighbours(steps)
    near = {node: [*before.get(node, ()), *after.get(node, ())] for node in sizes}
    tops: dict[str, float] = {}
    for column in columns:
        _stack(column, sizes, tops, lambda _: 0.0)
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):

            def wish(node: str) -> float:
                middles = [tops[other] + sizes[other] / 2 for other in near[node]]
                return _mean(middles, tops[node] + sizes[node] / 2) - sizes[node] / 2

            _stack(column, sizes, tops, wish)
    highest = min(tops.values())
    return {node: top - highest for node, top in tops.items()}


def _stack(
    column: Column,
    sizes: Mapping[str, float],
    tops: dict[str, float],
    wish: Callable[[str], float],
) -> None:
    """Put the nodes of a column where they wish, pushed apart; runs that touch share the push.

    The pool-adjacent-violators algorithm for isotonic regression, which minimises
    the squared distance from the wishes.
    """
    offsets: list[float] = []
    total = 0.0
    for node in column:
        offsets.append(total)
        total += sizes[node]
    runs: list[tuple[float, int]] = []
    for node, offset in zip(column, offsets, strict=True):
        mean, count = wish(node) - offset, 1
        while runs and runs[-1][0] >= mean:
            other, more = runs.pop()
            mean, count = (mean * count + other * more) / (count + more), count + more
        runs.append((mean, count))
    starts = [mean for mean, count in runs for _ in range(count)]
    tops.update({n: s + o for n, s, o in zip(column, starts, offsets, strict=True)})


def _points(
    route: Sequence[str],
    xs: Mapping[str, float],
    tops: Mapping[str, float],
    sizes: Mapping[str, float],
    width: float,
) -> list[tuple[float, float]]:
    """List the points of an arrow: out of the right side, through the gaps, into the left."""
    points: list[tuple[float, float]] = []
    for node in route:
        middle = tops[node] + sizes[node] / 2
        points += [(xs[node], middle), (xs[node] + width, middle)]
    return points[1:-1]
