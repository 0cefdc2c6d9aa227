"""The graph of an application: everything that can be known before it starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from hutch.binding import Alias, Binding, Make, Scope
from hutch.contributions import Contribution, Declare, Health, Metrics, Service
from hutch.errors import ScopeCapture, UnusedOverride
from hutch.graph.link import Links, link
from hutch.graph.node import Node
from hutch.graph.order import Order
from hutch.graph.scan import scan
from hutch.marks import attached, handlers_of, is_marked, mark_of
from hutch.module import Module
from hutch.roles import Role
from hutch.tokens import describe, token_of

C = TypeVar("C")
M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Driven:
    """A class whose methods are called by requests or jobs, and what those methods need.

    Attributes:
        handlers: The node of each handler, by method name.
        attached: The nodes of its guards and interceptors, by token.
    """

    module: Module
    cls: type[Any]
    node: Node
    handlers: dict[str, Node]
    attached: dict[Any, Node]

    def nodes(self) -> Iterator[Node]:
        """List everything that must be live when its handlers are called."""
        yield self.node
        yield from self.handlers.values()
        yield from self.attached.values()

    def check(self) -> None:
        """Refuse what is made once for all calls though it is bound for one.

        Raises:
            ScopeCapture: The class, a guard or an interceptor is bound ``per_request()``.
        """
        for node in (self.node, *self.attached.values()):
            if node.scope is Scope.REQUEST:
                raise ScopeCapture(
                    f"{node} is made once for the app, but it is bound per_request().\n"
                    "  Drop per_request(); a handler gets what lives for one request as Inject[T]."
                )


@dataclass(frozen=True, slots=True)
class Contributed:
    """A contribution, the module it comes from and the nodes of its functions."""

    module: Module
    contribution: Contribution
    functions: dict[Callable[..., Any], Node] = field(
        default_factory=dict[Callable[..., Any], Node]
    )


class Graph:
    """A checked graph of modules; building one starts nothing."""

    def __init__(self, root: Module, builtin: Module, overrides: Sequence[Binding[Any]] = ()):
        """Scan, link and order.

        Raises:
            GraphError: The modules do not fit together.
        """
        self.root = root
        self._builtin = builtin
        self.modules = scan(root)
        self.links: Links = link(self.modules, builtin, overrides)
        self.calls: set[Node] = set()
        self.functions: dict[Node, Callable[..., Any]] = {}
        self._attached: dict[tuple[Module, Any], Node] = {}
        self.order = Order(self.links)
        self.order.connect_all()
        self.controllers = [self._drive(m, cls) for m in self.modules for cls in m.controllers]
        self.processors = list(self._drive_marked())
        self.contributions = [self._contribute(m, c) for m in self.modules for c in m.contributions]
        self.ordered = self.order.check()
        for driven in (*self.controllers, *self.processors):
            driven.check()
        for binding in overrides:
            self._refuse_unused(binding)

    def roots(self, role: Role) -> Iterator[Node]:
        """List what a process of this role uses directly."""
        yield from self.links.exported[self.root].values()
        if role.covers(Role.WEB):
            for controller in self.controllers:
                yield from controller.nodes()
        for contributed in self.contributions:
            if self._runs(contributed.contribution, role):
                yield from contributed.functions.values()
                yield from self._discovered(contributed.contribution)

    def watching(self) -> Iterator[Node]:
        """List the functions that look at things which others use: health checks and gauges."""
        for contributed in self.contributions:
            if isinstance(contributed.contribution, Health | Metrics):
                yield from contributed.functions.values()

    def contributed(self, kind: type[C]) -> list[tuple[Module, C]]:
        """List the contributions of one kind, those of imported modules first."""
        return [
            (c.module, c.contribution)
            for c in self.contributions
            if isinstance(c.contribution, kind)
        ]

    def declared(self, kind: type[M]) -> list[M]:
        """List the declared values of one type."""
        values = [declare.value for _, declare in self.contributed(Declare)]
        return [value for value in values if isinstance(value, kind)]

    def marked(self, kind: type[Any]) -> list[Driven]:
        """List the providers whose class carries a mark of this kind."""
        return [driven for driven in self.processors if mark_of(driven.cls, kind) is not None]

    def attached_node(self, module: Module, token: Any) -> Node:
        """Find a guard's or interceptor's provider; a class nobody provides is made for it."""
        known = self._attached.get((module, token))
        if known is not None:
            return known
        node = self.links.find(module, token)
        if node is None:
            recipe = Make(token) if isinstance(token, type) else Alias(token)
            node = self.order.connect(Node(module, token, recipe, Scope.APP))
        self._attached[module, token] = node
        return node

    def function_node(self, module: Module, function: Callable[..., Any]) -> Node:
        """Return the node of a contributed function."""
        found = (c.functions for c in self.contributions if c.module is module)
        return next(functions[function] for functions in found if function in functions)

    def _drive(self, module: Module, cls: type[Any], node: Node | None = None) -> Driven:
        node = node or self.order.connect(Node(module, cls, Make(cls), Scope.APP))
        handlers: dict[str, Node] = {}
        tokens = dict.fromkeys(map(token_of, module.interceptors))
        for name, handler in handlers_of(cls).items():
            title = f"{cls.__name__}.{name}"
            handlers[name] = self.order.handler(module, title, handler)
            self.calls.add(handlers[name])
            self.functions[handlers[name]] = handler.function
            tokens.update(dict.fromkeys(attached(cls, handler.function)))
        return Driven(
            module, cls, node, handlers, {t: self.attached_node(module, t) for t in tokens}
        )

    def _drive_marked(self) -> Iterator[Driven]:
        for module in self.modules:
            for token, node in self.links.own[module].items():
                if is_marked(token):
                    yield self._drive(module, token, node)

    def _contribute(self, module: Module, contribution: Contribution) -> Contributed:
        contributed = Contributed(module, contribution)
        for part in fields(contribution):
            function = getattr(contribution, part.name)
            if part.name in _INJECTED and callable(function):
                name = f"{type(contribution).__name__} {describe(function)}"
                node = Node(module, name, Make(function), Scope.APP)
                contributed.functions[function] = self.order.connect(node)
                self.calls.add(node)
        return contributed

    def _runs(self, contribution: Contribution, role: Role) -> bool:
        if isinstance(contribution, Service):
            return any(role.covers(part) for part in contribution.roles)
        return role.covers(Role.WEB) and not isinstance(contribution, Health | Metrics)

    def _discovered(self, contribution: Contribution) -> Iterator[Node]:
        if isinstance(contribution, Service):
            for kind in contribution.discovers:
                for driven in self.marked(kind):
                    yield from driven.nodes()

    def _refuse_unused(self, binding: Binding[Any]) -> None:
        replaced = set(self.links.overridden[binding.token])
        exported = set(self.links.exported[self.root].values())
        users = (need for node in self.ordered for need in _all_needs(node))
        driven = {node for d in (*self.controllers, *self.processors) for node in d.nodes()}
        # What the framework provides, it also uses.
        own = {node for node in replaced if node.module is self._builtin}
        if replaced & (exported | driven | own) or any(need in replaced for need in users):
            return
        what = describe(binding.token)
        raise UnusedOverride(
            f"override of {what}: nothing in {self.root.name} uses {what}, "
            "so the test would prove nothing."
        )


_INJECTED = frozenset({"probe", "read", "make", "run", "path"})


def _all_needs(node: Node) -> Iterator[Node]:
    yield from node.depends_on()
    yield from node.refers_to()
