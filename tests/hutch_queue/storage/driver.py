"""Driver: random workers, producers and people on Redis and its model, step by step."""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from redis.asyncio import Redis as Client
from tests.hutch_queue.storage.jobs import Clock, line, record, tail
from tests.hutch_queue.storage.ledger import Ledger, Run
from tests.hutch_queue.storage.snapshot import Snapshot, of_model, read

from hutch_queue.storage.memory_store import MemoryStore
from hutch_queue.storage.redis_store import RedisStore
from hutch_queue.storage.store import (
    ALL,
    Ended,
    Entry,
    Follower,
    Group,
    Keeping,
    Kind,
    Limits,
    Mode,
    State,
    Turn,
)

KINDS: tuple[Kind, ...] = ("complete", "failed", "retry", "snooze")
STATES: tuple[State, ...] = ("waiting", "delayed", "active", "completed", "failed")
LEASE = 200


@dataclass(eq=False, slots=True)
class Worker:
    """One as it sees itself.

    Attributes:
        names: The one it bears now, before it those under which it may still hold jobs.
        held: What it believes to run.
        lost: It did not hear the reply to a turn or a join, so it has to join.
        awake: It will make a turn of its own accord.
        look: When it makes one at the latest, epoch ms.
    """

    queue: str
    slots: int
    names: list[str] = field(default_factory=list[str])
    held: dict[str, Run] = field(default_factory=dict[str, Run])
    lost: bool = True
    awake: bool = False
    quiet: bool = False
    look: float | None = None

    @property
    def name(self) -> str:
        return self.names[-1]

    @property
    def free(self) -> int:
        return 0 if self.quiet else self.slots - len(self.held)


@dataclass(frozen=True, slots=True)
class Late:
    """A call that the network delivers when nobody waits for it.

    Attributes:
        again: It was delivered before, too.
    """

    worker: Worker
    name: str
    operation: str
    args: tuple[Any, ...]
    again: bool = True


