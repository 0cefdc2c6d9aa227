"""Commands: those of ``hutch`` itself, then those of the app that is meant."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from hutch.cli.target import is_target, load
from hutch.contributions import Command
from hutch.errors import HutchError, InvalidDeclaration, TargetError
from hutch.settings import CoreSettings
from hutch.settings import load as load_settings


class Commands(TyperGroup):
    """A group that asks the app for the commands it does not have itself.

    The app is imported only when its commands are asked for, so that the others
    neither wait for it nor fail with it.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words; where the first one is no command but an app, it is the one meant."""
        if args and self._is_app(args[0]):
            args = ["--app", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        """List the own commands, then the app's."""
        own = super().list_commands(ctx)
        try:
            return [*own, *(name for name in _contributed() if name not in own)]
        except HutchError as error:
            typer.echo(f"The app's own commands are not listed: {error}\n", err=True)
            return own

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Find a command by its name.

        Raises:
            TargetError: There is none, and what to do about it.
        """
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        contributed = _contributed()
        if cmd_name not in contributed:
            raise TargetError(_explain(cmd_name, [*self.commands, *contributed]))
        return _load(contributed[cmd_name])

    def _is_app(self, word: str) -> bool:
        if word.startswith("-") or word in self.commands or not is_target(word):
            return False
        try:
            return word not in _contributed()
        except HutchError:
            return True  # The app of HUTCH_APP is not there, and is not meant.


def _contributed() -> dict[str, Command]:
    """Import the app that is meant and collect its commands; no app, no commands."""
    if load_settings(CoreSettings).app is None:
        return {}
    return {command.name: command for command in load().contributed(Command)}


def _load(command: Command) -> Any:
    place, _, attribute = command.app.partition(":")
    found = getattr(import_module(place), attribute, None)
    if not isinstance(found, typer.Typer):
        raise InvalidDeclaration(
            f"Command({command.name!r}): {command.app!r} is no Typer app; "
            "name one as 'package.module:attribute'."
        )
    group = typer.main.get_group(found)
    group.name, group.help = command.name, command.help
    return group


def _explain(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    if near:
        return f"hutch has no command {name!r}. Did you mean {near[0]}?"
    return (
        f"hutch has no command {name!r}. If a module of your app has it, name the app: "
        f"hutch --app TARGET {name}, or set HUTCH_APP."
    )
