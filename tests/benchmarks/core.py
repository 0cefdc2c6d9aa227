"""The core beside its peers: building a graph, opening a scope, serving a request."""

from __future__ import annotations

from typing import Any

import dishka
import wireup

from hutch import App, Module, bind
from hutch.running import Running
from tests.benchmarks.measure import Bar, Row, compare
from tests.benchmarks.posts import post_rows
from tests.benchmarks.runner import Runner

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


def run() -> list[Row]:
    """Measure everything."""
    return [*build_rows(), *scope_rows(), *post_rows()]


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
    source = f"def __init__(self, {', '.join(names)}): self.needs = ({''.join(n + ',' for n in names)})"
    scope: dict[str, Any] = {}
    exec(source, scope)
    scope["__init__"].__annotations__ = dict(zip(names, needs, strict=True))
    return type(name, (), {"__init__": scope["__init__"], "__module__": __name__})


def build_rows() -> list[Row]:
    """Build the same thousand providers, checked, and make every object once."""
    parts = layers()

    def ours() -> Running:
        modules: list[Module] = []
        for number, classes in enumerate(parts):
            near = modules[max(0, number - 2) :]
            modules.append(Module(f"m{number}", near, classes, exports=classes))
        return Running(App(Module("app", modules)).graph)

    def theirs() -> dishka.Container:
        providers: list[dishka.Provider] = []
        for classes in parts:
            provider = dishka.Provider(scope=dishka.Scope.APP)
            for cls in classes:
                provider.provide(cls)
            providers.append(provider)
        return dishka.make_container(*providers)

    def ours_made() -> None:
        running = ours()
        for node in running.graph.ordered:
            if node.module.name != "hutch":
                running.objects.built.object(node)

    def theirs_made() -> None:
        container = theirs()
        for classes in parts:
            for cls in classes:
                container.get(cls)

    bar = Bar("at least", 2)
    return [
        *compare(
            f"build {MODULES} modules, {MODULES * PER_MODULE:,} providers",
            lambda: void(ours()),
            {"dishka": (lambda: void(theirs()), bar)},
            operations=1,
            inverse=True,
        ),
        *compare(
            "the same, and make every object",
            ours_made,
            {"dishka": (theirs_made, bar)},
            operations=1,
            inverse=True,
        ),
    ]


def void(_: object) -> None:
    """Forget a result."""


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
