"""``hutch sessions``: look into sessions, and end them."""

from __future__ import annotations

import asyncio
import json as json_format
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from hutch.cli.target import load
from hutch.logs import configure_logging
from hutch.settings import LogSettings
from hutch_session.errors import SessionError
from hutch_session.in_memory import MemoryStore
from hutch_session.module import core_module
from hutch_session.port import Sessions
from hutch_session.session import SessionInfo
from hutch_session.store import Store

T = TypeVar("T")

User = Annotated[str, typer.Argument(metavar="USER", help="The user's id.")]
Handle = Annotated[str, typer.Argument(metavar="HANDLE", help="The session's public name.")]

app = typer.Typer(no_args_is_help=True)

_NAMES = ("handle", "profile", "created", "seen", "expires")


@app.command("list")
def list_(
    user: User, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """List a user's sessions: handle, profile, when it began, was seen last and ends."""
    rows = [_row(info) for info in _with_sessions(lambda sessions: sessions.of(user))]
    if json:
        typer.echo(json_format.dumps(rows))
        return
    typer.echo("\t".join(_NAMES))
    for row in rows:
        typer.echo("\t".join(row.values()))


@app.command()
def end(user: User, handle: Handle) -> None:
    """End one session of a user."""
    if not _with_sessions(lambda sessions: sessions.end_one(user, handle)):
        typer.echo("Error: the user has no such session.", err=True)
        raise typer.Exit(1)
    typer.echo("The session has ended.")


@app.command("end-all")
def end_all(user: User) -> None:
    """End all sessions of a user."""
    _with_sessions(lambda sessions: sessions.end_all(user))
    typer.echo("All sessions of the user have ended.")


def _row(info: SessionInfo) -> dict[str, str]:
    # Without the data, which belongs to the user.
    times = (moment.isoformat() for moment in (info.created, info.seen, info.expires))
    return dict(zip(_NAMES, (info.handle, info.profile, *times), strict=True))


def _with_sessions(act: Callable[[Sessions], Awaitable[T]]) -> T:
    """Open the sessions of the app that is meant, and nothing else of it."""
    application, module = load(), core_module()
    # What the commands say stands on its own, and errors are their messages.
    configure_logging(LogSettings.model_construct(level="error", format="console", redact=()))

    async def open_and_act() -> T:
        async with application.opened(Sessions, Store, module=module) as running:
            if isinstance(running.get(Store, module), MemoryStore):
                raise SessionError(
                    "the sessions' backend is memory, which only the app's own process sees: "
                    "set HUTCH_SESSION__BACKEND=redis."
                )
            return await act(running.get(Sessions, module))

    return asyncio.run(open_and_act())
