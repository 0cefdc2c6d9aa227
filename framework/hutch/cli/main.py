"""The ``hutch`` command: its own commands, and those that an app's modules contribute.

A module contributes ``Command("db", "hutch_database.cli:app", ...)``. Which app is meant
is said before the command, ``hutch shop db upgrade`` or ``hutch --app shop db upgrade``, or
once by ``HUTCH_APP``; then ``hutch db upgrade`` is there, and ``hutch --help`` lists it.
Modules that are installed and modules of the app itself follow this one rule. Every other
command may do without its TARGET then as well.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from hutch.cli.commands import Commands
from hutch.cli.doctor import doctor
from hutch.cli.env import env
from hutch.cli.graph import graph
from hutch.cli.new import new
from hutch.cli.run import run
from hutch.errors import HutchError


def _remember(target: str | None) -> str | None:
    """Let ``--app`` be ``HUTCH_APP`` for this call and the processes it starts."""
    if target:
        os.environ["HUTCH_APP"] = target
    return target


def hutch(
    app: Annotated[
        str | None,
        typer.Option(
            metavar="TARGET",
            callback=_remember,
            is_eager=True,
            help="The app whose commands are meant. Default: HUTCH_APP.",
        ),
    ] = None,
) -> None:
    """Compose, run and look into Hutch applications."""


commands = typer.Typer(
    cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
commands.callback()(hutch)
commands.command()(run)
commands.command()(graph)
commands.command()(doctor)
commands.command()(env)
commands.add_typer(new, name="new", help="Begin an app or a module.")


def main() -> None:
    """Run the command line; an error of the framework is its message, without a traceback."""
    try:
        commands()
    except HutchError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(1)
