"""``hutch pause``: look at pauses, begin and end them."""

from __future__ import annotations

import asyncio
import json as encoding
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

import typer

from hutch.cli.table import show_table
from hutch.cli.target import load
from hutch.logs import configure_logging
from hutch.settings import LogSettings
from hutch_pause.errors import InvalidPause, PauseError
from hutch_pause.in_memory import MemorySwitch
from hutch_pause.module import pause_module
from hutch_pause.port import PauseSwitch
from hutch_pause.state import PauseState

T = TypeVar("T")

Subject = Annotated[str | None, typer.Argument(metavar="[SUBJECT]", help="Whom.")]
All = Annotated[bool, typer.Option("--all", help="All, in its place.")]
Reason = Annotated[str, typer.Option(help="Stands in the event and in the list.")]

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 500,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List who is paused, and until when."""
    found = _with(lambda switch: switch.list(limit=limit))
    if json:
        typer.echo(encoding.dumps([asdict(state) for state in found], indent=2, default=str))
        return
    show_table(("subject", "since", "until", "reason"), [_row(state) for state in found])


@app.command()
def on(
    subject: Subject = None,
    all_: All = False,
    minutes: Annotated[
        float | None, typer.Option(min=0.001, help="How long; by default as the setting says.")
    ] = None,
    reason: Reason = "",
) -> None:
    """Pause a subject for a time, or all until `hutch pause off --all`."""
    chosen = _one(subject, all_)
    if chosen is None:
        if minutes is not None:
            raise InvalidPause("--minutes: the pause of all has no end; leave it out.")
        _with(lambda switch: switch.pause_all(reason=reason))
        typer.echo("All are paused.")
        return
    duration = None if minutes is None else timedelta(minutes=minutes)
    state = _with(lambda switch: switch.pause(chosen, duration=duration, reason=reason))
    typer.echo(f"{chosen} is paused until {_cell(state.until)}.")


@app.command()
def off(subject: Subject = None, all_: All = False, reason: Reason = "") -> None:
    """End a subject's pause, or that of all."""
    chosen = _one(subject, all_)
    if chosen is None:
        ended = _with(lambda switch: switch.resume_all(reason=reason))
        typer.echo("All go on, but those paused by name." if ended else "They were not paused.")
        return
    ended = _with(lambda switch: switch.resume(chosen, reason=reason))
    typer.echo(f"{chosen} goes on." if ended else f"{chosen} was not paused.")


def _one(subject: str | None, all_: bool) -> str | None:
    """Return the subject that is meant, None for all."""
    if all_ == bool(subject):
        raise InvalidPause("pause: name a subject, or give --all.")
    return subject


def _row(state: PauseState) -> tuple[str, ...]:
    name = "(all)" if state.subject is None else state.subject
    return name, _cell(state.since), _cell(state.until), _cell(state.reason)


def _cell(value: datetime | str | None) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    # Names and reasons may come from outside and must not steer the terminal.
    return "".join(char if char.isprintable() else "�" for char in value or "")


def _with(act: Callable[[PauseSwitch], Awaitable[T]]) -> T:
    """Open what belongs to the pauses of the app that is meant, and nothing else of it."""
    application, module = load(), pause_module()
    configure_logging(LogSettings.model_construct(level="error", format="console", redact=()))

    async def open_and_act() -> T:
        async with application.opened(PauseSwitch, module=module) as running:
            switch = running.get(PauseSwitch, module)
            if isinstance(switch, MemorySwitch):
                raise PauseError(
                    "the pauses' backend is memory, which only the app's own process sees: "
                    "set HUTCH_PAUSE__BACKEND=redis."
                )
            return await act(switch)

    return asyncio.run(open_and_act())
