"""``hutch credits``: book credits for users."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from hutch.cli.target import load
from hutch.logs import configure_logging
from hutch.settings import LogSettings
from hutch_auth import UnknownUser, Users
from kit.columns import new_id
from rabbit24.services import domain
from rabbit24.services.credit import Credits

Name = Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")]
Amount = Annotated[int, typer.Argument(metavar="AMOUNT", help="How many.", min=1, max=1_000_000)]

app = typer.Typer(no_args_is_help=True)


@app.callback()
def credits_() -> None:
    """Book credits for users."""


@app.command()
def book(name: Name, amount: Amount) -> None:
    """Give a user so many credits more, and print how many there are."""
    typer.echo(f"{name} has {asyncio.run(_book(name, amount))} credits.")


async def _book(name: str, amount: int) -> int:
    application = load()
    # What the command says stands on its own, and errors are their messages.
    configure_logging(LogSettings.model_construct(level="error", format="console", redact=()))
    async with application.opened(Users, Credits, module=domain) as running:
        user = await running.get(Users, domain).find(name)
        if user is None:
            raise UnknownUser("no user has this name; `hutch users list` shows them.")
        credits_ = running.get(Credits, domain)
        await credits_.book(user.id, amount, f"booked {new_id()}")
        return await credits_.balance(user.id)
