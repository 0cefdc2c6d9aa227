"""Testing: an app with a few bindings replaced, started for one test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from typing_extensions import TypeForm

from hutch.app import App
from hutch.binding import Binding
from hutch.errors import NotStarted
from hutch.module import Module
from hutch.roles import Role
from hutch.running import Running
from hutch.settings import Profile

if TYPE_CHECKING:
    from httpx2 import AsyncClient

T = TypeVar("T")


class Backlog(Protocol):
    """What waits to be done; a queue's memory backend provides it."""

    @property
    def enqueued(self) -> Sequence[Any]:
        """The job calls that wait, in the order in which they were enqueued."""
        ...

    async def drain(self) -> int:
        """Run what waits, and what that enqueues, to the end; return the number of runs."""
        ...


class Testing:
    """A started app, as a test sees it.

    Attributes:
        app: The running app.
        client: Speaks HTTP to it, in process.
    """

    __test__ = False

    def __init__(self, app: Running, client: AsyncClient) -> None:
        """Wrap a running app."""
        self.app = app
        self.client = client

    def get(self, token: TypeForm[T]) -> T:
        """Return an app-wide object as the root module sees it.

        Raises:
            NotStarted: Nothing uses the token, or it lives for a request.
        """
        return self.app.get(token)

    @property
    def enqueued(self) -> Sequence[Any]:
        """The job calls that wait: ``assert Emails.confirm(order) in t.enqueued``."""
        return self._backlog.enqueued

    async def drain(self) -> int:
        """Run the waiting jobs, and what they enqueue, to the end; return the number of runs."""
        return await self._backlog.drain()

    @property
    def _backlog(self) -> Backlog:
        graph = self.app.graph
        for module in graph.modules:
            if Backlog in graph.links.own[module]:
                return self.app.get(Backlog, module)
        raise NotStarted(
            f"{graph.root.name} has no queue: import queue_module(...) in the tested module."
        )


@asynccontextmanager
async def testing(
    module: Module, *overrides: Binding[Any], role: Role = Role.ALL, services: bool = False
) -> AsyncIterator[Testing]:
    """Start a module as an app of its own, in the test profile, and stop it again.

    Args:
        module: What to test.
        overrides: Bindings that take the place of those with the same token; each
            must be used by something, or the test would prove nothing.
        role: Which half of the graph runs.
        services: Whether workers and consumers run by themselves; without them
            ``drain()`` runs what was enqueued, when the test says so.

    Raises:
        GraphError: The modules do not fit together, or an override is not used.
        StartError: Something failed to open.
    """
    from httpx2 import ASGITransport, AsyncClient

    app = App(module, *overrides, profile=Profile.TEST)
    async with app.started(role, services=services) as running:
        transport = ASGITransport(running.http)
        async with AsyncClient(transport=transport, base_url="http://testserver") as client:
            yield Testing(running, client)


# pytest would collect a function of this name in every test file that imports it.
testing.__test__ = False  # type: ignore[attr-defined]  # pyright: ignore[reportFunctionMemberAccess]
