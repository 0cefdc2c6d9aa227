"""Inner: an app that runs inside another one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.types import ASGIApp

from hutch.app import App
from hutch.binding import bind
from hutch.contributions import Declare, Health, Mount, Service
from hutch.discovery import Discovery
from hutch.errors import InnerNotReady
from hutch.health import HealthChecks
from hutch.module import Module
from hutch.running import Running


@dataclass(frozen=True, slots=True)
class Inner:
    """An app that runs inside another one."""

    running: Running

    async def ready(self) -> None:
        """Pass when it is ready.

        Raises:
            InnerNotReady: It is not; the message names the checks that fail.
        """
        report = await self.running.get(HealthChecks).report()
        failing = [found for found in report.results if found.required and not found.ok]
        if failing:
            reasons = "; ".join(f"{found.name}: {found.detail}" for found in failing)
            raise InnerNotReady(f"{self.running.graph.root.name} is not ready: {reasons}")


def app_module(path: str, app: App) -> Module:
    """Return the module that runs an app inside the one that imports it.

    The inner app is served below a path, starts and stops with the outer one, in the same
    role, and counts for its readiness. It keeps its own graph: nothing is shared but the
    process and its environment, so what differs is given to ``App(module, *overrides)``.

    Args:
        path: Below which path it is served, e.g. ``"/shop"``.
        app: The app.
    """

    async def run(discovery: Discovery) -> AsyncIterator[Inner]:
        async with app.inside(discovery.role) as running:
            yield Inner(running)

    return Module(
        f"app({app.name})",
        providers=[bind(Inner).open(run)],
        contributions=[
            Declare(app),
            Mount(path, served),
            Service(app.name, serving),
            Health(app.name, ready),
        ],
    )


def served(inner: Inner) -> ASGIApp:
    """Make what is served below the path."""
    return inner.running.http


async def serving(inner: Inner) -> AsyncIterator[None]:
    """Run the inner app's services as long as the outer one's."""
    await inner.running.start_services()
    yield
    await inner.running.stop_services()


async def ready(inner: Inner) -> None:
    """Tell whether the inner app is ready."""
    await inner.ready()
