"""The module: the outbox of an app, and the relay that empties it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from functools import cache

from hutch.binding import bind
from hutch.contributions import Health, Metrics, Migrations, Reading, Service
from hutch.module import Module
from hutch_database import database_module
from hutch_outbox.errors import OutboxBehind
from hutch_outbox.port import Outbox
from hutch_outbox.relay import Relay
from hutch_outbox.settings import OutboxSettings
from hutch_outbox.table_outbox import TableOutbox
from hutch_queue import core_module


async def _relaying(relay: Relay) -> AsyncIterator[None]:
    async with relay.running():
        yield


async def _probe(outbox: Outbox, settings: OutboxSettings) -> str:
    stats = await outbox.stats()
    found = f"{stats.waiting} waiting"
    if stats.oldest > settings.behind_after:
        raise OutboxBehind(
            f"{found}, the oldest for {stats.oldest:.0f} s: is the queue away or full?"
        )
    return found


async def _read_depth(outbox: Outbox) -> Iterable[Reading]:
    stats = await outbox.stats()
    return (
        Reading("hutch_outbox_jobs", stats.waiting),
        Reading("hutch_outbox_oldest_seconds", stats.oldest),
    )


@cache
def outbox_module() -> Module:
    """Return the module that gives its importers the ``Outbox``; always the same one.

    The app declares its queues as ever, by ``queue_module("emails")``.
    """
    return Module(
        "outbox",
        imports=[core_module(), database_module()],
        providers=[
            OutboxSettings,
            Relay,
            bind(Outbox).to(TableOutbox),
        ],
        exports=[Outbox],
        contributions=[
            Migrations("hutch_outbox", "hutch_outbox:migrations"),
            Service("outbox-relay", _relaying),
            # A process that only writes into it can still serve.
            Health("outbox", _probe, required=False),
            Metrics(
                _read_depth,
                {
                    "hutch_outbox_jobs": "Jobs that are committed and not yet in their queue.",
                    "hutch_outbox_oldest_seconds": "How long the oldest of them has waited.",
                },
            ),
        ],
    )
