"""The module: events and inboxes for everybody who imports it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import cache
from typing import Any

from hutch.binding import bind
from hutch.contributions import Command, Declare, Health, Metrics, Service
from hutch.discovery import Discovery
from hutch.module import Module
from hutch.roles import Role
from hutch.settings import CoreSettings
from hutch_pubsub.consuming import Consumers, Delivery
from hutch_pubsub.in_memory import MemoryEvents
from hutch_pubsub.inbox import Inbox, InboxStores, StoredInbox
from hutch_pubsub.inbox_admin import InboxAdmin
from hutch_pubsub.inbox_metrics import HELP, InboxTally, probe_inboxes, read_events, read_inboxes
from hutch_pubsub.inbox_spec import InboxSpec
from hutch_pubsub.inboxes import Inboxes
from hutch_pubsub.intake import Intake
from hutch_pubsub.memory_inbox import MemoryInbox
from hutch_pubsub.on_redis import open_events
from hutch_pubsub.port import Events
from hutch_pubsub.redis_inbox import RedisInbox
from hutch_pubsub.settings import PubsubSettings
from hutch_pubsub.work import desks
from hutch_redis import Backend, Redis, redis_module, usual_backend


def pubsub_module(*inboxes: InboxSpec[Any]) -> Module:
    """Return a module that gives its importers ``Events`` and ``Inbox``, and declares inboxes.

    All such modules share one of each. Channels need no declaration.

    Args:
        inboxes: The specs of the inboxes that the importers add to or consume.
    """
    if not inboxes:
        return core_module()
    return Module(
        f"pubsub({', '.join(spec.name for spec in inboxes)})",
        imports=[core_module()],
        exports=[core_module()],
        contributions=[Declare(spec) for spec in inboxes],
    )


@cache
def core_module() -> Module:
    """Return what all pubsub modules share."""
    return Module(
        "pubsub",
        imports=[redis_module()],
        providers=[
            PubsubSettings,
            Inboxes,
            InboxAdmin,
            InboxTally,
            bind(Delivery).seed(),
            bind(Events).choose(backend, memory=memory_events, redis=open_events),
            bind(InboxStores).choose(backend, memory=memory_stores, redis=redis_stores),
            bind(Inbox).to(StoredInbox),
        ],
        exports=[Events, Inbox, InboxAdmin, Delivery],
        contributions=[
            Service("inboxes", consume, roles=frozenset({Role.WORKER}), discovers=(Consumers,)),
            Health("inboxes", probe_inboxes, required=False),
            Metrics(read_events, HELP),
            Metrics(read_inboxes, HELP),
            Command("inbox", "hutch_pubsub.cli:app", "Look into inboxes, and replay what failed."),
        ],
    )


def backend(settings: PubsubSettings, core: CoreSettings) -> Backend:
    """Name the backend: the setting's, else memory in tests and Redis anywhere else."""
    return usual_backend(settings.backend, core)


def memory_events() -> MemoryEvents:
    """Return the events of this process."""
    return MemoryEvents()


def memory_stores() -> InboxStores:
    """Return the inboxes of this process."""
    store = MemoryInbox()
    return InboxStores(store, store)


def redis_stores(redis: Redis) -> InboxStores:
    """Return the inboxes on Redis."""
    return InboxStores(RedisInbox(redis, redis.state), RedisInbox(redis, redis.blocking))


async def consume(
    stores: InboxStores,
    inboxes: Inboxes,
    discovery: Discovery,
    settings: PubsubSettings,
    tally: InboxTally,
) -> AsyncIterator[None]:
    """Handle messages meanwhile; on the way out take no more and finish what is in work."""
    intakes = [Intake(stores.patient, desk, settings, tally) for desk in desks(discovery, inboxes)]
    runs = [asyncio.create_task(intake.run(), name="inbox") for intake in intakes]
    try:
        yield
    finally:
        for intake in intakes:
            intake.stop()
        await asyncio.gather(*runs)
