"""Build: one dependency-injector container per module.

The only file that imports dependency-injector. The library holds objects,
overrides and selection; our own stack (``start``) owns time, because its
resources make everything above them awaitable and have neither order nor rollback.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dependency_injector import providers
from dependency_injector.containers import DynamicContainer

from hutch.binding import Choice, Make, Open, Scope, Value
from hutch.errors import NotStarted, UnknownChoice
from hutch.graph.node import Edge, Node
from hutch.module import Module
from hutch.tokens import Need, describe

Provider = providers.Provider[Any]
Container = DynamicContainer


class Slot:
    """Holds a resource between its opening and its closing."""

    __slots__ = ("node", "value")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.value: Any = self

    def fill(self, value: Any) -> None:
        """Keep the resource that was opened."""
        self.value = value

    def clear(self) -> None:
        """Forget the resource, which is being closed."""
        self.value = self

    def __call__(self) -> Any:
        """Return the open resource.

        Raises:
            NotStarted: It is not open (yet, or any more).
        """
        if self.value is self:
            raise NotStarted(
                f"{self.node} is not open: it is opened later or was closed already, or nothing "
                "that runs in this role uses it. In that case export it from the root module, "
                f"or name it: app.opened({describe(self.node.token)})."
            )
        return self.value


class Built:
    """The containers of an application and the provider behind each node."""

    def __init__(self, fresh: Callable[[Node], Callable[[], Any]]) -> None:
        """Start empty.

        Args:
            fresh: Makes the function that builds a new request-scoped object.
        """
        self.containers: dict[Module, Container] = {}
        self.slots: dict[Node, Slot] = {}
        self._fresh = fresh
        self._providers: dict[Node, Provider] = {}
        self._chosen: dict[Node, str] = {}

    def add(self, ordered: Iterable[Node]) -> None:
        """Make the providers of nodes that come after all they depend on."""
        for node in ordered:
            provider = self._providers[node] = self._make(node)
            provider.disable_async_mode()

    def expose(self, sights: Mapping[Module, Mapping[Any, Node]]) -> None:
        """Hand each module's own providers to a container of its own."""
        for module, own in sights.items():
            container = self.containers[module] = DynamicContainer()
            for token, node in own.items():
                container.set_provider(attribute(token), self._providers[node])

    def object(self, node: Node) -> Any:
        """Return the node's object, made at the first call."""
        return self._providers[node]()

    def argument(self, edge: Edge) -> Any:
        """Return what an edge injects: an object, a callable, or None."""
        if edge.target is None:
            return None
        if edge.need is Need.LAZY:
            return self.lazy(edge.target)
        return self.object(edge.target)

    def lazy(self, node: Node) -> Callable[[], Any]:
        """Return the callable that yields the node's object when it is called."""
        if node.scope is Scope.REQUEST:
            return self._fresh(node)
        return lambda: self.object(node)

    def chosen(self, node: Node) -> Node:
        """Return the option that a choice's function names, asked once.

        Raises:
            UnknownChoice: There is no option of that name.
        """
        return node.options[self._name_chosen(node)]

    def _name_chosen(self, node: Node) -> str:
        if node not in self._chosen:
            assert isinstance(node.recipe, Choice)
            name = node.recipe.by(**{edge.name: self.argument(edge) for edge in node.edges})
            if name not in node.options:
                offered = ", ".join(sorted(node.options))
                raise UnknownChoice(
                    f"{describe(node.token)}: no backend named {name!r}; choose one of {offered}"
                )
            self._chosen[node] = name
        return self._chosen[node]

    def _make(self, node: Node) -> Provider:
        if node.target is not None:
            return self._providers[node.target]
        if node.scope is Scope.REQUEST:
            return providers.Callable(self._fresh(node))
        match node.recipe:
            case Value(value):
                return providers.Object(value)
            case Make(factory):
                return self._singleton(node, factory)
            case Open():
                slot = self.slots[node] = Slot(node)
                return providers.Callable(slot)
            case Choice():
                return self._selector(node)
            case _:
                raise AssertionError(node)

    def _singleton(self, node: Node, factory: Callable[..., Any]) -> Provider:
        positional = [self._injection(edge) for edge in node.edges if not edge.keyword]
        named = {edge.name: self._injection(edge) for edge in node.edges if edge.keyword}
        singleton = providers.ThreadSafeSingleton(factory, *positional)
        if named:
            singleton.add_kwargs(**named)
        return singleton

    def _injection(self, edge: Edge) -> Provider:
        if edge.target is None:
            return providers.Object(None)
        if edge.need is Need.LAZY:
            return providers.Object(self.lazy(edge.target))
        return self._providers[edge.target]

    def _selector(self, node: Node) -> Provider:
        options = {name: self._providers[option] for name, option in node.options.items()}
        return providers.Selector(providers.Callable(self._name_chosen, node), **options)


def attribute(token: Any) -> str:
    """Name a token's attribute in a container; the library's own names are avoided."""
    name = re.sub(r"\W+", "_", describe(token)).strip("_")
    return f"{name}_" if hasattr(DynamicContainer, name) else name
