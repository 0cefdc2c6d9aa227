"""Serving: the HTTP side of a running app, and the lifespans of what is mounted in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.types import ASGIApp

from hutch.contributions import Mount
from hutch.http.build import build_health, build_http
from hutch.module import Module
from hutch.roles import Role

if TYPE_CHECKING:
    from hutch.running import Running


@asynccontextmanager
async def serving(running: Running) -> AsyncIterator[ASGIApp]:
    """Build what this role serves; mounted Starlette apps live as long as it does.

    A worker serves its health and nothing else.
    """
    if not running.role.covers(Role.WEB):
        yield build_health(running)
        return
    mounts = [_mounted(running, module, mount) for module, mount in running.contributed(Mount)]
    async with AsyncExitStack() as stack:
        for _, app in mounts:
            if isinstance(app, Starlette):
                await stack.enter_async_context(app.router.lifespan_context(app))
        yield build_http(running, mounts)


def _mounted(running: Running, module: Module, mount: Mount) -> tuple[str, ASGIApp]:
    path = mount.path if isinstance(mount.path, str) else running.call(module, mount.path)
    return path, running.call(module, mount.make)
