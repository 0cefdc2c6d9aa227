"""Discovery: what the modules of a running app marked, declared and contributed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from hutch.contributions import Metrics, Reading
from hutch.errors import NotStarted
from hutch.invoke import Invoker
from hutch.roles import Role

if TYPE_CHECKING:
    from hutch.running import Running

M = TypeVar("M")
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Found(Generic[M]):
    """A provider whose class carries a mark.

    Attributes:
        module: The name of its module.
        cls: The class.
        mark: The mark.
        instance: The provider's object.
        invokers: How to call its handlers, by method name.
    """

    module: str
    cls: type[Any]
    mark: M
    instance: Any
    invokers: Mapping[str, Invoker]


class Discovery:
    """Finds things by mark or type across all modules; inject it like any provider."""

    def __init__(self) -> None:
        """Begin unattached; the app attaches itself when it starts."""
        self._running: Running | None = None

    def attach(self, running: Running) -> None:
        """Look into this running app from now on."""
        self._running = running

    @property
    def role(self) -> Role:
        """Which half of the app runs here."""
        return self._app.role

    def marked(self, kind: type[M]) -> list[Found[M]]:
        """List the providers that carry a mark, e.g. the processors of all queues."""
        return self._app.marked(kind)

    def declared(self, kind: type[M]) -> list[M]:
        """List the values of one type that modules declared."""
        return self._app.graph.declared(kind)

    def contributions(self, kind: type[C]) -> list[C]:
        """List the contributions of one kind, those of imported modules first."""
        return [contribution for _, contribution in self._app.graph.contributed(kind)]

    def callables(self, kind: type[C]) -> list[tuple[C, Callable[[], Any]]]:
        """List the live contributions of one kind, each with its function, arguments injected.

        A health check of what this process does not open is not among them.

        Args:
            kind: A contribution with one function, e.g. ``Health`` or ``Metrics``.
        """
        return list(self._callables(kind))

    async def metrics(self) -> list[tuple[Reading, str]]:
        """Read every contributed gauge, each with its help text."""
        readings: list[tuple[Reading, str]] = []
        for metrics, read in self.callables(Metrics):
            found = [(reading, metrics.help.get(reading.name, "")) for reading in await read()]
            readings.extend(found)
        return readings

    def _callables(self, kind: type[C]) -> Iterator[tuple[C, Callable[[], Any]]]:
        app = self._app
        live = set(app.objects.live)
        for contributed in app.graph.contributions:
            if not isinstance(contributed.contribution, kind):
                continue
            ((function, node),) = contributed.functions.items()
            if node in live:
                yield contributed.contribution, partial(app.objects.call, node, function)

    @property
    def _app(self) -> Running:
        if self._running is None:
            raise NotStarted("Discovery: the app has not started; look things up after start.")
        return self._running
