"""The module: counters that never end, for everybody who imports it."""

from __future__ import annotations

from functools import cache

from hutch import Module, bind
from hutch.contributions import Declare, Health
from hutch.settings import CoreSettings
from hutch_redis import Backend, KeyClass, redis_module, usual_backend
from kit.tallies.in_memory import MemoryTallies
from kit.tallies.on_redis import RedisTallies
from kit.tallies.port import Tallies
from kit.tallies.settings import TalliesSettings


@cache
def tallies_module(*patterns: str) -> Module:
    """Return a module that gives its importers the ``Tallies``; all such modules share them.

    Args:
        patterns: How the names look, for the audit of keys: ``"bandit:*"``.
    """
    return Module(
        f"tallies({', '.join(patterns)})",
        imports=[core_module()],
        exports=[core_module()],
        contributions=[Declare(KeyClass(pattern, "none")) for pattern in patterns],
    )


@cache
def core_module() -> Module:
    """Return what all tallies modules share."""
    return Module(
        "tallies",
        imports=[redis_module()],
        providers=[
            TalliesSettings,
            bind(Tallies).choose(_backend, memory=_in_memory, redis=RedisTallies),
        ],
        exports=[Tallies],
        contributions=[Health("tallies", _probe)],
    )


def _backend(settings: TalliesSettings, core: CoreSettings) -> Backend:
    return usual_backend(settings.backend, core)


def _in_memory() -> MemoryTallies:
    return MemoryTallies()


async def _probe(tallies: Tallies) -> None:
    await tallies.mark(("tallies", "probe"))
