"""Plan: a request's objects as one straight-line function.

Which objects a handler needs, and in which order, is known when the app starts.
So a request pays for the constructor calls and for nothing else: no lookups, no
locks, no walk through a graph.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from hutch.binding import Make, Open, Scope, Seed
from hutch.graph.build import Built
from hutch.graph.node import Edge, Node
from hutch.graph.order import needs_per_request, topological
from hutch.tokens import Need


@dataclass(frozen=True, slots=True)
class Plan:
    """How to fill the injected arguments of one handler.

    Args:
        fill: ``fill(seed, arguments)`` adds the objects; None where some must be opened.
        open: ``await open(seed, arguments, stack)`` does the same, closing on the stack.
    """

    fill: Callable[[Any, dict[str, Any]], None] | None
    open: Callable[[Any, dict[str, Any], AsyncExitStack], Awaitable[None]] | None


@dataclass(frozen=True, slots=True)
class TuplePlan:
    """How to make the objects of a scope that is opened by hand.

    Args:
        make: ``make(seed)`` returns the objects; None where some must be opened.
        open: ``await open(seed, stack)`` does the same, closing on the stack.
    """

    make: Callable[[Any], tuple[Any, ...]] | None
    open: Callable[[Any, AsyncExitStack], Awaitable[tuple[Any, ...]]] | None


def compile_plan(edges: Sequence[Edge], built: Built) -> Plan:
    """Compile the function that adds what these edges need to a handler's arguments."""
    writer = _Writer(built)
    for edge, value in zip(edges, writer.values(edges), strict=True):
        writer.lines.append(f"arguments[{edge.name!r}] = {value}")
    return Plan(*writer.compile("seed, arguments"))


def compile_tuple(edges: Sequence[Edge], built: Built) -> TuplePlan:
    """Compile the function that returns what these edges need."""
    writer = _Writer(built)
    values = writer.values(edges)
    writer.lines.append(f"return ({', '.join(values)},)")
    return TuplePlan(*writer.compile("seed"))


def compile_fresh(node: Node, built: Built) -> Callable[[], Any]:
    """Compile the function that makes a new request-scoped object at each call.

    Its own request-scoped dependencies are new as well. ``order`` has made sure that
    none of them has to be opened.
    """
    edge = Edge("object", Need.NOW, node, keyword=True)
    made: Callable[[Any], tuple[Any, ...]] | None = None

    def fresh() -> Any:
        nonlocal made
        if made is None:
            made = compile_tuple([edge], built).make
            assert made is not None
        return made(None)[0]

    return fresh


async def _enter(stack: AsyncExitStack, context: AbstractAsyncContextManager[Any]) -> Any:
    """Open an object; the stack closes it and throws an error into it first."""

    async def close(*error: Any) -> None:
        # An object may handle an error for itself, but never make a failed call succeed.
        await context.__aexit__(*error)

    opened = await context.__aenter__()
    stack.push_async_exit(close)
    return opened


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

    def values(self, edges: Sequence[Edge]) -> list[str]:
        """Write what these edges need and name the variables that hold it."""
        for node in topological(_made_per_request(edges), needs_per_request):
            self._make(node)
        return [self._value(edge) for edge in edges]

    def _make(self, node: Node) -> None:
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
                context = f"{self._constant(asynccontextmanager(generator))}({arguments})"
                self.lines.append(f"{name} = await {self._constant(_enter)}(stack, {context})")
            case _:
                raise AssertionError(node)

    def _value(self, edge: Edge) -> str:
        node = edge.target
        if node is not None and node.scope is Scope.REQUEST and edge.need is not Need.LAZY:
            return self.names[node]
        return self._constant(self.built.argument(edge))

    def compile(self, parameters: str) -> tuple[Any, None] | tuple[None, Any]:
        """Turn the lines into a plain function, or an async one where something opens."""
        opening = f"async def plan({parameters}, stack):"
        head = opening if self.opens else f"def plan({parameters}):"
        source = "\n    ".join([head, *(self.lines or ["pass"])])
        # The source consists of names made here and of parameter names, which are identifiers.
        exec(compile(source, "<hutch request plan>", "exec"), self.constants)  # noqa: S102
        plan = self.constants["plan"]
        return (None, plan) if self.opens else (plan, None)

    def _passed(self, edge: Edge) -> str:
        value = self._value(edge)
        return f"{edge.name}={value}" if edge.keyword else value

    def _constant(self, value: Any) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants[name] = value
        return name
