"""Ledger: what must be true of the jobs, kept from the replies alone.

It knows neither scores nor keys. It follows each job from the reply that stored it to the
one that ended it, and so finds what the scripts and their model would do wrong alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.hutch_queue.storage.snapshot import SPARSE, TOTALS, Snapshot

from hutch_queue.storage.store import Claim, Ended, Entry, Group

Key = tuple[str, str]
"""Base of the queue, and id."""


@dataclass(eq=False, slots=True)
class Job:
    """One that was stored and has not ended.

    Attributes:
        runs: How many its workers heard of.
        excused: How many of those cost no attempt.
    """

    group: str | None = None
    runs: int = 0
    excused: int = 0
    deaths: int = 0


@dataclass(eq=False, slots=True)
class Run:
    """One claim; two of the same id and attempt are not the same."""

    key: Key
    attempt: int
    holder: str


@dataclass(slots=True)
class OpenGroup:
    """A group whose callback was not enqueued yet."""

    group: Group
    left: int
    failed: int = 0


@dataclass(slots=True)
class Ledger:
    """Follows the jobs of all queues."""

    live: dict[Key, Job] = field(default_factory=dict[Key, Job])
    running: dict[Key, Run] = field(default_factory=dict[Key, Run])
    member_of: dict[Key, str] = field(default_factory=dict[Key, str])
    groups: dict[str, OpenGroup] = field(default_factory=dict[str, OpenGroup])
    seen: Counter[str] = field(default_factory=Counter[str])

    def begin(self, group: Group) -> None:
        """Count a group's members from here on."""
        self.groups[group.id] = OpenGroup(group, group.count)

    def store(self, base: str, entry: Entry, group: str | None = None) -> None:
        """Follow a job whose storing was acknowledged."""
        key = (base, entry.id)
        assert key not in self.running, f"{key} was stored anew while it runs"
        if key in self.live:
            self.end(key, ok=False)
        self.live[key] = Job(group)
        if group:
            self.member_of[key] = group
        else:
            self.member_of.pop(key, None)

    def follow(self, base: str, entry: Entry) -> None:
        """Follow a job that another one's end stores, unless one with its id is live."""
        if (base, entry.id) not in self.live:
            self.store(base, entry)

    def claim(self, base: str, worker: str, claims: Iterable[Claim]) -> dict[str, Run]:
        """Follow the runs that a worker may begin."""
        runs: dict[str, Run] = {}
        for claim in claims:
            key = (base, claim.id)
            assert key in self.live, f"{key} was claimed and is not live"
            assert key not in self.running, f"{key} is run by two"
            job = self.live[key]
            assert (claim.attempt, claim.excused) == (job.runs + 1, job.excused), f"{key}: {claim}"
            job.runs += 1
            runs[claim.id] = self.running[key] = Run(key, claim.attempt, worker)
            self.seen["claimed"] += 1
        return runs

    def accept(self, base: str, ended: Sequence[Ended], runs: dict[str, Run]) -> None:
        """Follow what became of runs whose end was accepted.

        Args:
            runs: What the worker that says so holds.
        """
        over = [end for end in ended if end.kind in ("complete", "failed")]
        for end in ended:
            key = (base, end.id)
            assert self.running.get(key) is runs.get(end.id), f"{key} was ended by a stale run"
            del self.running[key]
            self.live[key].excused += end.kind == "snooze"
            self.seen[end.kind] += 1
        for end in over:
            self.live.pop((base, end.id))
        for end in over:
            for follower in end.followers:
                if follower.entry:
                    self.follow(follower.base, follower.entry)
                    self.seen["followed"] += 1
                else:
                    self._leave(follower.group, end.kind == "complete")

    def end(self, key: Key, *, ok: bool) -> None:
        """Follow a job that ends, or goes, without its worker's word."""
        assert key not in self.running, f"{key} ended while it runs"
        job = self.live.pop(key, None)
        if job and job.group:
            self._leave(job.group, ok)

    def replay(self, key: Key, failed: bool) -> None:
        """Follow a job that had ended and waits anew."""
        assert key not in self.live, f"{key} was replayed while it lives"
        group = self.member_of.get(key)
        self.live[key] = Job(group)
        if group in self.groups:
            self.groups[group].left += 1
            self.groups[group].failed -= failed
            self.seen["returned to its group"] += 1

    def keep(self, key: Key, worker: str) -> None:
        """Follow a run whose worker comes back under another name."""
        self.running[key].holder = worker
        self.seen["kept by join"] += 1

    def take_back(self, key: Key) -> None:
        """Follow a job that was sent to a worker which never heard of it."""
        del self.running[key]
        self.live[key].runs -= 1
        self.seen["returned by join"] += 1

    def bury(self, keys: Iterable[Key], most: int) -> None:
        """Follow jobs whose worker died."""
        for key in keys:
            del self.running[key]
            self.live[key].deaths += 1
            self.live[key].excused += 1
            self.seen["recovered"] += 1
            if self.live[key].deaths >= most:
                self.end(key, ok=False)
                self.seen["poisoned"] += 1

    def obliterate(self, base: str) -> None:
        """Forget a queue, whose jobs leave the groups of others."""
        for id in [id for id, found in self.groups.items() if found.group.queue == base]:
            del self.groups[id]
        for key in [key for key in self.live if key[0] == base]:
            self.running.pop(key, None)
            if (group := self.live.pop(key).group) in self.groups:
                self.seen["left its group with its queue"] += 1
                self._leave(group, ok=False)

    def _leave(self, id: str, ok: bool) -> None:
        found = self.groups.get(id)
        if found is None:
            return
        found.left -= 1
        found.failed += not ok
        if found.left == 0:
            del self.groups[id]
            callback = found.group.otherwise if found.failed else found.group.then
            self.seen["otherwise" if found.failed else "then"] += 1
            if callback:
                self.follow(found.group.queue, callback)

    def check(self, base: str, now: Snapshot) -> None:
        """Hold a queue against the ledger, and against what must always be true."""
        live = {id for found, id in self.live if found == base}
        assert now.live == live, f"lost: {live - now.live}, from nowhere: {now.live - live}"
        runs = {id: run for (found, id), run in self.running.items() if found == base}
        assert now.holders == {id: (run.attempt, run.holder) for id, run in runs.items()}
        _check_places(now)

    @staticmethod
    def check_counters(before: Snapshot, now: Snapshot) -> None:
        """Counters never decrease."""
        for name in (*TOTALS, "last"):
            old, new = (int(each.hashes["meta"].get(name, 0)) for each in (before, now))
            assert new >= old, f"{name} went from {old} to {new}"


def _check_places(now: Snapshot) -> None:
    places = now.places
    assert len(places) == len(set(places)), "a job is in two places"
    assert set(places) == set(now.hashes["jobs"]), "a place and the jobs differ"
    for name in SPARSE:
        assert set(now.hashes[name]) <= set(places), f"{name} of an unknown job"
    assert set(now.hashes["tries"]) <= now.live, "tries of an ended job"
    assert set(now.hashes["aborting"]) <= now.live, "abort of an ended job"
    holders = {worker for _, worker in now.holders.values()}
    assert holders <= set(now.sets["workers"]), "held by nobody who could be recovered"
    assert set(now.hashes["info"]) == set(now.sets["workers"])
    assert now.wake <= 1
    closed = {id for id, record in now.hashes["jobs"].items() if "\n" in record}
    assert closed == {*now.sets["complete"], *now.sets["failed"]}, "a record and its place differ"