class Driver:
    """One random story of two queues.

    Args:
        suffix: Makes the names of the queues this story's own.
    """

    def __init__(
        self, seed: int, suffix: str, client: Client, store: RedisStore, clock: Clock
    ) -> None:
        self._random = random.Random(seed)
        self._client = client
        self._redis = store
        self._model = MemoryStore(clock=clock)
        self._clock = clock
        self._queues = [f"{name}{suffix}" for name in "ab"]
        self._bases = {queue: store.base(queue) for queue in self._queues}
        self._ledger = Ledger()
        self._seen = self._ledger.seen
        self._limits = {queue: Limits() for queue in self._queues}
        self._keep = {queue: Keeping(400, 800) for queue in self._queues}
        self._workers: list[Worker] = []
        self._late: list[Late] = []
        self._fate = self._random.choice([(12, 0, 1, 1), (4, 2, 1, 1), (2, 1, 4, 4)])
        self._deaths = self._random.choice([1, 2, 3])
        self._number = 0
        self.history: deque[str] = deque(maxlen=12)
        self._now: dict[str, Snapshot] = {}
        self._wiped = ""

    @property
    def seen(self) -> Counter[str]:
        """What has happened, and how often."""
        return self._seen

    async def run(self, steps: int) -> None:
        """Make so many steps, and look at everything after each."""
        await self._look()
        for _ in range(steps):
            self._pass_time()
            before, self._wiped = self._now, ""
            await self._choose()()
            await self._look()
            for queue in self._queues:
                if queue != self._wiped:
                    self._ledger.check_counters(before[queue], self._now[queue])
                self._ledger.check(self._bases[queue], self._now[queue])
                self._check_wake(queue)

    def _choose(self) -> Callable[[], Awaitable[None]]:
        choices: dict[Callable[[], Awaitable[None]], int] = {
            self._enqueue: 16,
            self._enqueue_group: 4,
            self._come: 16,
            self._turn: 70,
            self._take_token: 16,
            self._beat: 20,
            self._die: 4,
            self._leave: 1,
            self._replay_late: 7,
            self._change_jobs: 9,
            self._note: 3,
            self._drain: 1,
            self._pause: 2,
            self._quiet: 2,
            self._tick: 4,
            self._obliterate: 1 if self._random.random() < 0.3 else 0,
            self._retune: 2,
            self._view: 4,
        }
        return self._random.choices(list(choices), list(choices.values()))[0]

    def _pass_time(self) -> None:
        kind = self._random.random()
        if kind < 0.2:
            return
        if kind < 0.3:
            self._set_back(self._random.random() * 4)
        elif kind < 0.8:
            self._clock.advance(self._random.random() * 3)
        elif kind < 0.97:
            self._clock.advance(self._random.randint(5, 40))
        else:
            self._clock.advance(self._random.randint(100, 300))

    def _set_back(self, ms: float) -> None:
        """The server's clock is corrected; the workers have planned by their own."""
        self._clock.advance(-ms)
        for worker in self._workers:
            if worker.look is not None:
                worker.look -= ms

    async def _look(self) -> None:
        found = await read(self._client, list(self._bases.values()))
        for queue, snapshot in zip(self._queues, found, strict=True):
            model = of_model(self._model.places(self._bases[queue]))
            assert snapshot == model, _difference(queue, snapshot, model)
        self._now = dict(zip(self._queues, found, strict=True))

    async def _both(self, operation: str, queue: str, *args: Any) -> Any:
        """Do it on Redis and on the model, whose queue is named as the base in Redis."""
        self.history.append(f"{self._clock.us} {operation} {queue} {args}")
        real = await getattr(self._redis, operation)(queue, *args)
        modelled = await getattr(self._model, operation)(self._bases[queue], *args)
        assert real == modelled, f"{operation} replies {real}, the model {modelled}"
        return real

    # Producers

    def _entry(self, *, fresh: bool = False, group: tuple[str, str] | None = None) -> Entry:
        chance = self._random.random
        self._number += 1
        id = f"j{self._number}"
        if not fresh and chance() < 0.5:
            known = [id for each in self._now.values() for id in sorted(each.live)]
            id = self._random.choice([*(f"k{n}é" for n in range(6)), *known[:3]])
        priority = self._random.choice([0, 0, 0, 1, 100, -3])
        mode = cast("Mode", self._random.choice(["new", "new", "new", "once", "replace"]))
        due = 0
        if chance() < 0.3:
            due = self._random.choice([-1, 1]) * self._random.randint(1, 60)
            due = self._clock.ms + due if chance() < 0.5 else -abs(due)
        window = self._random.randint(1, 80) if chance() < 0.1 else 0
        meta = {"group": list(group)} if group else {}
        text = record(self._clock.ms, priority, **meta)
        if fresh:
            return Entry(id, text, due, priority)
        return Entry(id, text, due, priority, mode, window)

    async def _enqueue(self) -> None:
        batches: list[tuple[str, list[Entry], int]] = []
        for queue in self._random.sample(self._queues, self._random.choice([1, 1, 1, 2])):
            entries = [self._entry() for _ in range(self._random.choice([1, 1, 2, 5]))]
            most = self._random.choice([0, 0, 0, 6])
            batches.append((queue, entries, most))
        await self._store(batches, [])

    async def _store(
        self, batches: list[tuple[str, list[Entry], int]], groups: list[Group]
    ) -> None:
        self.history.append(f"{self._clock.us} enqueue {batches} {groups}")
        real = await self._redis.enqueue(batches, groups)
        modelled = await self._model.enqueue(
            [(self._bases[queue], entries, most) for queue, entries, most in batches],
            [replace(group, queue=self._bases[group.queue]) for group in groups],
        )
        assert real == modelled
        for group in groups:
            self._ledger.begin(replace(group, queue=self._bases[group.queue]))
        for (queue, entries, _), stored in zip(batches, real, strict=True):
            if isinstance(stored, int):
                self._seen["full"] += 1
                continue
            for entry, done in zip(entries, stored, strict=True):
                self._seen["stored" if done else "refused by enqueue"] += 1
                if done:
                    group = groups[0].id if groups else None
                    self._ledger.store(self._bases[queue], entry, group)

    async def _enqueue_group(self) -> None:
        home = self._random.choice(self._queues)
        self._number += 1
        id = f"g{self._number}"
        members = [self._entry(fresh=True, group=(self._bases[home], id)) for _ in range(4)]
        some = members[: self._random.randint(1, 3)]
        callbacks: list[Entry | None] = []
        for name in ("then", "otherwise"):
            text = record(self._clock.ms, 2)
            callbacks.append(Entry(f"{name}-{id}", text, priority=2))
        if self._random.random() < 0.2:
            callbacks[self._random.randrange(2)] = None
        group = Group(home, id, len(some), *callbacks)
        batches = [(self._random.choice(self._queues), [each], 0) for each in some]
        await self._store(batches, [group])

    async def _tick(self) -> None:
        queue, name = self._random.choice(self._queues), self._random.choice(["s", "t"])
        self._number += 1
        known = self._now[queue].hashes["schedules"].get(name, "")
        was = self._random.choice([known, known, "other"])
        due = self._random.choice([self._clock.ms + self._random.randint(-5, 50), None])
        text = self._random.choice([f"{self._number}", f"{self._number}", ""])
        entries = [self._entry() for _ in range(self._random.randrange(2))]
        moved = await self._both("tick", queue, name, was, due, text, entries)
        self._seen["ticked" if moved else "ticked by somebody else"] += 1
        if moved:
            self._adopt(queue, entries)

    def _adopt(self, queue: str, entries: list[Entry]) -> None:
        """Follow what a reply does not tell of: which of these were stored."""
        base, before = self._bases[queue], self._now[queue]
        for entry in entries:
            stored = self._model.places(base).jobs.get(entry.id) == entry.record
            if stored and before.hashes["jobs"].get(entry.id) != entry.record:
                self._ledger.store(base, entry)

    # Workers

    def _living(self) -> Worker | None:
        """One that heard all replies."""
        living = [worker for worker in self._workers if not worker.lost]
        return self._random.choice(living) if living else None

    async def _come(self) -> None:
        """Somebody new, or back after a lost reply, joins."""
        lost = [worker for worker in self._workers if worker.lost]
        if lost and self._random.random() < 0.8:
            worker = self._random.choice(lost)
        elif len(self._workers) < 5:
            queue = self._random.choice(self._queues)
            worker = Worker(queue, slots=self._random.randint(1, 4))
            self._workers.append(worker)
        else:
            return
        await self._join(worker)

    async def _join(self, worker: Worker) -> None:
        self._number += 1
        worker.names.append(f"w{self._number}")
        held = [(id, run.attempt) for id, run in worker.held.items()]
        args = (
            worker.name,
            LEASE,
            line({"n": self._number}),
            self._limits[worker.queue],
            worker.names[:-1],
            held,
        )
        late = Late(worker, worker.name, "join", args)
        chance = self._random.random()
        if chance < 0.1:  # the request is under way for longer than it waits
            self._late.append(replace(late, again=False))
            return
        if chance < 0.3:
            self._late.append(late)
        await self._joined(late, heard=self._random.random() < 0.85)

    async def _joined(self, late: Late, *, heard: bool) -> set[str]:
        worker, queue = late.worker, late.worker.queue
        base = self._bases[queue]
        *_, was, held = late.args
        known = set(was) & set(self._now[queue].sets["workers"])
        expected: set[str] = set()
        for id, (attempt, holder) in self._now[queue].holders.items():
            if holder in known:
                run = self._ledger.running[base, id]
                if (id, attempt) in held:
                    assert worker.held.get(id, run) is run, f"{id} is taken for an older one"
                    expected.add(id)
                    self._ledger.keep((base, id), late.name)
                else:
                    self._ledger.take_back((base, id))
        kept: set[str] = await self._both("join", queue, *late.args)
        assert kept == expected
        if not heard:
            self._seen["lost reply to join"] += 1
            return kept
        worker.held = {id: run for id, run in worker.held.items() if id in kept}
        worker.names = [late.name]
        worker.lost, worker.awake, worker.look = False, True, None
        return kept

    async def _turn(self) -> None:
        worker = self._living()
        if worker is None:
            return
        ended = self._ends(worker)
        free = max(0, self._random.choice([worker.free + len(ended), worker.free, 0]))
        args = (worker.name, ended, 0 if worker.quiet else free, self._keep[worker.queue])
        late = Late(worker, worker.name, "turn", args)
        chance = self._random.random()
        if chance < 0.05:
            self._late.append(replace(late, again=False))
            worker.lost = True
            return
        if chance < 0.15:
            self._late.append(late)
        await self._turned(late, heard=self._random.random() < 0.88)

    def _ends(self, worker: Worker) -> list[Ended]:
        count = self._random.randint(0, len(worker.held))
        runs = self._random.sample(list(worker.held.values()), count)
        if runs and self._random.random() < 0.05:
            runs.append(runs[0])
        return [self._end(run) for run in runs]

    def _end(self, run: Run) -> Ended:
        kind = self._random.choices(KINDS, self._fate)[0]
        (base, id), now, attempt = run.key, self._clock.ms, run.attempt
        if kind == "retry":
            text = line({"attempt": attempt, "at": now, "error": 'é "/"\n'})
            return Ended(id, attempt, "retry", text, self._random.choice([0, -5, -40, now + 5]))
        if kind == "snooze":
            return Ended(id, attempt, "snooze", "", self._random.choice([0, 0, -10, now + 3]))
        followers: list[Follower] = []
        if self._random.random() < 0.25:
            entry = self._entry(fresh=self._random.random() < 0.6)
            entry = replace(entry, mode="new", window=0)
            if self._random.random() < 0.5:
                entry = replace(entry, id=id)
            to = self._random.choice([base, *self._bases.values()])
            followers.append(Follower(to, entry))
        if group := self._ledger.live[run.key].group if run.key in self._ledger.live else None:
            home = self._ledger.groups.get(group)
            if home:
                followers.append(Follower(home.group.queue, group=group))
        failed = kind == "failed"
        text = tail(attempt, now, 'no "é"' if failed else None)
        return Ended(id, attempt, "failed" if failed else "complete", text, 0, tuple(followers))

    async def _turned(self, late: Late, *, heard: bool) -> None:
        worker, queue = late.worker, late.worker.queue
        base = self._bases[queue]
        name, ended, free, _ = late.args
        before = self._now[queue]
        turn: Turn | None = await self._both("turn", queue, *late.args)
        if turn is None:
            assert name not in before.sets["workers"]
            self._seen["gone"] += 1
            if heard:
                self._lose_all(worker)
            return
        accepted, refused = list[Ended](), list(turn.refused)
        for end in ended:
            first = end.id not in {each.id for each in accepted}
            if first and self._ledger.running.get((base, end.id)) is worker.held.get(end.id):
                accepted.append(end)
            else:
                refused.remove(end.id)
                self._seen["refused by turn"] += 1
        assert not refused, f"{refused} were refused to who holds them"
        self._ledger.accept(base, accepted, worker.held)
        assert len(turn.claims) <= free
        runs = self._ledger.claim(base, name, turn.claims)
        if not heard:
            worker.lost = True
            self._seen["lost reply to turn"] += 1
            return
        for end in ended:
            worker.held.pop(end.id, None)
        worker.held |= runs
        self._plan(worker, turn)

    def _plan(self, worker: Worker, turn: Turn) -> None:
        worker.awake = False
        looks = [look for look in (turn.next_look, turn.next_tick) if look is not None]
        worker.look = self._clock.ms + min(looks) * 1000 if looks else None

    def _lose_all(self, worker: Worker) -> None:
        worker.held.clear()
        worker.lost = True

    async def _take_token(self) -> None:
        """An idle worker hears that something came; its turn is another step."""
        idle = [worker for worker in self._workers if self._idle(worker)]
        if not idle:
            return
        worker = self._random.choice(idle)
        if self._now[worker.queue].wake:
            self._seen["token"] += 1
            self.history.append(f"{worker.name} takes the token")
            assert await self._redis.wait([worker.queue], 1) == worker.queue
            base = self._bases[worker.queue]
            assert await self._model.wait([base], 1) == base
            worker.awake = True

    def _idle(self, worker: Worker) -> bool:
        known = bool(worker.names) and worker.name in self._now[worker.queue].sets["workers"]
        return known and not worker.lost and not worker.awake and worker.free > 0

    async def _beat(self) -> None:
        worker = self._living()
        if worker is not None:
            await self._beat_once(worker, LEASE)

    async def _beat_once(self, worker: Worker, lease: int) -> None:
        queue, before = worker.queue, self._now[worker.queue]
        if worker.name in before.sets["workers"]:
            leases = before.sets["workers"] | {worker.name: self._clock.ms + lease}
            dead = {name for name, until in leases.items() if until <= self._clock.ms}
            lost = [id for id, (_, holder) in before.holders.items() if holder in dead]
            self._ledger.bury([(self._bases[queue], id) for id in lost], self._deaths)
        keep = self._keep[queue]
        beat = await self._both("beat", queue, worker.name, lease, "{}", keep, self._deaths)
        if beat is None:
            assert worker.name not in before.sets["workers"]
            self._seen["gone"] += 1
            self._lose_all(worker)
            return
        worker.quiet = beat.quiet
        self._seen["told to abort"] += len(beat.aborting)

    async def _leave(self) -> None:
        worker = self._living()
        if worker is not None:
            await self._beat_once(worker, 0)
            self._workers.remove(worker)

    async def _die(self) -> None:
        if self._workers:
            worker = self._random.choice(self._workers)
            self._workers.remove(worker)
            self.history.append(f"{worker.names[-1:]} dies")

    async def _replay_late(self) -> None:
        if not self._late:
            return
        late = self._random.choice(self._late)
        worker = late.worker
        if late.operation == "join":
            at_work = worker in self._workers and not worker.lost
            kept = await self._joined(late, heard=False)
            assert not (kept and at_work), "a join took jobs from a worker that is back"
            self._seen["late join"] += 1
        elif not late.again and worker.lost and late.name == worker.name:
            # Its sender has not come back yet: this is the call itself, whose reply is lost.
            self._late.remove(late)
            await self._turned(late, heard=False)
            self._seen["late first turn"] += 1
        else:
            await self._late_turn(late)

    async def _late_turn(self, late: Late) -> None:
        queue, before = late.worker.queue, self._now[late.worker.queue]
        name, ended, _, keep = late.args
        stale = [end for end in ended if before.holders.get(end.id) != (end.attempt, name)]
        if late.worker not in self._workers and len(stale) < len(ended):
            return
        turn = await self._both("turn", queue, name, stale, 0, keep)
        self._seen["late turn"] += 1
        if name not in before.sets["workers"]:
            assert turn is None
        else:
            assert turn.refused == [end.id for end in stale]
            if name == late.worker.name and not late.worker.lost:
                self._plan(late.worker, turn)

    # People

    async def _change_jobs(self) -> None:
        queue = self._random.choice(self._queues)
        before, base = self._now[queue], self._bases[queue]
        known = [*sorted(before.hashes["jobs"]), "nobody"]
        ids = self._random.sample(known, min(len(known), self._random.randint(1, 3)))
        operation = self._random.choice(["promote", "replay", "replay", "delete", "abort"])
        args = ids
        if operation == "abort":
            args = ["why", tail(0, self._clock.ms, "why"), *ids]
        for id in await self._both("move", queue, operation, *args):
            self._seen[operation] += 1
            key = (base, id)
            if operation == "replay":
                self._ledger.replay(key, id in before.sets["failed"])
            elif operation == "delete" or (operation == "abort" and id not in before.holders):
                self._ledger.end(key, ok=False)

    async def _note(self) -> None:
        worker = self._living()
        if worker is None or not worker.held:
            return
        run = self._random.choice(list(worker.held.values()))
        name, text = self._random.choice(["log", "progress"]), f"ünits {self._number}"
        (base, id), attempt = run.key, run.attempt
        noted = await self._both("move", worker.queue, "note", name, id, attempt, worker.name, text)
        assert noted == (self._ledger.running.get((base, id)) is run)
        self._seen["noted" if noted else "refused note"] += 1

    async def _drain(self) -> None:
        queue, name = (
            self._random.choice(self._queues),
            self._random.choice(["wait", "delayed", "complete", "failed"]),
        )
        most = self._random.choice([1, 3])
        first = list(self._now[queue].sets[name])[:most]
        assert await self._both("move", queue, "drain", name, most) == len(first)
        for id in first:
            self._seen["drained"] += 1
            self._ledger.end((self._bases[queue], id), ok=False)

    async def _pause(self) -> None:
        queue = self._random.choice(self._queues)
        await self._both("move", queue, self._random.choice(["pause", "resume", "resume"]))

    async def _quiet(self) -> None:
        if worker := self._living():
            name = self._random.choice([worker.name, worker.name, "nobody"])
            operation = self._random.choice(["quiet", "noisy", "noisy"])
            await self._both("move", worker.queue, operation, name)

    async def _obliterate(self) -> None:
        queue, force = self._random.choice(self._queues), self._random.randrange(2)
        running = await self._both("move", queue, "obliterate", force)
        if running:
            assert not force
            return
        self._wiped = queue
        self._seen["obliterated"] += 1
        self._ledger.obliterate(self._bases[queue])

    async def _retune(self) -> None:
        """Other limits and another retention, from the next join and turn on."""
        queue, pick = self._random.choice(self._queues), self._random.choice
        self._limits[queue] = pick(
            [Limits(), Limits(concurrency=2), Limits(rate=2, period=60), Limits(3, 3, 100)]
        )
        count = pick([ALL, 0, 2])
        self._keep[queue] = Keeping(pick([20, 400]), pick([20, 800]), count, pick([ALL, 1]))
        self.history.append(f"{queue}: {self._limits[queue]} {self._keep[queue]}")

    async def _view(self) -> None:
        """What both tell of the queue; the errors' text may differ, and is compared elsewhere."""
        queue = self._random.choice(self._queues)
        for operation in ("counts", "workers", "schedules"):
            await self._both(operation, queue)
        await self._both("due", queue, self._clock.ms)
        for state in STATES:
            ids = await self._both("ids", queue, state, self._random.randrange(2), 3)
            real = await self._redis.read(queue, [*ids, "nobody"])
            modelled = await self._model.read(self._bases[queue], [*ids, "nobody"])
            for one, other in zip(real, modelled, strict=True):
                assert one is other is None or (one and other)
                if one and other:
                    assert one.state == state
                    assert replace(one, errors="") == replace(other, errors="")

    # Waking

    def _check_wake(self, queue: str) -> None:
        """Whoever is idle will hear of what may run, and of when something is due."""
        now = self._now[queue]
        mine = [worker for worker in self._workers if worker.queue == queue]
        if now.wake or not any(self._idle(worker) for worker in mine):
            return
        sure = {worker.name for worker in mine if not (worker.lost or worker.awake)}
        if set(now.sets["workers"]) - sure or not sure <= set(now.sets["workers"]):
            return  # somebody comes back, or is recovered, and wakes the others
        event = self._next_event(now)
        looks = [worker.look for worker in mine if worker.look is not None]
        if event is not None:
            self._seen["planned"] += 1
            assert looks, f"nobody looks at {event}"
            assert min(looks) <= max(event, self._clock.ms) + 1, f"{min(looks)} is after {event}"

    def _next_event(self, now: Snapshot) -> float | None:
        """When a job may start, or is due, or a schedule is."""
        events = [*now.sets["delayed"].values(), *now.sets["due"].values()]
        meta = now.hashes["meta"]
        blocked = "paused" in meta or len(now.hashes["active"]) >= int(
            meta.get("concurrency", 1_000_000)
        )
        if now.sets["wait"] and not blocked:
            free_at = 0.0
            if "rate" in meta:
                period = int(meta["period"])
                starts = [at + period for at in now.sets["starts"].values()]
                recent = sorted(at for at in starts if at > self._clock.ms)
                over = len(recent) - int(meta["rate"])
                free_at = recent[over] if over >= 0 else 0.0
                self._seen["rate reached"] += over >= 0
            events.append(free_at)
        return min(events, default=None)


def _difference(queue: str, real: Snapshot, model: Snapshot) -> str:
    found = [f"{queue} differs:"]
    for name in (*real.sets, *real.hashes):
        kind = "sets" if name in real.sets else "hashes"
        one, other = getattr(real, kind)[name], getattr(model, kind)[name]
        if one != other:
            found.append(f"  {name}: redis {one}\n  {' ' * len(name)}  model {other}")
    if real.wake != model.wake:
        found.append(f"  wake: redis {real.wake} model {model.wake}")
    return "\n".join(found)
