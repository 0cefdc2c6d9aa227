"""The module: locks and what is done once, for everybody who imports it."""

from __future__ import annotations

from functools import cache

from hutch.binding import bind
from hutch.contributions import Declare, Health, Metrics
from hutch.module import Module
from hutch.settings import CoreSettings
from hutch_lock.claimed_once import ClaimedOnce
from hutch_lock.claims import FENCE, Claims
from hutch_lock.content import Contents
from hutch_lock.idempotency import IdempotencyKey
from hutch_lock.in_memory import MemoryClaims
from hutch_lock.leftovers import Leftovers, open_leftovers
from hutch_lock.locks import ClaimedLocks
from hutch_lock.on_redis import RedisClaims
from hutch_lock.port import Locks, Once
from hutch_lock.settings import LockSettings
from hutch_lock.tally import HELP, Tally, read_tally
from hutch_redis import Backend, KeyClass, Life, redis_module, usual_backend

LIVES: dict[str, Life] = {
    "lock:*": "long",
    "once:*": "long",
    "idempotency:*": "long",
    "dedup:*": "medium",
    "content_hash:*": "long",
    FENCE: "none",
}


@cache
def lock_module() -> Module:
    """Return the module that gives its importers ``Locks`` and ``Once``; always the same one."""
    return Module(
        "lock",
        imports=[redis_module()],
        providers=[
            LockSettings,
            Tally,
            bind(Claims).choose(backend, memory=in_memory, redis=RedisClaims),
            bind(Leftovers).open(open_leftovers),
            bind(Locks).to(ClaimedLocks),
            bind(Once).to(ClaimedOnce),
            Contents,
            IdempotencyKey,
        ],
        exports=[Locks, Once, Contents, IdempotencyKey],
        contributions=[
            Health("lock", probe),
            Metrics(read_tally, HELP),
            *(Declare(KeyClass(pattern, life)) for pattern, life in LIVES.items()),
        ],
    )


def backend(settings: LockSettings, core: CoreSettings) -> Backend:
    """Name the backend: the setting's, else memory in tests and Redis anywhere else."""
    return usual_backend(settings.backend, core)


def in_memory() -> Claims:
    """Return claims of this process."""
    return MemoryClaims()


async def probe(claims: Claims) -> None:
    """Pass when claims can be looked at.

    Raises:
        LockUnavailable: The server did not answer.
    """
    await claims.drop([claims.key("lock", "probe")], "")
