"""``hutch limits``: look at rate limits, and reset them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from hutch.cli.table import show_table
from hutch.cli.target import load
from hutch.logs import configure_logging
from hutch.settings import LogSettings
from hutch_ratelimit.errors import RateLimitError
from hutch_ratelimit.in_memory import MemoryLimiter
from hutch_ratelimit.module import core_module
from hutch_ratelimit.named import Limits
from hutch_ratelimit.port import RateLimiter

T = TypeVar("T")

Name = Annotated[str, typer.Argument(metavar="LIMIT", help="The limit's name in `list`.")]
Parts = Annotated[
    list[str], typer.Argument(metavar="PART...", help="The counter's name as the app gives it.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(json: Json = False) -> None:
    """List the limits that the app declares, with the numbers that hold."""

    async def look(_: RateLimiter, limits: Limits) -> list[tuple[str, ...]]:
        return [(name, str(limits[name])) for name in limits.names()]

    _show(("name", "limit"), _with(look), as_json=json)


@app.command()
def show(limit: Name, parts: Parts, json: Json = False) -> None:
    """Show what a counter has left, e.g. `show twitter ratelimit USER twitter`."""

    async def look(limiter: RateLimiter, limits: Limits) -> list[tuple[str, ...]]:
        quota = (await limiter.peek(limits[limit].at(*parts))).tightest
        most, left = quota.counter.limit.most, quota.remaining
        used = f"{most - left} of {most}"
        return [(quota.counter.name, used, str(left), f"{quota.reset_at:%Y-%m-%dT%H:%M:%SZ}")]

    _show(("counter", "used", "left", "reset"), _with(look), as_json=json)


@app.command()
def reset(limit: Name, parts: Parts) -> None:
    """Give a counter all its units back."""

    async def clear(limiter: RateLimiter, limits: Limits) -> str:
        counter = limits[limit].at(*parts)
        await limiter.clear(counter)
        return counter.name

    typer.echo(f"{_with(clear)} is reset.")


def _show(columns: tuple[str, ...], rows: list[tuple[str, ...]], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([dict(zip(columns, row, strict=True)) for row in rows], indent=2))
        return
    show_table(columns, rows)


def _with(act: Callable[[RateLimiter, Limits], Awaitable[T]]) -> T:
    """Open what belongs to the limits of the app that is meant, and nothing else of it."""
    application, module = load(), core_module()
    configure_logging(LogSettings.model_construct(level="error", format="console", redact=()))

    async def open_and_act() -> T:
        async with application.opened(RateLimiter, Limits, module=module) as running:
            limiter = running.get(RateLimiter, module)
            if isinstance(limiter, MemoryLimiter):
                raise RateLimitError(
                    "the limits' backend is memory, which only the app's own process sees: "
                    "set HUTCH_RATELIMIT__BACKEND=redis."
                )
            return await act(limiter, running.get(Limits, module))

    return asyncio.run(open_and_act())
