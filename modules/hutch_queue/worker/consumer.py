"""Consumer: takes the jobs of one queue, one turn after the other, and runs them.

One trip ends what has finished and claims as many as there are free slots, never more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from hutch_queue.declare.context import Note
from hutch_queue.names import QueueName
from hutch_queue.schedules.ticker import Ticker
from hutch_queue.settings import QueueSettings
from hutch_queue.storage.store import MOST, Claim, Store, Turn
from hutch_queue.worker.attempts import Attempts, Held, note_of
from hutch_queue.worker.load import LAST, Load
from hutch_queue.worker.presence import Presence
from hutch_queue.worker.slots import Slots
from hutch_queue.worker.tasks import cancel
from hutch_queue.worker.work import Desk

IDLE = 5.0
"""Seconds after which an idle consumer looks by itself: a token that wakes it may be lost."""

_log = structlog.get_logger(__name__)


class Consumer:
    """Runs the jobs of one queue in this process.

    Args:
        store: One that waits: its calls may take as long as the connection lasts.
    """

    def __init__(
        self, store: Store, desk: Desk, queue: QueueName, ticker: Ticker, settings: QueueSettings
    ) -> None:
        self._store = store
        self._desk = desk
        self._queue = queue
        self._ticker = ticker
        self._lease = settings.lease
        self._grace = settings.shutdown_grace
        self._attempts = Attempts(store, desk)
        self._load = Load(desk.queue, self._attempts)
        self._presence = Presence(store, queue, self._load, settings.lease, desk.concurrency)
        self._slots = Slots(desk, self._load)
        self._size = desk.size
        self._woken = False
        self._stopping = False
        self._drained = asyncio.Event()
        self._taking: asyncio.Timeout | None = None

    async def run(self) -> None:
        """Take and run jobs until told to stop; hand back what does not finish in time."""
        keep = self._ticker.keep(self._store, self._desk, self._presence.back)
        helpers = [
            asyncio.create_task(self._listen(), name=f"wake {self._desk.queue}"),
            asyncio.create_task(self._presence.beat(), name=f"beat {self._desk.queue}"),
            asyncio.create_task(keep, name=f"schedules of {self._desk.queue}"),
        ]
        try:
            await self._take()
            await self._finish()
        finally:
            await cancel(helpers)
            await self._leave()

    def stop(self) -> None:
        """Take no more."""
        self._stopping = True
        self._load.news.set()
        if self._taking and not self._presence.joined.is_set():
            self._taking.reschedule(0)  # do not wait for a store that is away

    async def _take(self) -> None:
        if self._stopping:
            return
        try:
            async with asyncio.timeout(None) as self._taking:
                await self._presence.join()
                await asyncio.gather(*(self._lane() for _ in range(self._slots.lanes)))
        except TimeoutError:
            return
        finally:
            self._taking = None

    @property
    def _free(self) -> int:
        """How many jobs to ask for."""
        return 0 if self._presence.quiet or self._stopping else self._slots.free

    async def _lane(self) -> None:
        """Take turns. While one lane waits for its reply, the jobs of the other one run."""
        seconds: float | None = 0
        while not self._stopping:
            await self._rest(seconds)
            seconds = await self._turn() if self._has_news(seconds) else None

    def _has_news(self, seconds: float | None) -> bool:
        """Whether a turn could tell or hear something."""
        look = self._woken and self._can_look
        news = self._presence.gone or self._load.ended or self._free
        return bool(news or look or seconds is not None)

    @property
    def _can_look(self) -> bool:
        """Whether a turn may answer a token: by a claim or, if all is taken, by passing it on."""
        return self._free > 0 or not self._slots.asked

    async def _turn(self) -> float | None:
        """Tell the store what ended and take what may run; return the seconds to the next turn."""
        load, presence = self._load, self._presence
        if presence.gone:
            await presence.rejoin()
        free, name = self._free, presence.name
        sent, load.ended = load.ended[:MOST], load.ended[MOST:]
        if self._can_look:
            self._woken = False
        load.sent.append(sent)
        self._slots.asked += free
        try:
            async with asyncio.timeout(self._lease):
                turn = await self._store.turn(
                    self._desk.queue, name, sent, free, self._queue.keeping
                )
        except asyncio.CancelledError:
            presence.gone = True
            load.ended[:0] = sent
            raise
        except Exception as error:
            presence.lose_touch(error)
            load.ended[:0] = sent
            return 0
        finally:
            self._slots.asked -= free
            load.sent.remove(sent)
        if name != presence.name:
            load.ended[:0] = sent  # under its new name it hears what of this is its own
            return 0
        if turn is None:
            presence.lose_all()
            return 0
        return await self._heard(turn, free)

    async def _heard(self, turn: Turn, free: int) -> float | None:
        self._slots.flowing = bool(free) and len(turn.claims) == free
        for id in turn.refused:
            _log.warning("late end of a job is refused", job_id=id, queue=self._desk.queue)
        self._start_all(turn.claims)
        tick = await self._tick() if turn.next_tick == 0 else turn.next_tick
        if tick == 0:
            return 0
        if len(turn.claims) < free:
            self._drained.set()
        looks = [look for look in (turn.next_look, tick) if look is not None]
        # Also with no slot free: only who takes a turn lets the others know of what is due.
        return min(looks, default=None)

    async def _tick(self) -> float:
        try:
            return await self._ticker.tick(self._store, self._desk.queue)
        except self._store.away:
            self._presence.gone = True
            return 0

    async def _rest(self, seconds: float | None) -> None:
        """Wait until a job ends, one comes, or one is due."""
        load, flows = self._load, self._slots.flowing and self._free
        look = self._woken and self._can_look
        if seconds == 0 or self._presence.gone or flows or look:
            return
        try:
            async with asyncio.timeout(seconds):
                if not load.ended:
                    await load.news.wait()
                if self._slots.soon:
                    await asyncio.sleep(0)  # let others end before the trip is made
        except TimeoutError:
            return
        finally:
            load.news.clear()

    def _start_all(self, claims: Sequence[Claim]) -> None:
        jobs = [Held.of(claim, self._presence.name) for claim in claims]
        if self._size is None:
            for held in jobs:
                self._load.watch(held, asyncio.create_task(self._attempts.run(held, self._note)))
            return
        for start in range(0, len(jobs), self._size):
            self._start_chunk(jobs[start : start + self._size])

    def _start_chunk(self, jobs: Sequence[Held]) -> None:
        call, tasks = self._attempts.start_chunk(jobs, self._note)
        self._load.watch_chunk(call)
        for held, task in zip(jobs, tasks, strict=True):
            self._load.watch(held, task)

    def _note(self, held: Held) -> Note:
        return note_of(self._store, self._desk.queue, held, lambda: self._presence.name)

    async def _listen(self) -> None:
        """Be woken when something comes, while slots are free and nothing waited."""
        while True:
            await self._drained.wait()
            try:
                # A server that vanished without a word never ends the wait.
                async with asyncio.timeout(IDLE + self._lease):
                    await self._store.wait([self._desk.queue], IDLE)
            except Exception as error:
                self._presence.lose_touch(error)
            self._drained.clear()
            self._woken = True
            self._load.news.set()

    async def _finish(self) -> None:
        """Let jobs end within the grace and tell of each, then hand back the rest."""
        try:
            async with asyncio.timeout(self._grace):
                while self._load.running or self._load.chunks:
                    await self._rest(await self._turn())
        except TimeoutError:
            await self._load.hand_back()

    async def _leave(self) -> None:
        if not self._presence.known:
            return
        try:
            async with asyncio.timeout(LAST):
                while self._load.ended or any(self._load.sent):
                    await self._turn()
                await self._presence.leave()
        except Exception as error:
            self._presence.lose_touch(error)  # the lease runs out by itself
