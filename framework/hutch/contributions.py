"""What a module may hand to the application beside objects.

Functions among them (``probe``, ``make``, ``read``) get their arguments injected
in the module that contributes them, and run in the roles that use them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from hutch.roles import Role

EVERYWHERE = frozenset({Role.WEB, Role.WORKER})


@dataclass(frozen=True, slots=True)
class Health:
    """A health check: it passes when the probe returns and fails when it raises.

    Args:
        name: Stands in ``/health/ready`` and the detail page.
        probe: Injected async function; what it returns is shown as detail.
        required: Whether a failure makes the app not ready.
    """

    name: str
    probe: Callable[..., Awaitable[str | None]]
    required: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of a gauge, with the labels that tell it from its siblings.

    A name that ends in ``_total`` is a counter's: it only rises.
    """

    name: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures read when somebody looks: queue depths, pool sizes.

    Args:
        read: Injected async function that returns the readings of this moment.
        help: What each reading's name means.
    """

    read: Callable[..., Awaitable[Iterable[Reading]]]
    help: dict[str, str] = field(default_factory=dict[str, str], hash=False)


@dataclass(frozen=True, slots=True)
class Command:
    """A group of commands under ``hutch NAME``.

    Args:
        name: The group's name.
        app: ``"package.module:attribute"`` of a Typer app, imported when it is used.
        help: One line for ``hutch --help``.
    """

    name: str
    app: str
    help: str


@dataclass(frozen=True, slots=True)
class Mount:
    """An ASGI app served below a path.

    Args:
        path: Where, e.g. ``"/monitor"``; or an injected function that says it.
        make: Injected function that returns the ASGI app.
    """

    path: str | Callable[..., str]
    make: Callable[..., ASGIApp]


@dataclass(frozen=True, slots=True)
class Middleware:
    """ASGI middleware around everything the app serves.

    Args:
        make: Injected function that returns ``wrap(app) -> app``. The first
            contributed middleware is the outermost.
    """

    make: Callable[..., Callable[[ASGIApp], ASGIApp]]


@dataclass(frozen=True, slots=True)
class OnError:
    """Turn an exception of a handler into a response.

    Args:
        error: The exception class; the nearest base class of a raised error wins.
        handle: Takes the request and the error, returns the response.
    """

    error: type[Exception]
    handle: Callable[[Request, Any], Awaitable[Response] | Response]


@dataclass(frozen=True, slots=True)
class Service:
    """Something that runs as long as the app: a worker, a consumer, a relay.

    It starts after all resources are open. At shutdown the part after its
    ``yield`` runs first of all: it stops taking work and finishes what it has,
    while HTTP and every resource still serve.

    Args:
        name: Stands in logs and errors.
        run: Injected async generator function with one ``yield``.
        roles: In which roles it runs.
        discovers: Marks of the providers that it drives; they become live with it.
    """

    name: str
    run: Callable[..., AsyncIterator[None]]
    roles: frozenset[Role] = EVERYWHERE
    discovers: tuple[type[Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Migrations:
    """Database migrations of one package.

    Args:
        branch: The branch label, unique among the packages of an app.
        location: Package-relative folder, e.g. ``"rabbit24:migrations"``.
    """

    branch: str
    location: str


@dataclass(frozen=True, slots=True)
class Declare:
    """A plain value other parts can collect through ``Discovery.declared``."""

    value: object


Contribution = (
    Health | Metrics | Command | Mount | Middleware | OnError | Service | Migrations | Declare
)
