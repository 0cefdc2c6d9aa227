"""Serve: run an app in this process until it is told to stop.

A stop goes in this order: services stop taking work and finish what they have, while
HTTP still serves and queues can still be written; HTTP finishes its requests; resources
close in reverse. A second signal ends the process at once.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn
from starlette.types import ASGIApp

from hutch.app import App
from hutch.errors import StartError
from hutch.logs import configure_logging
from hutch.roles import Role
from hutch.settings import CoreSettings, HttpSettings, LogSettings, load
from hutch.stop import Stop

GRACE = 10
"""How long requests and open connections may take to end, in seconds."""

_log = structlog.get_logger(__name__)


async def serve(
    app: App, role: Role | None = None, *, host: str | None = None, port: int | None = None
) -> None:
    """Run an app until SIGINT or SIGTERM; what is not given comes from the settings.

    A worker serves nothing but its health, and that only where a port is set for it.

    Args:
        app: The app.
        role: Which half of it runs here.
        host: The address to listen on.
        port: The port to listen on; 0 takes a free one.

    Raises:
        StartError: The port is taken, or something failed to open.
        SettingsError: A variable is unknown or wrong.
    """
    core, settings = load(CoreSettings), load(HttpSettings)
    configure_logging(load(LogSettings), profile=core.profile)
    role = role or core.role
    is_web = role.covers(Role.WEB)
    if port is None:
        port = settings.port if is_web else settings.health_port
    variable = "HUTCH_HTTP__PORT" if is_web else "HUTCH_HTTP__HEALTH_PORT"
    with Stop() as stop, _listening(host or settings.host, port, variable) as listener:
        try:
            await _serve(app, role, listener, settings, stop)
        except asyncio.CancelledError:
            if not stop.requested.is_set():
                raise
    _log.info("stopped", app=app.name, role=role.value)


async def _serve(
    app: App,
    role: Role,
    listener: socket.socket | None,
    settings: HttpSettings,
    stop: Stop,
) -> None:
    async with app.started(role) as running:
        stop.started()
        async with _http(running.http, listener, settings, stop):
            _log.info("started", app=app.name, role=role.value, url=_url(listener))
            await stop.requested.wait()
            _log.info("stopping", app=app.name, role=role.value)
            await running.stop_services()


@contextmanager
def _listening(host: str, port: int | None, variable: str) -> Iterator[socket.socket | None]:
    """Take the port before anything is opened; no port, no socket."""
    if port is None:
        yield None
        return
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise StartError(_explain(host, port, variable, error)) from None
    with listener:
        yield listener


def _explain(host: str, port: int, variable: str, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            remedy = f"stop what listens there, or choose another with --port or {variable}."
            return f"Port {port} on {host} is taken: {remedy}"
        case errno.EACCES:
            remedy = f"choose one above 1023 with --port or {variable}."
            return f"Port {port} on {host} is not allowed to this user: {remedy}"
        case _:
            reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
            return f"Cannot listen on {host}: {reason}. Correct --host or HUTCH_HTTP__HOST."


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: ours decide when it stops."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _http(
    http: ASGIApp, listener: socket.socket | None, settings: HttpSettings, stop: Stop
) -> AsyncIterator[None]:
    if listener is None:
        yield
        return
    server = _Server(_config(http, settings))
    serving = asyncio.create_task(server.serve([listener]))
    # A server that ends by itself ends the app; awaiting it below raises its error.
    serving.add_done_callback(lambda _: stop.requested.set())
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def _config(http: ASGIApp, settings: HttpSettings) -> uvicorn.Config:
    return uvicorn.Config(
        http,
        interface="asgi3",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=[str(network) for network in settings.trusted_proxies],
        timeout_graceful_shutdown=GRACE,
    )


def _url(listener: socket.socket | None) -> str | None:
    if listener is None:
        return None
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
