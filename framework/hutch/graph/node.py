"""Nodes: the bindings of an application, and the edges between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hutch.binding import Alias, Binding, Choice, Make, Open, Recipe, Scope
from hutch.module import Module
from hutch.tokens import Need, describe


@dataclass(slots=True, eq=False)
class Node:
    """One provider in one module.

    ``edges``, ``target`` and ``options`` are filled in when the graph is ordered.
    """

    module: Module
    token: Any
    recipe: Recipe
    scope: Scope
    edges: tuple[Edge, ...] = ()
    target: Node | None = None
    options: dict[str, Node] = field(default_factory=dict["str", "Node"])

    def __str__(self) -> str:
        return f"{describe(self.token)} ({self.module.name})"

    @property
    def is_resource(self) -> bool:
        """Whether it is opened and closed."""
        return isinstance(self.recipe, Open)

    def depends_on(self) -> Iterator[Node]:
        """List what must exist before this object does; a choice lists every option."""
        for edge in self.edges:
            if edge.target is not None and edge.need is not Need.LAZY:
                yield edge.target
        if self.target is not None:
            yield self.target
        yield from self.options.values()

    def refers_to(self) -> Iterator[Node]:
        """List what this object reaches later through ``Callable[[], T]``."""
        for edge in self.edges:
            if edge.target is not None and edge.need is Need.LAZY:
                yield edge.target


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """One parameter of a node's factory and the node that fills it; None injects None."""

    name: str
    need: Need
    target: Node | None
    keyword: bool


def node_of(module: Module, binding: Binding[Any]) -> Node:
    """Make the node of a binding, with one node for each option of a choice."""
    node = Node(module, binding.token, binding.recipe, binding.scope)
    if isinstance(binding.recipe, Choice):
        for name, recipe in binding.recipe.options.items():
            node.options[name] = Node(module, binding.token, recipe, Scope.APP)
    return node


def factory_of(recipe: Recipe) -> Any:
    """Name the callable whose parameters are the recipe's needs, None for the others."""
    match recipe:
        case Make(factory):
            return factory
        case Open(generator):
            return generator
        case Choice(by):
            return by
        case _:
            return None


def alias_token(node: Node) -> Any:
    """Return the token an alias stands for, None for any other node."""
    return node.recipe.token if isinstance(node.recipe, Alias) else None
