"""The ``housekeeping`` queue: what has to be looked after all the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hutch_queue import every, job, processor
from secondme.services.connection import Connection
from secondme.services.forgetting import Forgetting
from secondme.services.kill_switch import BigSwitch
from secondme.services.review import Review


@processor("housekeeping", concurrency=2)
@dataclass
class Housekeeping:
    """Keeps WhatsApp connected, the big switch in Redis, the review list complete, and the
    database small.
    """

    connection: Connection
    big_switch: BigSwitch
    review: Review
    forgetting: Forgetting

    @every(timedelta(seconds=1), missed="skip", overlap=False)
    @job(name="keep-connected", attempts=1, timeout=20)
    async def keep_connected(self) -> None:
        """Renew the QR code, or see that it was scanned."""
        await self.connection.keep()

    @every(timedelta(seconds=2), missed="skip", overlap=False)
    @job(name="tidy", attempts=1, timeout=20)
    async def tidy(self) -> None:
        """Tell Redis of the big switch, and bring before a person what waits for one."""
        await self.big_switch.mirror()
        await self.review.collect()

    @every(timedelta(hours=1), missed="skip", overlap=False)
    @job(name="forget", attempts=1, timeout=300)
    async def forget(self) -> None:
        """Delete what is too old to be kept."""
        await self.forgetting.forget()
