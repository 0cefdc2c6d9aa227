"""Renewal: keeps the leases of what a consumer has, and hears what it has no more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog

from hutch_pubsub.inbox_spec import InboxSpec
from hutch_pubsub.lanes import Lanes
from hutch_pubsub.storage import InboxStore
from hutch_pubsub.waiting import within

MOST = 1000
"""How many leases one call renews at most."""
TURNS = 3
"""How often a lease is renewed before it runs out."""

_log = structlog.get_logger(__name__)


class Renewal:
    """Renews the leases of one consumer, three times in each.

    Args:
        lease: Milliseconds.
        lost: Called when there is room, because others have what was here.
    """

    def __init__(
        self,
        store: InboxStore,
        spec: InboxSpec[Any],
        consumer: str,
        lease: int,
        lost: Callable[[], None],
    ) -> None:
        self._store = store
        self._spec = spec
        self._consumer = consumer
        self._seconds = lease / 1000
        self._lost = lost
        self._needed = asyncio.Event()

    def soon(self) -> None:
        """Renew now: an entry waits for it."""
        self._needed.set()

    async def run(self, lanes: Lanes) -> None:
        """Renew until cancelled, in turn, so that one without an answer holds no other up."""
        async with asyncio.TaskGroup() as group:
            for turn in range(TURNS):
                group.create_task(self._by_the_clock(lanes, self._seconds * (turn + 1) / TURNS))
            group.create_task(self._when_needed(lanes))

    async def _by_the_clock(self, lanes: Lanes, first: float) -> None:
        due = time.monotonic() + first
        while True:
            await asyncio.sleep(due - time.monotonic())
            due = max(due, time.monotonic() - self._seconds / TURNS) + self._seconds
            await self._renew(lanes)

    async def _when_needed(self, lanes: Lanes) -> None:
        while await self._needed.wait():
            self._needed.clear()
            await self._renew(lanes)

    async def _renew(self, lanes: Lanes) -> None:
        asked = {id: entry.deliveries for id, entry in lanes.held.items()}
        ids = list(asked)
        with suppress(Exception):  # the lease runs out by itself
            for start in range(0, len(ids), MOST):
                some, sent = ids[start : start + MOST], time.monotonic()
                beat = self._store.beat(self._spec, self._consumer, some)
                lost = set(await within(self._seconds, beat))
                # An answer is the latest there is to know, however late it is.
                since = max(sent, time.monotonic() - self._seconds * (1 - 1 / TURNS))
                lanes.renew((id for id in some if id not in lost), since + self._seconds)
                if gone := lanes.lose({id: asked[id] for id in lost}):
                    _log.warning("lease is lost", inbox=self._spec.name, entries=gone)
                    self._lost()
