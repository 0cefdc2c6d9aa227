"""Consumer: takes the jobs of one queue, one turn after the other, and runs them.

One trip ends what has finished and claims as many as there are free slots, never more.
The consumer lives under a name for as long as its connection does: after an error nobody
knows what the store did, so it comes back under a new one and hears what is still its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

import structlog

from hutch_queue.declare.context import Note
from hutch_queue.names import QueueName
from hutch_queue.schedules.ticker import Ticker
from hutch_queue.settings import QueueSettings
from hutch_queue.storage.store import MOST, Claim, Ended, Store, Turn
from hutch_queue.worker.attempts import Attempts, Held, note_of, now
from hutch_queue.worker.tasks import cancel
from hutch_queue.worker.work import Desk

IDLE = 5.0
"""Seconds after which an idle consumer looks by itself: a token that wakes it may be lost."""
BUSY_BEAT = 1.0
"""Seconds between signs of life while jobs run, so that they hear in time when to stop."""
LANES = 2
"""Turns under way at once, so that neither the worker nor the server waits for the other."""
FEW = 8
"""Slots below which one turn at a time is cheaper: two would be for a job or two each."""
LAST = 5.0
"""Seconds that a stopping consumer waits for jobs it cancelled, and for a store that is away."""
BETWEEN = 0.5
"""Seconds between two times that it comes back, where the store answers and yet does not serve."""
MOST_NAMES = 100
"""Names of its own that it still asks about; older ones lose what they hold with their lease."""
DEATHS = 3
"""How many workers a job may cost before it is put among the failed."""

_log = structlog.get_logger(__name__)
Reason = Literal["lost", "aborted", "stopped"]


@dataclass(slots=True, eq=False)
class Running:
    """A job in work.

    Attributes:
        reason: Why it was cancelled, if it was.
        told: What its aborter said.
    """

    held: Held
    task: asyncio.Task[Ended]
    reason: Reason | None = None
    told: str = ""

    def cancel(self, reason: Reason, told: str = "") -> None:
        """Cancel it, once."""
        if self.reason is None:
            self.reason, self.told = reason, told
            self.task.cancel()


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
        self._running: dict[str, Running] = {}
        self._chunks: set[asyncio.Task[None]] = set()
        self._size = desk.size
        self._most = MOST // (desk.size or 1) * (desk.size or 1)
        self._ended: list[Ended] = []
        self._sent: list[list[Ended]] = []
        self._asked = 0
        self._flowing = False
        self._woken = False
        # Two lanes would halve the chunks.
        self._lanes = 1 if desk.size or desk.concurrency < FEW else LANES
        self._share = MOST if desk.size else desk.concurrency // self._lanes
        self._names: list[str] = []
        self._counts = {"complete": 0, "failed": 0, "retry": 0, "snooze": 0}
        self._since = now()
        self._quiet = False
        self._stopping = False
        self._gone = False
        self._event = asyncio.Event()
        self._drained = asyncio.Event()
        self._joined = asyncio.Event()
        self._back = asyncio.Event()
        self._joining = asyncio.Lock()
        self._taking: asyncio.Timeout | None = None
        self._came = 0.0

    async def run(self) -> None:
        """Take and run jobs until told to stop; hand back what does not finish in time."""
        helpers = [
            asyncio.create_task(self._listen(), name=f"wake {self._desk.queue}"),
            asyncio.create_task(self._beat(), name=f"beat {self._desk.queue}"),
            asyncio.create_task(
                self._ticker.keep(self._store, self._desk, self._back),
                name=f"schedules of {self._desk.queue}",
            ),
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
        self._event.set()
        if self._taking and not self._joined.is_set():
            self._taking.reschedule(0)  # do not wait for a store that is away

    async def _take(self) -> None:
        if self._stopping:
            return
        try:
            async with asyncio.timeout(None) as self._taking:
                await self._join()
                await asyncio.gather(*(self._lane() for _ in range(self._lanes)))
        except TimeoutError:
            return
        finally:
            self._taking = None

    @property
    def _name(self) -> str:
        return self._names[-1]

    @property
    def _free(self) -> int:
        """How many jobs to ask for: as long as others answer, half of the slots at once."""
        if self._quiet or self._stopping or (self._asked and not self._flowing):
            return 0
        free = self._slots - self._asked
        return min(self._most, free, self._share if self._flowing else free)

    @property
    def _slots(self) -> int:
        """How many more jobs there is room for, those included that were asked for."""
        if self._size is None:
            return self._desk.concurrency - len(self._running)
        return (self._desk.concurrency - len(self._chunks)) * self._size

    @property
    def _is_full(self) -> bool:
        """Whether all slots were taken at the last turn, so that more jobs are likely to wait."""
        return len(self._running) + len(self._ended) >= self._desk.concurrency

    async def _lane(self) -> None:
        """Take turns. While one lane waits for its reply, the jobs of the other one run."""
        seconds: float | None = 0
        while not self._stopping:
            await self._rest(seconds)
            seconds = await self._turn() if self._has_news(seconds) else None

    def _has_news(self, seconds: float | None) -> bool:
        """Whether a turn could tell or hear something."""
        look = self._woken and self._can_look
        return bool(self._gone or self._ended or self._free or look or seconds is not None)

    @property
    def _can_look(self) -> bool:
        """Whether a turn may answer a token: by a claim or, if all is taken, by passing it on."""
        return self._free > 0 or not self._asked

    async def _turn(self) -> float | None:
        """Tell the store what ended and take what may run; return the seconds to the next turn."""
        if self._gone:
            await self._rejoin()
        free, name = self._free, self._name
        sent, self._ended = self._ended[:MOST], self._ended[MOST:]
        if self._can_look:
            self._woken = False
        self._sent.append(sent)
        self._asked += free
        try:
            async with asyncio.timeout(self._lease):
                turn = await self._store.turn(
                    self._desk.queue, name, sent, free, self._queue.keeping
                )
        except asyncio.CancelledError:
            self._gone = True
            self._ended[:0] = sent
            raise
        except Exception as error:
            self._lose_touch(error)
            self._ended[:0] = sent
            return 0
        finally:
            self._asked -= free
            self._sent.remove(sent)
        if name != self._name:
            self._ended[:0] = sent  # under its new name it hears what of this is its own
            return 0
        if turn is None:
            self._lose_all()
            return 0
        self._flowing = bool(free) and len(turn.claims) == free
        for id in turn.refused:
            _log.warning("late end of a job is refused", job_id=id, queue=self._desk.queue)
        self._start_all(turn.claims)
        return await self._plan(turn, free)

    async def _plan(self, turn: Turn, free: int) -> float | None:
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
            self._gone = True
            return 0

    async def _rest(self, seconds: float | None) -> None:
        """Wait until a job ends, one comes, or one is due."""
        flows = self._flowing and self._free
        if seconds == 0 or self._gone or flows or (self._woken and self._can_look):
            return
        try:
            async with asyncio.timeout(seconds):
                if not self._ended:
                    await self._event.wait()
                if self._is_full and len(self._ended) < self._desk.concurrency // 8:
                    await asyncio.sleep(0)  # let others end before the trip is made
        except TimeoutError:
            return
        finally:
            self._event.clear()

    def _start_all(self, claims: Sequence[Claim]) -> None:
        jobs = [Held.of(claim, self._name) for claim in claims]
        if self._size is None:
            for held in jobs:
                self._watch(held, asyncio.create_task(self._attempts.run(held, self._note)))
            return
        for start in range(0, len(jobs), self._size):
            self._start_chunk(jobs[start : start + self._size])

    def _start_chunk(self, jobs: Sequence[Held]) -> None:
        call, tasks = self._attempts.start_chunk(jobs, self._note)
        self._chunks.add(call)
        call.add_done_callback(self._chunk_done)
        for held, task in zip(jobs, tasks, strict=True):
            self._watch(held, task)

    def _chunk_done(self, call: asyncio.Task[None]) -> None:
        self._chunks.discard(call)
        self._event.set()

    def _watch(self, held: Held, task: asyncio.Task[Ended]) -> None:
        running = self._running[held.claim.id] = Running(held, task)
        task.add_done_callback(lambda _: self._done(running))

    def _done(self, running: Running) -> None:
        id = running.held.claim.id
        # One that was lost may meanwhile run here anew.
        if self._running.get(id) is running:
            del self._running[id]
        if running.reason != "lost":
            ended = self._end_of(running)
            self._counts[ended.kind] += 1
            self._ended.append(ended)
        self._event.set()

    def _end_of(self, running: Running) -> Ended:
        held, task = running.held, running.task
        if task.cancelled():
            return self._cancelled(running)
        if (error := task.exception()) is not None:
            # Ours, not the job's: the record cannot be read, or the like.
            _log.error("worker failed", job_id=held.claim.id, error=type(error).__name__)
            return self._attempts.fail(held, f"{type(error).__name__}: {error}")
        return task.result()

    def _cancelled(self, running: Running) -> Ended:
        id, queue = running.held.claim.id, self._desk.queue
        if running.reason == "aborted":
            _log.warning("job is aborted", job_id=id, queue=queue)
            return self._attempts.fail(running.held, running.told, status="aborted")
        _log.warning("job is handed back", job_id=id, queue=queue)
        return running.held.end("snooze")

    def _note(self, held: Held) -> Note:
        return note_of(self._store, self._desk.queue, held, lambda: self._name)

    async def _listen(self) -> None:
        """Be woken when something comes, while slots are free and nothing waited."""
        while True:
            await self._drained.wait()
            try:
                # A server that vanished without a word never ends the wait.
                async with asyncio.timeout(IDLE + self._lease):
                    await self._store.wait([self._desk.queue], IDLE)
            except Exception as error:
                self._lose_touch(error)
            self._drained.clear()
            self._woken = True
            self._event.set()

    async def _beat(self) -> None:
        """Show signs of life, and hear what shall stop."""
        clock = asyncio.get_running_loop().time
        last = clock()
        while True:
            await asyncio.sleep(min(self._lease / 3, BUSY_BEAT))
            if not self._running and clock() - last < self._lease / 3 - BUSY_BEAT / 2:
                continue
            await self._joined.wait()
            last = clock()
            try:
                async with asyncio.timeout(self._lease):
                    await self._beat_once()
            except Exception as error:
                self._lose_touch(error)

    async def _beat_once(self) -> None:
        name = self._name
        beat = await self._store.beat(
            self._desk.queue,
            name,
            self._milliseconds,
            self._info(),
            self._queue.keeping,
            DEATHS,
        )
        if name != self._name:
            return  # it came back meanwhile under a new one
        if beat is None:
            self._lose_all()
            return
        if self._quiet != beat.quiet:
            self._quiet = beat.quiet
            self._event.set()
        for id, reason in beat.aborting.items():
            if id in self._running:
                self._running[id].cancel("aborted", reason)

    @property
    def _milliseconds(self) -> int:
        return round(self._lease * 1000)

    def _info(self) -> str:
        return json.dumps(
            {
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "since": self._since,
                "concurrency": self._desk.concurrency,
                "running": len(self._running),
                "quiet": self._quiet,
                **self._counts,
            }
        )

    async def _join(self) -> None:
        async def join() -> set[str]:
            self._names[:-MOST_NAMES] = []
            self._names.append(f"{os.getpid():x}-{secrets.token_urlsafe(6)}")
            async with asyncio.timeout(self._lease):
                return await self._store.join(
                    self._desk.queue,
                    self._name,
                    self._milliseconds,
                    self._info(),
                    self._queue.limits,
                    self._names[:-1],
                    self._holds(),
                )

        clock = asyncio.get_running_loop().time
        self._gone = True
        self._joined.clear()
        await asyncio.sleep(self._came + BETWEEN - clock())
        kept = await self._until_accepted(join)
        self._came = clock()
        del self._names[:-1]
        self._gone = False
        self._keep(kept)
        self._joined.set()

    async def _until_accepted(self, join: Callable[[], Awaitable[set[str]]]) -> set[str]:
        while True:
            try:
                return await self._store.patiently(join)
            except Exception as error:
                self._lose_touch(error)
                await asyncio.sleep(BETWEEN)

    def _holds(self) -> list[tuple[str, int]]:
        claims = [run.held.claim for run in self._running.values() if run.reason != "lost"]
        jobs: list[Claim | Ended] = [*claims, *self._ended, *chain(*self._sent)]
        return [(job.id, job.attempt) for job in jobs]

    def _keep(self, kept: set[str]) -> None:
        ended = [*chain(*self._sent), *self._ended]
        self._ended = [end for end in ended if end.id in kept]
        for sent in self._sent:
            sent.clear()  # whose turn comes to nothing
        for id, running in self._running.items():
            if id not in kept:
                _log.warning("job is stopped: it was lost", job_id=id, queue=self._desk.queue)
                running.cancel("lost")

    async def _rejoin(self) -> None:
        async with self._joining:
            if self._gone:
                await self._join()
                self._back.set()
                _log.info("worker is back under a new name", queue=self._desk.queue)

    def _lose_touch(self, error: Exception) -> None:
        """Come back under a new name: nobody knows what the store did, or why it refuses."""
        if not isinstance(error, self._store.away):
            reason = f"{type(error).__name__}: {error}"
            _log.error("queue refuses its worker", queue=self._desk.queue, reason=reason)
        self._gone = True
        self._event.set()

    def _lose_all(self) -> None:
        """Stop everything: the lease ran out, and others have the jobs."""
        _log.warning("worker has lost its lease", queue=self._desk.queue, jobs=len(self._running))
        self._keep(set())
        self._gone = True
        self._event.set()

    async def _finish(self) -> None:
        """Let jobs end within the grace and tell of each, then hand back the rest."""
        try:
            async with asyncio.timeout(self._grace):
                while self._running or self._chunks:
                    await self._rest(await self._turn())
        except TimeoutError:
            await self._hand_back()

    async def _hand_back(self) -> None:
        left = list(self._running.values())
        for running in left:
            running.cancel("stopped")
        ending: list[asyncio.Task[Any]] = [*self._chunks, *(running.task for running in left)]
        if ending:
            await asyncio.wait(ending, timeout=LAST)
        for running in self._running.values():  # refuses to end; the process does
            self._ended.append(running.held.end("snooze"))

    async def _leave(self) -> None:
        if not self._names:
            return
        try:
            async with asyncio.timeout(LAST):
                while self._ended or any(self._sent):
                    await self._turn()
                await self._store.beat(
                    self._desk.queue, self._name, 0, self._info(), self._queue.keeping, DEATHS
                )
        except Exception as error:
            self._lose_touch(error)  # the lease runs out by itself
