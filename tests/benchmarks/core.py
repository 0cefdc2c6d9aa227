"""The core beside its peers: building a graph, opening a scope, serving a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dishka
import wireup
from tests.benchmarks.measure import Bar, Row, Work, compare
from tests.benchmarks.posts import post_rows
from tests.benchmarks.runner import Runner

from hutch import App, Module, Role, bind
from hutch.running import Running

Builder = Callable[[list[list[type[Any]]]], object]

MODULES = 200
PER_MODULE = 5
SCOPES = 20_000


class Settings:
    """The one object of the app in the scope benchmark."""


class First:
    """Needs the settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings


class Second:
    """Needs the first."""

    def __init__(self, first: First) -> None:
        self.first = first


class Third:
    """Needs both, so that the first is shared."""

    def __init__(self, first: First, second: Second) -> None:
        self.first, self.second = first, second


def run(only: str = "") -> list[Row]:
    """Measure everything, or what has this text in its name."""
    measures = {"build": build_rows, "scope": scope_rows, "post": post_rows}
    return [row for name, measure in measures.items() if only in name for row in measure()]


def layers() -> list[list[type[Any]]]:
    """Write 1,000 classes in 200 layers; each needs up to three others, in diamonds."""
    made: list[list[type[Any]]] = []
    for layer in range(MODULES):
        made.append([])
        for place in range(PER_MODULE):
            needs = made[layer][place - 1 : place] if place else []
            for back in (1, 2):
                if layer >= back:
                    needs = [*needs, made[layer - back][(place + back) % PER_MODULE]]
            made[layer].append(class_needing(f"Part{layer}x{place}", needs))
    return made


def class_needing(name: str, needs: list[type[Any]]) -> type[Any]:
    """Make a class whose constructor takes one object of each of these classes."""
    names = [f"need{number}" for number in range(len(needs))]
    body = f"self.needs = ({''.join(name + ',' for name in names)})"
    source = f"def __init__(self, {', '.join(names)}): {body}"
    scope: dict[str, Any] = {}
    exec(source, scope)
    scope["__init__"].__annotations__ = dict(zip(names, needs, strict=True))
    return type(name, (), {"__init__": scope["__init__"], "__module__": __name__})


def build(parts: list[list[type[Any]]]) -> Running:
    """Build our graph and its containers, one module a layer."""
    modules: list[Module] = []
    for number, classes in enumerate(parts):
        near = modules[max(0, number - 2) :]
        modules.append(Module(f"m{number}", near, classes, exports=classes))
    return Running(App(Module("app", modules)).graph, Role.ALL)


def build_and_make(parts: list[list[type[Any]]]) -> None:
    """Build, and make every object once."""
    running = build(parts)
    for node in running.graph.ordered:
        if node.module.name != "hutch":
            running.objects.built.object(node)


def build_with_dishka(parts: list[list[type[Any]]]) -> dishka.Container:
    """Build dishka's container, one of its providers a layer."""
    providers: list[dishka.Provider] = []
    for classes in parts:
        provider = dishka.Provider(scope=dishka.Scope.APP)
        for cls in classes:
            provider.provide(cls)
        providers.append(provider)
    return dishka.make_container(*providers)


def build_and_make_with_dishka(parts: list[list[type[Any]]]) -> None:
    """Build, and make every object once."""
    container = build_with_dishka(parts)
    for classes in parts:
        for cls in classes:
            container.get(cls)


def build_rows() -> list[Row]:
    """Build the same thousand providers, checked; then make every object as well."""
    parts = layers()
    title = f"build {MODULES} modules, {MODULES * PER_MODULE:,} providers"

    def row(name: str, ours: Builder, theirs: Builder) -> list[Row]:
        def work(builder: Builder) -> Work:
            def once() -> None:
                builder(parts)

            return once

        peers = {"dishka": (work(theirs), Bar("at least", 2))}
        return compare(name, work(ours), peers, operations=1, unit="ms CPU", inverse=True)

    return [
        *row(title, build, build_with_dishka),
        *row(f"{title}, make every object", build_and_make, build_and_make_with_dishka),
    ]


def scope_rows() -> list[Row]:
    """Open a scope, get an object made of three plain ones, close the scope."""
    settings = Settings()
    plain = (First, Second, Third)
    ours = Module(
        "scope",
        providers=[bind(Settings).value(settings), *(bind(c).to(c).per_request() for c in plain)],
    )
    provider = dishka.Provider(scope=dishka.Scope.REQUEST)
    provider.provide(lambda: settings, provides=Settings, scope=dishka.Scope.APP)
    for cls in plain:
        provider.provide(cls)
    theirs = dishka.make_async_container(provider)
    scoped = [wireup.injectable(cls, lifetime="scoped") for cls in plain]
    wired = wireup.create_async_container(
        injectables=[wireup.instance(settings, as_type=Settings), *scoped]
    )

    async def raw() -> None:
        first = First(settings)
        Third(first, Second(first))

    async def with_dishka() -> None:
        async with theirs() as scope:
            await scope.get(Third)

    async def with_wireup() -> None:
        async with wired.enter_scope() as scope:
            await scope.get(Third)

    with Runner(App(ours)) as runner:
        running = runner.running

        async def with_hutch() -> None:
            async with running.scope(Third):
                pass

        return compare(
            "a request scope of three plain objects",
            runner.repeat(with_hutch, SCOPES),
            {
                "raw constructor calls": (runner.repeat(raw, SCOPES), Bar("at most", 3)),
                "dishka": (runner.repeat(with_dishka, SCOPES), Bar("at most", 1)),
                "wireup": (runner.repeat(with_wireup, SCOPES), Bar("at most", 1)),
            },
            operations=SCOPES,
        )
