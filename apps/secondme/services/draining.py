"""Draining: a worker that is told to stop first lets the inbox run empty."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import structlog

from hutch_pubsub import InboxAdmin, InboxUnavailable
from secondme.keys import INBOX
from secondme.settings import SecondMeSettings

LOOK = 0.05
"""Seconds between two looks."""
MOST = 500
"""How many messages that are left are named in the log."""

_log = structlog.get_logger(__name__)


async def draining(inbox: InboxAdmin, settings: SecondMeSettings) -> AsyncIterator[None]:
    """Wait on the way out until nothing waits; log the ids of what is left after a while.

    It is stopped before the consumers of the inbox are, so they still work meanwhile.
    """
    yield
    try:
        if not await _is_empty_within(settings.drain, inbox):
            await _tell(inbox)
    except InboxUnavailable:
        _log.warning("messages may be left: the inbox cannot be reached", inbox=INBOX)


async def _is_empty_within(seconds: float, inbox: InboxAdmin) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                if not (await inbox.stats(INBOX)).length:
                    return True
                await asyncio.sleep(LOOK)
    return False


async def _tell(inbox: InboxAdmin) -> None:
    left = [entry.fields.get("messageId") for entry in await inbox.entries(INBOX, limit=MOST)]
    _log.warning("messages are left for another worker or a person", messages=left)
