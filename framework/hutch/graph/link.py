"""Link: decide what each module sees.

A module sees global exports < exports of its imports < its own providers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hutch.binding import Binding, binding_of
from hutch.errors import AmbiguousProvider, InvalidDeclaration
from hutch.graph.node import Node, node_of
from hutch.module import Module
from hutch.tokens import describe, token_of

Sight = dict[Any, Node]


@dataclass(slots=True)
class Links:
    """The nodes of all modules and who sees which."""

    modules: Sequence[Module]
    own: dict[Module, Sight] = field(default_factory=dict[Module, Sight])
    seen: dict[Module, Sight] = field(default_factory=dict[Module, Sight])
    exported: dict[Module, Sight] = field(default_factory=dict[Module, Sight])
    everywhere: Sight = field(default_factory=dict[Any, Node])
    overridden: dict[Any, list[Node]] = field(default_factory=dict[Any, list[Node]])

    @property
    def root(self) -> Module:
        """The module the application is named after."""
        return self.modules[-1]

    def find(self, module: Module, token: Any) -> Node | None:
        """Look a token up the way the module sees it."""
        return self.seen[module].get(token) or self.everywhere.get(token)


def link(
    modules: Sequence[Module], builtin: Module, overrides: Iterable[Binding[Any]] = ()
) -> Links:
    """Make the nodes and let each module see its own, its imports' and the global ones.

    Args:
        modules: As scanned, imports first.
        builtin: What the framework itself provides to every module.
        overrides: Bindings that take the place of those with the same token.

    Raises:
        AmbiguousProvider: A module sees two providers of one token, or two overrides have it.
        InvalidDeclaration: A module exports what it cannot see.
    """
    replacing = _replacing(overrides)
    links = Links(modules, overridden={token: [] for token in replacing})
    links.everywhere = _own(builtin, replacing, links)
    links.seen[builtin] = {}
    for module in modules:
        own = links.own[module] = _own(module, replacing, links)
        links.seen[module] = _imported(module, own, links) | own
        links.exported[module] = _exports(module, links)
    for module in modules:
        if module.is_global:
            _merge(links.everywhere, links.exported[module], f"{links.root.name} (global modules)")
    for token, nodes in links.overridden.items():
        if not nodes:
            nodes.append(links.everywhere.setdefault(token, node_of(links.root, replacing[token])))
    return links


def _replacing(overrides: Iterable[Binding[Any]]) -> dict[Any, Binding[Any]]:
    replacing: dict[Any, Binding[Any]] = {}
    for binding in overrides:
        if binding.token in replacing:
            what = describe(binding.token)
            raise AmbiguousProvider(f"{what} is overridden twice. Remove one of the overrides.")
        replacing[binding.token] = binding
    return replacing


def _own(module: Module, replacing: Mapping[Any, Binding[Any]], links: Links) -> Sight:
    sight: Sight = {}
    for provider in module.providers:
        binding = binding_of(provider)
        if binding.token in sight:
            raise AmbiguousProvider(
                f"{module.name} provides {describe(binding.token)} twice. Remove one of them, "
                "or tell them apart with Annotated[T, Name('...')]."
            )
        replacement = replacing.get(binding.token)
        node = sight[binding.token] = node_of(module, replacement or binding)
        if replacement:
            links.overridden[binding.token].append(node)
    return sight


def _imported(module: Module, own: Sight, links: Links) -> Sight:
    sight: Sight = {}
    for imported in dict.fromkeys(module.imports):
        exports = links.exported[imported]
        _merge(sight, {t: n for t, n in exports.items() if t not in own}, module.name)
    return sight


def _merge(into: Sight, more: Sight, who: str) -> None:
    for token, node in more.items():
        present = into.setdefault(token, node)
        if present is not node:
            raise AmbiguousProvider(
                f"{who} sees two providers of {describe(token)}: from {present.module.name} and "
                f"from {node.module.name}.\n  Import only one of them, or say in {who} which one "
                f"is meant: add a binding of {describe(token)} to its providers."
            )


def _exports(module: Module, links: Links) -> Sight:
    sight: Sight = {}
    for export in module.exports:
        if isinstance(export, Module):
            if export not in module.imports:
                raise InvalidDeclaration(
                    f"{module.name} exports the module {export.name} without importing it: "
                    f"add {export.name} to its `imports`."
                )
            # What it sees: a provider of its own comes before the one it imports.
            sight.update({t: links.seen[module][t] for t in links.exported[export]})
            continue
        token = token_of(export)
        node = links.seen[module].get(token)
        if node is None:
            raise InvalidDeclaration(
                f"{module.name} exports {describe(token)}, which it neither provides nor imports: "
                "add it to its `providers`, or drop the export."
            )
        sight[token] = node
    return sight
