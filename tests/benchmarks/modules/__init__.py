"""The modules beside raw redis-py calls and beside their peers, on one server in one run.

Each file has ``rows(url)``, which measures one module.
"""

from __future__ import annotations

import asyncio
import importlib

from rich.console import Console
from tests.benchmarks.measure import Row

from hutch_redis.testing import temporary_server

NAMES = ("client", "cache", "ratelimit", "pause", "session", "lock", "pubsub")

_console = Console(stderr=True)


def run(only: str = "") -> list[Row]:
    """Measure all, or the modules that have this text in their name."""
    return asyncio.run(_run(only))


async def _run(only: str) -> list[Row]:
    found: list[Row] = []
    for name in (name for name in NAMES if only in name):
        _console.print(f"[dim]{name} …[/]", highlight=False)
        # A server of its own, so that nobody works on what another one left.
        async with temporary_server() as server:
            module = importlib.import_module(f"tests.benchmarks.modules.{name}")
            found += await asyncio.to_thread(module.rows, server.url)
    return found
