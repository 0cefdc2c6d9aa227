"""``hutch users``: add users, and say what they may do."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar, cast

import typer
from sqlalchemy.exc import DBAPIError

from hutch.cli.table import show_table
from hutch.cli.target import load
from hutch.logs import configure_logging
from hutch.settings import LogSettings
from hutch_auth.accounts import accounts_module
from hutch_auth.errors import AuthError, UnknownUser
from hutch_auth.users import TokenInfo, User, Users

T = TypeVar("T")

_LONGEST_LINE = 4096

Name = Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")]
Roles = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ROLE]...", help="viewer, operator, admin, or a role of the app."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(no_args_is_help=True)


@app.command()
def add(name: Name, roles: Roles = None) -> None:
    """Add a user. The password is asked for, or read from the first line of the input."""
    password = _read_password()
    user = _with_users(lambda users: users.add(name, password, roles or ()))
    typer.echo(f"{user.name} is added, {_as(user)}.")


@app.command("list")
def list_(json: Json = False) -> None:
    """List the users."""
    found = _with_users(lambda users: users.all())
    rows = [
        {
            "id": user.id,
            "name": user.name,
            "roles": sorted(user.roles),
            "disabled": user.disabled,
            "created": _time(user.created),
        }
        for user in found
    ]
    _show(("id", "name", "roles", "disabled", "created"), rows, as_json=json)


@app.command("roles")
def roles_(name: Name, roles: Roles = None) -> None:
    """Give a user these roles and no others; without any the user may do nothing."""
    user = _with_user(name, lambda users, user: users.set_roles(user.id, roles or ()))
    typer.echo(f"{user.name} is now {_as(user)}.")


@app.command()
def passwd(name: Name) -> None:
    """Give a user another password; their sessions end, their API tokens go on."""
    password = _read_password()
    user = _with_user(name, lambda users, user: users.set_password(user.id, password))
    typer.echo(f"{user.name} has another password; every session has ended.")


@app.command()
def disable(
    name: Name,
    off: Annotated[bool, typer.Option("--off", help="Let the user in again.")] = False,
) -> None:
    """Let nothing of a user work any more: no password, session or API token."""
    user = _with_user(name, lambda users, user: users.disable(user.id, disabled=not off))
    typer.echo(f"{user.name} {'is disabled' if user.disabled else 'may come in again'}.")


@app.command()
def token(
    name: Name,
    label: Annotated[str, typer.Option(help="What it is for, e.g. 'deploy script'.")],
) -> None:
    """Issue an API token with the user's roles; it is printed this once."""
    issued = _with_user(name, lambda users, user: users.issue(user.id, label))
    typer.echo(
        f"Keep it: it is not shown again, and works until `revoke {issued.info.id}`.", err=True
    )
    typer.echo(issued.text)


@app.command()
def tokens(name: Name, json: Json = False) -> None:
    """List the API tokens of a user."""
    found = _with_user(name, lambda users, user: users.tokens(user.id))
    _show(("id", "label", "created", "revoked"), [_token_row(info) for info in found], as_json=json)


@app.command()
def revoke(
    id: Annotated[str, typer.Argument(metavar="ID", help="The middle part of the token.")],
) -> None:
    """Let an API token work no more."""
    _with_users(lambda users: users.revoke(id))
    typer.echo(f"{id} works no more.")


def _read_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline(_LONGEST_LINE).rstrip("\r\n")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return password


def _with_user(name: str, act: Callable[[Users, User], Awaitable[T]]) -> T:
    async def find_and_act(users: Users) -> T:
        user = await users.find(name)
        if user is None:
            raise UnknownUser("no user has this name; `hutch users list` shows them.")
        return await act(users, user)

    return _with_users(find_and_act)


def _with_users(act: Callable[[Users], Awaitable[T]]) -> T:
    """Open what belongs to the accounts of the app that is meant, and nothing else of it."""
    application, module = load(), accounts_module()
    # What the commands say stands on its own, and errors are their messages.
    configure_logging(LogSettings.model_construct(level="error", format="console", redact=()))

    async def open_and_act() -> T:
        async with application.opened(Users, module=module) as running:
            try:
                return await act(running.get(Users, module))
            except (OSError, DBAPIError) as error:
                raise AuthError(
                    f"the accounts cannot be reached ({type(error).__name__}): run `hutch db "
                    "upgrade`, start the database, or correct DATABASE_URL."
                ) from error

    return asyncio.run(open_and_act())


def _as(user: User) -> str:
    return f"with the roles {', '.join(sorted(user.roles))}" if user.roles else "without a role"


def _token_row(info: TokenInfo) -> dict[str, Any]:
    revoked = None if info.revoked is None else _time(info.revoked)
    return {
        "id": info.id,
        "label": info.label,
        "created": _time(info.created),
        "revoked": revoked,
    }


def _show(names: Sequence[str], rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    show_table(names, [[_cell(row[name]) for name in names] for row in rows])


def _cell(value: Any) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case list():
            return ", ".join(cast("list[str]", value))
        case _:
            return str(value)


def _time(value: datetime) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}"
