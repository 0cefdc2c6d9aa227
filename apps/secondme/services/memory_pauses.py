"""Pauses in memory, told on the channel as Redis tells those that it keeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from hutch_pause import MemorySwitch, PauseEvent, PauseSwitch
from hutch_pubsub import Events, EventsUnavailable
from secondme.channels import PAUSES
from secondme.schemas import PauseTold


async def telling_pauses(switch: PauseSwitch, events: Events) -> AsyncIterator[None]:
    """Tell the pauses of this process meanwhile, where they are in its memory."""
    if not isinstance(switch, MemorySwitch):
        yield
        return
    told: asyncio.Queue[PauseEvent] = asyncio.Queue()
    end = switch.listen(told.put_nowait)
    task = asyncio.create_task(_tell(told, events), name="pauses in memory")
    try:
        yield
    finally:
        end()
        task.cancel()
        await asyncio.wait([task])


async def _tell(told: asyncio.Queue[PauseEvent], events: Events) -> None:
    while True:
        event = await told.get()
        value = PauseTold(
            contact_id=event.subject,
            action=event.action,
            expires_at=event.expires_at,
            reason=event.reason,
        )
        with suppress(EventsUnavailable):
            await events.publish(PAUSES.of(), value)
