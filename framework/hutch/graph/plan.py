"""Plan: a request's objects as one straight-line function.

Which objects a handler needs, and in which order, is known when the app starts.
So a request pays for the constructor calls and for nothing else: no lookups, no
locks, no walk through a graph.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from hutch.binding import Make, Open, Scope, Seed
from hutch.graph.build import Built
from hutch.graph.node import Edge, Node
from hutch.graph.order import needs_per_request, topological
from hutch.tokens import Need

Fill = Callable[[Any, dict[str, Any]], None]
FillOpening = Callable[[Any, dict[str, Any], AsyncExitStack], Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to fill the injected arguments of one handler.

    Args:
        fill: ``fill(seed, arguments)`` adds the objects; None where some must be opened.
        open: ``await open(seed, arguments, stack)`` does the same, closing on the stack.
    """

    fill: Fill | None
    open: FillOpening | None


def compile_plan(edges: Sequence[Edge], built: Built) -> Plan:
    """Compile the function that makes what these edges need from one seed."""
    writer = _Writer(built)
    for node in topological(_made_per_request(edges), needs_per_request):
        writer.make(node)
    for edge in edges:
        writer.lines.append(f"arguments[{edge.name!r}] = {writer.argument(edge)}")
    return writer.compile()


def compile_fresh(node: Node, built: Built) -> Callable[[], Any]:
    """Compile the function that makes a new request-scoped object at each call.

    Its own request-scoped dependencies are new as well. ``order`` has made sure that
    none of them has to be opened.
    """
    made: Fill | None = None
    edge = Edge("object", Need.NOW, node, keyword=True)

    def fresh() -> Any:
        nonlocal made
        if made is None:
            made = compile_plan([edge], built).fill
        arguments: dict[str, Any] = {}
        cast(Fill, made)(None, arguments)
        return arguments["object"]

    return fresh


def _made_per_request(edges: Sequence[Edge]) -> list[Node]:
    return [
        edge.target
        for edge in edges
        if edge.target is not None
        and edge.need is not Need.LAZY
        and edge.target.scope is Scope.REQUEST
    ]


class _Writer:
    """Writes the source of one plan; objects of the app become its constants."""

    def __init__(self, built: Built) -> None:
        self.built = built
        self.lines: list[str] = []
        self.names: dict[Node, str] = {}
        self.constants: dict[str, Any] = {}
        self.opens = False

    def make(self, node: Node) -> None:
        """Write the line that makes one object."""
        if node.target is not None:
            self.names[node] = self.names[node.target]
            return
        if isinstance(node.recipe, Seed):
            self.names[node] = "seed"
            return
        name = self.names[node] = f"object_{len(self.names)}"
        arguments = ", ".join(self._passed(edge) for edge in node.edges)
        match node.recipe:
            case Make(factory):
                self.lines.append(f"{name} = {self._constant(factory)}({arguments})")
            case Open(generator):
                self.opens = True
                context = self._constant(_context(generator))
                self.lines.append(f"{name} = await stack.enter_async_context({context}({arguments}))")
            case _:
                raise AssertionError(node)

    def argument(self, edge: Edge) -> str:
        """Name the variable or constant that fills an edge."""
        node = edge.target
        if node is not None and node.scope is Scope.REQUEST and edge.need is not Need.LAZY:
            return self.names[node]
        return self._constant(self.built.argument(edge))

    def compile(self) -> Plan:
        """Turn the lines into a function."""
        head = "async def fill(seed, arguments, stack):" if self.opens else "def fill(seed, arguments):"
        source = "\n    ".join([head, *(self.lines or ["pass"])])
        # The source consists of names made here and of parameter names, which are identifiers.
        exec(compile(source, "<hutch request plan>", "exec"), self.constants)  # noqa: S102
        filled = self.constants["fill"]
        return Plan(None, filled) if self.opens else Plan(filled, None)

    def _passed(self, edge: Edge) -> str:
        value = self.argument(edge)
        return f"{edge.name}={value}" if edge.keyword else value

    def _constant(self, value: Any) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants[name] = value
        return name


def _context(generator: Callable[..., AsyncIterator[Any]]) -> Callable[..., Any]:
    return asynccontextmanager(generator)
