"""The modules beside raw redis-py calls and beside their peers, on one server in one run.

Each file has ``rows(url)``, which measures one module.
"""

from __future__ import annotations

import asyncio
import importlib

from rich.console import Console
from tests.benchmarks.measure import Row

from hutch_redis.testing import temporary_server

NAMES = ("cache", "ratelimit", "pause", "session", "lock", "pubsub")

_console = Console(stderr=True)


def run() -> list[Row]:
    """Measure all."""
    return asyncio.run(_run())


async def _run() -> list[Row]:
    found: list[Row] = []
    for name in NAMES:
        _console.print(f"[dim]{name} …[/]", highlight=False)
        # A server of its own, so that nobody works on what another one left.
        async with temporary_server() as server:
            module = importlib.import_module(f"tests.benchmarks.modules.{name}")
            found += await asyncio.to_thread(module.rows, server.url)
    return found
