"""Order: draw the edges, refuse what cannot work, sort by need.

Refused are missing providers, providers that need each other, and objects of the
app that would hold an object of a request. Every node is visited once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from hutch.binding import Alias, Choice, Make, Scope, Seed
from hutch.errors import InvalidDeclaration, MissingProvider, ProviderCycle, ScopeCapture
from hutch.graph.link import Links
from hutch.graph.missing import explain_missing
from hutch.graph.node import Edge, Node, alias_token, factory_of
from hutch.graph.signature import Wanted, injected_into, wanted_by
from hutch.marks import Handler
from hutch.module import Module
from hutch.tokens import Need, describe


class Order:
    """The edges of a linked graph, drawn on demand and checked as a whole."""

    def __init__(self, links: Links) -> None:
        self.links = links
        self.nodes: dict[Node, None] = {}
        self._missing: list[str] = []
        self._seeds: dict[Node, type[Any]] = {}

    def connect_all(self) -> None:
        """Draw the edges of every provider of every module."""
        for node in self.links.everywhere.values():
            self.connect(node)
        for own in self.links.own.values():
            for node in own.values():
                self.connect(node)

    def connect(self, node: Node) -> Node:
        """Draw the edges of one node; a second time does nothing."""
        if node in self.nodes:
            return node
        self.nodes[node] = None
        factory = factory_of(node.recipe)
        if factory is not None:
            node.edges = self.edges(node.module, describe(node.token), wanted_by(factory))
        alias = alias_token(node)
        if alias is not None:
            node.target = self._target_of_alias(node, alias)
        for option in node.options.values():
            self._share(node, option)
            self.connect(option)
        return node

    def _share(self, choice: Node, option: Node) -> None:
        """Let a choice take the object of a class that its module sees a provider of."""
        if isinstance(option.recipe, Make):
            provided = self.links.find(option.module, option.recipe.factory)
            if provided is not None and provided is not choice:
                option.recipe = Alias(option.recipe.factory)

    def handler(self, module: Module, name: str, handler: Handler) -> Node:
        """Add a handler; only its ``Inject[T]`` parameters are filled, once for each request."""
        node = Node(module, name, Make(handler.function), Scope.REQUEST)
        node.edges = self.edges(module, name, injected_into(handler.function))
        self.nodes[node] = None
        self._seeds[node] = handler.seed
        return node

    def edges(self, module: Module, who: str, wants: Iterable[Wanted]) -> tuple[Edge, ...]:
        """Find the node behind each parameter, noting those that are missing."""
        return tuple(self._edges(module, who, wants))

    def _edges(self, module: Module, who: str, wants: Iterable[Wanted]) -> Iterator[Edge]:
        gap = False
        for want in wants:
            target = self.links.find(module, want.token)
            if target is None and want.has_default:
                gap = True
                continue
            if target is None and want.need not in (Need.OPTIONAL, Need.OPTIONAL_LAZY):
                self._missing.append(explain_missing(self.links, module, who, want))
            need = Need.LAZY if want.need is Need.OPTIONAL_LAZY else want.need
            yield Edge(want.name, need, target, want.keyword_only or gap)

    def _target_of_alias(self, node: Node, alias: Any) -> Node | None:
        target = self.links.find(node.module, alias)
        if target is None:
            want = Wanted("alias", alias, Need.NOW, has_default=False, keyword_only=False)
            self._missing.append(explain_missing(self.links, node.module, str(node), want))
        return target

    def check(self) -> list[Node]:
        """Refuse what cannot work and return all nodes, each after what it needs.

        Raises:
            MissingProvider: All missing ones at once.
            ProviderCycle: The first circle found, drawn as a path.
            ScopeCapture: An object of the app needs an object of a request.
            InvalidDeclaration: A choice depends on something that is opened at start.
        """
        if self._missing:
            raise MissingProvider("\n".join(self._missing))
        ordered = topological(self.nodes)
        for node in ordered:
            if node.target is not None:
                node.scope = node.target.scope
        for node in ordered:
            _refuse_capture(node)
            if isinstance(node.recipe, Choice):
                _refuse_opened_choice(node)
            for late in node.refers_to():
                _refuse_late_opening(node, late)
        for node, seed in self._seeds.items():
            _refuse_other_seed(node, seed)
        return ordered


def topological(
    roots: Iterable[Node], needs: Callable[[Node], Iterator[Node]] = Node.depends_on
) -> list[Node]:
    """Sort the roots and all they depend on, dependencies first.

    Args:
        roots: Where to begin.
        needs: Lists what a node depends on.

    Raises:
        ProviderCycle: Nodes depend on each other.
    """
    ordered: list[Node] = []
    done: set[Node] = set()
    for root in roots:
        if root not in done:
            _visit(root, needs, done, ordered)
    return ordered


def needs_per_request(node: Node) -> Iterator[Node]:
    """List what must be made in the same request before this object."""
    return (need for need in node.depends_on() if need.scope is Scope.REQUEST)


def _visit(
    root: Node,
    needs: Callable[[Node], Iterator[Node]],
    done: set[Node],
    ordered: list[Node],
) -> None:
    path: dict[Node, Iterator[Node]] = {root: needs(root)}
    while path:
        node, waiting = next(reversed(path.items()))
        for need in waiting:
            if need in path:
                raise ProviderCycle(_explain_cycle([*path], need))
            if need not in done:
                path[need] = needs(need)
                break
        else:
            del path[node]
            done.add(node)
            ordered.append(node)


def _explain_cycle(path: list[Node], again: Node) -> str:
    circle = [*path[path.index(again) :], again]
    drawn = " -> ".join(map(str, circle))
    return (
        f"providers need each other:\n  {drawn}\n"
        f"  Break the circle where an object is needed late: inject "
        f"Callable[[], {describe(again.token)}] instead of {describe(again.token)}."
    )


def _refuse_capture(node: Node) -> None:
    if node.scope is Scope.REQUEST:
        return
    for need in node.depends_on():
        if need.scope is Scope.REQUEST:
            who, what = describe(node.token), describe(need.token)
            raise ScopeCapture(
                f"{who} lives for the whole app but needs {what}, which lives for one request.\n"
                f"  Make {who} request-scoped, or inject Callable[[], {what}]."
            )


def _refuse_opened_choice(node: Node) -> None:
    inputs = [edge.target for edge in node.edges if edge.target is not None]
    for need in topological(inputs):
        if need.is_resource or need.options:
            raise InvalidDeclaration(
                f"The choice of {node} depends on {need}, which is only known after start. "
                "Let the choosing function depend on settings and plain objects."
            )


def _refuse_late_opening(node: Node, late: Node) -> None:
    if late.scope is Scope.APP:
        return
    who, what = describe(node.token), describe(late.token)
    for need in topological([late], needs_per_request):
        if need.is_resource or isinstance(need.recipe, Seed):
            raise ScopeCapture(
                f"{who} asks for Callable[[], {what}], but {describe(need.token)} only exists "
                f"inside a request or job.\n  Make {who} request-scoped, or take what it needs "
                "as an argument of its methods."
            )


def _refuse_other_seed(node: Node, seed: type[Any]) -> None:
    for need in topological([node], needs_per_request):
        if isinstance(need.recipe, Seed) and not issubclass(seed, need.token):
            raise MissingProvider(
                f"{node} needs {describe(need.token)}, but it runs with a {seed.__name__}: "
                f"there is no {describe(need.token)} then."
            )
