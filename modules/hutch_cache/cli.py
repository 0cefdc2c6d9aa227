"""``hutch cache``: look at the cache's figures, and clear it."""

from __future__ import annotations

import asyncio
import json as json_text
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, TypeVar

import typer

from hutch.cli.table import show_table
from hutch.cli.target import load
from hutch.logs import configure_logging
from hutch.settings import CoreSettings, LogSettings, Profile
from hutch.settings import load as load_settings
from hutch_cache.entries import Entries
from hutch_cache.errors import CacheError
from hutch_cache.in_memory import MemoryStore
from hutch_cache.module import core_module
from hutch_cache.store import Store
from hutch_cache.store_cache import StoreCache

T = TypeVar("T")
A = TypeVar("A")

app = typer.Typer(no_args_is_help=True)


@app.command()
def stats(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the entries with their hits, misses, errors and hit rate, over all processes."""
    found = _with(StoreCache, lambda cache: cache.stats())
    if json:
        rows = [
            {"entry": n, **asdict(s), "hit_rate": round(s.hit_rate, 1)} for n, s in found.items()
        ]
        typer.echo(json_text.dumps(rows, indent=2))
        return
    show_table(
        ("entry", "hits", "misses", "errors", "hit rate"),
        [
            (name, f"{s.hits}", f"{s.misses}", f"{s.errors}", f"{s.hit_rate:.1f} %")
            for name, s in found.items()
        ],
    )


@app.command()
def clear(
    entry: Annotated[str, typer.Argument(metavar="ENTRY", help="Its name in `stats`.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove all values of one entry, and nothing else; production asks before it does."""
    if load_settings(CoreSettings).profile is Profile.PRODUCTION and not yes:

        async def check(entries: Entries) -> None:
            entries.named(entry)

        _with(Entries, check)
        typer.confirm(f"Remove all values of {entry}?", abort=True, err=True)
    removed = _with(StoreCache, lambda cache: cache.clear(entry))
    typer.echo(f"{removed} value(s) of {entry} are removed.")


def _with(token: type[A], act: Callable[[A], Awaitable[T]]) -> T:
    """Open what belongs to the cache of the app that is meant, and nothing else of it."""
    application, cache = load(), core_module()
    # What the commands say stands on its own, and errors are their messages.
    configure_logging(LogSettings.model_construct(level="error", format="console", redact=()))

    async def open_and_act() -> T:
        async with application.opened(token, Store, module=cache) as running:
            if isinstance(running.get(Store, cache), MemoryStore):
                raise CacheError(
                    "the cache's backend is memory, which only the app's own process sees: "
                    "set HUTCH_CACHE__BACKEND=redis."
                )
            return await act(running.get(token, cache))

    return asyncio.run(open_and_act())
