"""Live: what of a graph a process needs, given what it uses directly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from hutch.graph.graph import Graph
from hutch.graph.node import Node
from hutch.graph.order import topological

Chosen = Callable[[Node], Node]


def live(graph: Graph, roots: Iterable[Node], chosen: Chosen) -> list[Node]:
    """List what these roots reach, dependencies first, through chosen options only.

    A health check or gauge is among it where everything it looks at is open anyway:
    to be looked at is no reason to be opened.

    Args:
        graph: The checked graph.
        roots: What is used directly.
        chosen: Tells which option of a choice is taken.
    """
    found = dict.fromkeys(reached(roots, chosen))
    for function in graph.watching():
        more = reached([function], chosen)
        if all(node in found for node in more if node.is_resource):
            found.update(dict.fromkeys(more))
    return list(found)


def reached(roots: Iterable[Node], chosen: Chosen) -> list[Node]:
    """List the roots and what they need, now or later, dependencies first."""
    ordered: dict[Node, None] = {}
    waiting = list(roots)
    while waiting:
        more = topological(waiting, lambda node: _needs(node, chosen))
        ordered.update(dict.fromkeys(more))
        waiting = [late for node in more for late in node.refers_to() if late not in ordered]
    return list(ordered)


def _needs(node: Node, chosen: Chosen) -> Iterator[Node]:
    if not node.options:
        yield from node.depends_on()
        return
    yield from (edge.target for edge in node.edges if edge.target is not None)
    yield chosen(node)
