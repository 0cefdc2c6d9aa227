"""Desk: runs one delivery of a message, from its fields to what becomes of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from hutch.context import bind_context
from hutch.invoke import Invoker
from hutch.redaction import hide_in_text
from hutch_pubsub.consuming import Consuming, Delivery
from hutch_pubsub.errors import UnreadableEntry
from hutch_pubsub.storage import Done, Entry

LONGEST_REASON = 500
"""Characters of a reason that are kept with an entry."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the messages of one inbox are handled.

    Attributes:
        consuming: How.
        invoke: Calls the method in a scope of its own.
    """

    consuming: Consuming
    invoke: Invoker

    async def handle(self, entry: Entry) -> Done:
        """Handle an entry and say what became of it.

        Raises:
            asyncio.CancelledError: The consumer, not the message, was told to stop.
        """
        spec = self.consuming.spec
        key = entry.fields.get(spec.order_field, "")
        with bind_context(inbox=spec.name, entry=entry.id, attempt=entry.deliveries):
            try:
                message = spec.codec.decode(entry.fields)
            except UnreadableEntry as error:
                _log.error("unreadable entry is put among the dead", reason=str(error))
                return Done(entry.id, "dead", key, f"unreadable: {error}")
            try:
                async with asyncio.timeout(self.consuming.timeout):
                    await self.invoke(self._delivery(entry), {self.consuming.parameter: message})
            except (Exception, SystemExit, asyncio.CancelledError) as error:
                return self._failed(entry, key, error)
            return Done(entry.id, "ack", key)

    def _failed(self, entry: Entry, key: str, error: BaseException) -> Done:
        current = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and current and current.cancelling():
            raise error
        name = type(error).__name__
        if entry.deliveries < self.consuming.spec.attempts:
            _log.warning("message will be delivered again", error=name)
            return Done(entry.id, "later", key)
        _log.error("message is put among the dead", error=name)
        return Done(entry.id, "dead", key, hide_in_text(f"{name}: {error}")[:LONGEST_REASON])

    def _delivery(self, entry: Entry) -> Delivery:
        spec = self.consuming.spec
        added = datetime.fromtimestamp(int(entry.id.partition("-")[0]) / 1000, UTC)
        return Delivery(spec.name, entry.id, entry.deliveries, spec.attempts, added)
