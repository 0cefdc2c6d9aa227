"""Describe: extract the plain data of a drawing from a graph."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from hutch.binding import Alias, Choice, Make, Open, Scope, Seed, Value
from hutch.contributions import (
    Command,
    Contribution,
    Declare,
    Health,
    Middleware,
    Migrations,
    Mount,
    OnError,
    Service,
)
from hutch.drawing.model import Box, Drawing, Driven, Handler, Kind, Part, Provider, Reference
from hutch.graph.graph import Contributed, Graph
from hutch.graph.graph import Driven as DrivenNode
from hutch.graph.node import Node
from hutch.graph.start import Objects
from hutch.http.declare import Controller, operations_of
from hutch.marks import handlers_of, mark_of, marks_of
from hutch.module import Module
from hutch.settings import Settings
from hutch.tokens import describe

BUILTIN = "hutch"
"""The id of what the framework itself provides; it has no box."""


def drawing_of(graph: Graph) -> Drawing:
    """Describe a graph; nothing of it is opened, but its choices are asked."""
    return _Describer(graph).drawing()


class _Describer:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.objects = Objects(graph)
        self.modules = list(reversed(graph.modules))
        self.ids = {module: f"m{number}" for number, module in enumerate(self.modules)}

    def drawing(self) -> Drawing:
        return Drawing(self.graph.root.name, tuple(map(self.box, self.modules)))

    def box(self, module: Module) -> Box:
        exported = self.graph.links.exported[module].values()
        box = Box(
            id=self.ids[module],
            name=module.name,
            is_root=module is self.graph.root,
            is_global=module.is_global,
            imports=tuple(self.ids[imported] for imported in dict.fromkeys(module.imports)),
            through=(),
            passed_on=tuple(describe(n.token) for n in exported if n.module is not module),
            providers=tuple(self.providers(module)),
            controllers=tuple(self.controller(d) for d in self.of(module, self.graph.controllers)),
            processors=tuple(self.processor(d) for d in self.of(module, self.graph.processors)),
            parts=tuple(self.part(c) for c in self.graph.contributions if c.module is module),
        )
        return dataclasses.replace(box, through=tuple(self.through(module, box)))

    def of(self, module: Module, driven: Iterable[DrivenNode]) -> list[DrivenNode]:
        return [each for each in driven if each.module is module]

    def through(self, module: Module, box: Box) -> Iterator[str]:
        used = {need.box for _, need in box.needs()} - {*box.imports, box.id}
        yield from (self.ids[m] for m in self.modules if m.is_global and self.ids[m] in used)

    def providers(self, module: Module) -> Iterator[Provider]:
        processors = {driven.node for driven in self.graph.processors}
        exported = set(self.graph.links.exported[module].values())
        for token, node in self.graph.links.own[module].items():
            if node not in processors:
                yield Provider(
                    name=describe(token),
                    kind=_kind(node),
                    per_request=node.scope is Scope.REQUEST,
                    exported=node in exported,
                    needs=self.needs(node, *node.options.values()),
                    options=tuple(node.options),
                    chosen=self.chosen(node),
                )

    def chosen(self, node: Node) -> str | None:
        if not node.options:
            return None
        try:
            option = self.objects.built.chosen(node)
        except Exception:  # a drawing needs no working settings
            return None
        return next(name for name, other in node.options.items() if other is option)

    def controller(self, driven: DrivenNode) -> Driven:
        mark = mark_of(driven.cls, Controller)
        handlers = self.routes(driven, mark.path if mark else "")
        return Driven(driven.cls.__name__, "", tuple(handlers), self.shared(driven))

    def routes(self, driven: DrivenNode, prefix: str) -> Iterator[Handler]:
        for name, handler in handlers_of(driven.cls).items():
            needs = self.needs(driven.handlers[name])
            for operation in operations_of(handler.function):
                path = f"{prefix.rstrip('/')}/{operation.path.lstrip('/')}"
                summary = operation.summary or _summary(handler.function)
                yield Handler(name, summary, needs, operation.method, path)

    def processor(self, driven: DrivenNode) -> Driven:
        title = ", ".join(map(_title, marks_of(driven.cls)))
        handlers = (
            Handler(name, _summary(handler.function), self.needs(driven.handlers[name]))
            for name, handler in handlers_of(driven.cls).items()
        )
        return Driven(driven.cls.__name__, title, tuple(handlers), self.shared(driven))

    def shared(self, driven: DrivenNode) -> tuple[Reference, ...]:
        attached = map(self.reference, driven.attached.values())
        return tuple(dict.fromkeys([*self.needs(driven.node), *attached]))

    def part(self, contributed: Contributed) -> Part:
        kind, name = _words(contributed.contribution)
        return Part(kind, name, self.needs(*contributed.functions.values()))

    def needs(self, *nodes: Node) -> tuple[Reference, ...]:
        wanted = (need for node in nodes for need in _inputs(node))
        return tuple(dict.fromkeys(map(self.reference, wanted)))

    def reference(self, node: Node) -> Reference:
        return Reference(describe(node.token), self.ids.get(node.module, BUILTIN))


def _inputs(node: Node) -> Iterator[Node]:
    for edge in node.edges:
        if edge.target is not None:
            yield edge.target
    if node.target is not None:
        yield node.target


def _kind(node: Node) -> Kind:
    if isinstance(node.token, type) and issubclass(node.token, Settings):
        return "settings"
    match node.recipe:
        case Value():
            return "value"
        case Make():
            return "object"
        case Open():
            return "resource"
        case Alias():
            return "alias"
        case Choice():
            return "choice"
        case Seed():
            return "seed"


def _summary(function: Callable[..., Any]) -> str:
    return (inspect.getdoc(function) or "").partition("\n")[0]


def _title(mark: object) -> str:
    """Name a mark by its type and its first text, as in ``processor emails``."""
    texts = [value for value in _values(mark) if isinstance(value, str)]
    return " ".join([type(mark).__name__.lower(), *texts[:1]])


def _values(mark: object) -> Iterator[object]:
    if dataclasses.is_dataclass(mark):
        yield from (getattr(mark, part.name) for part in dataclasses.fields(mark))


def _words(contribution: Contribution) -> tuple[str, str]:
    match contribution:
        case Health() | Service():
            name = contribution.name
        case Command():
            name = f"hutch {contribution.name}"
        case Mount(path):
            name = path if isinstance(path, str) else "at a path of the settings"
        case Middleware(make):
            name = describe(make)
        case OnError(error):
            name = describe(error)
        case Migrations(branch):
            name = branch
        case Declare(value):
            name = describe(type(value))
        case _:
            name = ""
    return type(contribution).__name__.lower(), name
