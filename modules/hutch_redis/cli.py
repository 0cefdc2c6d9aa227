"""``hutch redis``: test the server, list keys, clean and audit them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, TypeVar

import typer

from hutch.app import App
from hutch.cli.table import show_table
from hutch.cli.target import load
from hutch.contributions import Declare
from hutch.logs import configure_logging
from hutch.settings import CoreSettings, LogSettings, Profile
from hutch.settings import load as load_settings
from hutch_redis.errors import CleaningRefused
from hutch_redis.housekeeping import Cleaning, Namespace
from hutch_redis.key_class import KeyClass
from hutch_redis.module import redis_module
from hutch_redis.redis_check import RedisCheck
from hutch_redis.roles import Redis
from hutch_redis.self_test import Check, SelfTest

T = TypeVar("T")

Below = Annotated[
    str, typer.Argument(metavar="NAMESPACE", help="E.g. cache or temp:draft; * for all keys.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(no_args_is_help=True)


@app.command()
def test() -> None:
    """Try the server, and what the app does with it. Exits with 1 if something fails."""
    application = load()
    added = _declared(application, RedisCheck)

    async def run(redis: Redis) -> list[Check]:
        return [check async for check in SelfTest(redis, added).run()]

    checks = _with_redis(application, run)
    rows = [("ok" if check.ok else "failed", check.name, check.detail) for check in checks]
    show_table(("state", "check", "detail"), rows, ["green" if c.ok else "red" for c in checks])
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


test_redis = typer.Typer()
"""The test alone, for apps that contribute it by another name."""
test_redis.callback(invoke_without_command=True)(test)


@app.command()
def keys(
    namespace: Below,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
    json_: Json = False,
) -> None:
    """List the keys below a name with type and seconds to live; -1 is for ever."""
    found = _with_redis(load(), lambda redis: Namespace(redis, namespace).find(limit))
    if json_:
        typer.echo(json.dumps([asdict(key) for key in found], indent=2))
        return
    show_table(("key", "type", "ttl"), [(key.name, key.type, str(key.ttl)) for key in found])


@app.command()
def clean(
    namespace: Below,
    yes: Annotated[bool, typer.Option("--yes", help="Remove them; else they are counted.")] = False,
    production: Annotated[
        str | None,
        typer.Option(metavar="PREFIX", help="In production: the keys' prefix again; else asked."),
    ] = None,
    budget: Annotated[float, typer.Option(min=0.001, help="Seconds after which it stops.")] = 60.0,
) -> None:
    """Remove the keys below a name, but never those of queues. Without --yes it only counts."""
    application = load()
    if yes and load_settings(CoreSettings).profile is Profile.PRODUCTION:
        _confirm(application, production)

    async def remove(redis: Redis) -> tuple[str, Cleaning]:
        below = Namespace(redis, namespace)
        return below.base, await below.clean(remove=yes, budget=budget)

    base, done = _with_redis(application, remove)
    verb = "are removed" if yes else "would be removed; do it with --yes"
    typer.echo(f"{done.count} key(s) below {base} {verb}.")
    if done.left:
        typer.echo(f"{done.left} key(s) of queues are left: see `hutch queues obliterate`.")
    if not done.finished:
        typer.echo(f"Stopped after {budget:g} s; call it again for the rest.", err=True)
        raise typer.Exit(1)


@app.command()
def audit(namespace: Annotated[str, typer.Argument(metavar="[NAMESPACE]")] = "*") -> None:
    """Hold the keys' time to live against their classes. Exits with 1 if one is wrong."""
    application = load()
    classes = _declared(application, KeyClass)
    found = _with_redis(application, lambda redis: Namespace(redis, namespace).audit(classes))
    rows = [(fault.name, fault.pattern, fault.problem) for fault in found.faults]
    show_table(("key", "class of", "problem"), rows)
    for name, count in sorted(found.undeclared.items()):
        typer.echo(f"{count} key(s) below {name} have no class.", err=True)
    typer.echo(f"{len(found.faults)} of {found.count} key(s) are wrong.", err=True)
    if found.faults:
        raise typer.Exit(1)


def _declared(application: App, kind: type[T]) -> list[T]:
    values = [one.value for one in application.contributed(Declare)]
    return [value for value in values if isinstance(value, kind)]


def _confirm(application: App, given: str | None) -> None:
    async def prefix_of(redis: Redis) -> str:
        return redis.keys.prefix

    prefix = _with_redis(application, prefix_of)
    question = f"This is production. Type its prefix ({prefix}) to go on"
    typed: str = typer.prompt(question, err=True) if given is None else given
    if typed.removesuffix(":") != prefix.removesuffix(":"):
        raise CleaningRefused(f"{typed!r} is not the prefix {prefix!r}; nothing is removed.")


def _with_redis(application: App, act: Callable[[Redis], Awaitable[T]]) -> T:
    """Open the app's Redis and nothing else of it."""
    module = redis_module()
    # What the commands say stands on its own, and errors are their messages.
    configure_logging(LogSettings.model_construct(level="error", format="console", redact=()))

    async def open_and_act() -> T:
        async with application.opened(Redis, module=module) as running:
            return await act(running.get(Redis, module))

    return asyncio.run(open_and_act())
