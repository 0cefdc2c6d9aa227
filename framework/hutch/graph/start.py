"""Start: open what the live part of a graph needs, in order, and close it in reverse."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

import structlog

from hutch.binding import Open, Scope
from hutch.errors import HutchError, NotStarted, StartError
from hutch.graph.build import Built
from hutch.graph.graph import Graph
from hutch.graph.live import live
from hutch.graph.node import Edge, Node
from hutch.graph.plan import Plan, TuplePlan, compile_fresh, compile_plan, compile_tuple
from hutch.module import Module
from hutch.tokens import Need, describe, token_of

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class Objects:
    """The open objects of a started graph.

    Attributes:
        live: What is open or used, dependencies first.
    """

    def __init__(self, graph: Graph) -> None:
        """Build the containers; nothing is opened yet."""
        self.graph = graph
        self.live: list[Node] = []
        self.built = Built(lambda node: compile_fresh(node, self.built))
        self.built.add(node for node in graph.ordered if node not in graph.calls)
        self.built.expose(graph.links.own)

    def find(self, token: Any, module: Module | None = None) -> Any:
        """Return the object of a token as a module sees it; the root module by default.

        Raises:
            NotStarted: The module sees no such token, or it lives for a request.
        """
        node = self.seen(token, module)
        if node.scope is Scope.REQUEST:
            raise NotStarted(
                f"{describe(token)} lives for one request or job; open a scope for it: "
                f"async with app.scope({describe(token)}) as (it,): ..."
            )
        return self.built.object(node)

    def call(self, node: Node, function: Callable[..., T]) -> T:
        """Call a contributed function with what its node's edges inject."""
        return function(**{edge.name: self.built.argument(edge) for edge in node.edges})

    def plan(self, node: Node) -> Plan:
        """Compile what a handler's node needs from each request."""
        return compile_plan(node.edges, self.built)

    def scope_plan(self, tokens: tuple[Any, ...]) -> TuplePlan:
        """Compile what a scope with these tokens of the root module needs.

        Raises:
            NotStarted: The root module does not see a token.
        """
        nodes = [self.seen(token_of(token)) for token in tokens]
        edges = [Edge(f"{n}", Need.NOW, node, True) for n, node in enumerate(nodes)]
        return compile_tuple(edges, self.built)

    def seen(self, token: Any, module: Module | None = None) -> Node:
        """Return the node of a token as a module sees it; the root module by default.

        Raises:
            NotStarted: The module sees no such token.
        """
        module = module or self.graph.root
        node = self.graph.links.find(module, token)
        if node is None:
            raise NotStarted(
                f"{module.name} sees no {describe(token)}: provide it there, or import "
                "a module that exports it."
            )
        return node


@asynccontextmanager
async def opened(objects: Objects, roots: Sequence[Node]) -> AsyncIterator[None]:
    """Keep open what these roots reach.

    Objects are made and resources opened one after the other, each after all it
    depends on; closing goes in reverse. When one fails, those open are closed again.

    Raises:
        StartError: An object could not be made or opened; it names which and where.
    """
    objects.live = live(objects.graph, roots, objects.built.chosen)
    calls = objects.graph.calls
    order = [node for node in objects.live if node.scope is Scope.APP and node not in calls]
    async with AsyncExitStack() as stack:
        names: list[str] = []
        for position, node in enumerate(order, 1):
            try:
                await open_node(node, objects.built, stack)
            except HutchError:
                raise
            except Exception as error:
                raise _explain(node, position, len(order), error, names) from error
            if node.is_resource:
                names.append(describe(node.token))
        yield


async def open_node(node: Node, built: Built, stack: AsyncExitStack) -> None:
    """Make one object, or open it and let the stack close it; what it needs is there."""
    if not isinstance(node.recipe, Open):
        built.object(node)
        return
    arguments = {edge.name: built.argument(edge) for edge in node.edges}
    slot = built.slots[node]
    context = asynccontextmanager(node.recipe.generator)(**arguments)
    slot.fill(await context.__aenter__())
    # Why the app ends is not the resource's concern: its closing part always runs.
    stack.push_async_callback(close, context, str(node))
    stack.callback(slot.clear)


async def close(context: AbstractAsyncContextManager[Any], name: str) -> None:
    """Run what closes a resource or service; a failure is logged, for a later one may hide it."""
    try:
        await context.__aexit__(None, None, None)
    except Exception:
        _log.exception("failed to close", what=name)
        raise


def _explain(
    node: Node, position: int, total: int, error: Exception, names: list[str]
) -> StartError:
    verb = "open" if node.is_resource else "be made"
    closed = f"Closed again: {', '.join(reversed(names))}." if names else "Nothing else was open."
    return StartError(
        f"{describe(node.token)} failed to {verb} ({node.module.name}, {position} of {total}): "
        f"{type(error).__name__}: {error}. {closed}"
    )
