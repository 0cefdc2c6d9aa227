"""``hutch db``: apply and write migrations."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

import typer
from sqlalchemy.exc import DBAPIError

from hutch.app import App
from hutch.cli.target import Target, load
from hutch.contributions import Migrations
from hutch_database.errors import DatabaseError
from hutch_database.migrations import run
from hutch_database.module import database_module
from hutch_database.port import Database

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True)


@app.command()
def upgrade(target: Target = None) -> None:
    """Bring the database to the newest revision of every branch; all of it or nothing."""
    application = load(target)
    _with_database(application, run.upgrade)
    _show(application)


@app.command()
def current(target: Target = None) -> None:
    """Show how far the database is in every branch."""
    _show(load(target))


@app.command()
def revision(
    message: Annotated[str, typer.Option("--message", "-m", help="What changes, in a few words.")],
    branch: Annotated[str, typer.Option(help="The package's branch, as its module names it.")],
    target: Target = None,
) -> None:
    """Write an empty migration after the newest of a branch."""
    typer.echo(run.new_revision(load(target).contributed(Migrations), branch, message))


def _show(application: App) -> None:
    states: Sequence[run.BranchState] = _with_database(application, run.state)
    if not states:
        typer.echo("no package of this app contributes revisions")
    for state in states:
        place = "newest" if state.is_at_head else f"behind: newest is {state.head}"
        typer.echo(f"{state.branch}: {state.applied or 'nothing applied'} ({place})")


def _with_database(
    application: App, act: Callable[[Database, list[Migrations]], Awaitable[T]]
) -> T:
    module = database_module()

    async def open_and_act() -> T:
        async with application.opened(Database, module=module) as running:
            database = running.get(Database, module)
            await _reach(database)
            return await act(database, application.contributed(Migrations))

    return asyncio.run(open_and_act())


async def _reach(database: Database) -> None:
    try:
        await database.ping()
    except (OSError, DBAPIError) as error:
        url = database.engine.url.render_as_string(hide_password=True)
        raise DatabaseError(
            f"{url} cannot be reached ({type(error).__name__}); start the server, or correct "
            "DATABASE_URL."
        ) from error
