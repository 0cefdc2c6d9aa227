"""Checker: took no part in the run; reads what was written down, and judges.

What each process wrote and what the store held at the end must tell one story: no
acknowledged job is missing, and each job that ran twice was in work at a fault.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.chaos.queue.conductor import Fault
from tests.chaos.queue.journal import Run
from tests.chaos.queue.plan import Plan
from tests.chaos.queue.story import Story, read_story

PLACES = ("wait", "delayed", "active", "complete", "failed")
LIVE = ("wait", "delayed", "active", "tries", "progress", "aborting", "groups", "unique")
"""What is empty once every job has ended."""
WORKERS = ("workers", "info")
"""What is empty once every worker has left."""
HISTORY = ("errors", "log")
"""What only jobs have."""
LEFT = ("meta", "wake")
"""The keys of a queue without jobs and workers: its settings, and at most one token."""
SLACK = 1.0
"""Seconds between a run and what the store knows of it, on a machine that is busy."""
MOST_GROWN = 2_000_000
"""Bytes that the server may have taken for good, once all jobs are removed."""
LOST_BY_EVERYSEC = 2.5
"""Seconds before a death of the server from which ``everysec`` may lose what was acknowledged."""
DIED = "Its worker died"
MEANT = ("Planned", DIED)
"""What stands in the errors of jobs that may fail."""


@dataclass(slots=True)
class Verdict:
    """What the checker found.

    Attributes:
        faults: How many there were of each kind.
        unknown: Calls that failed: nobody promised anything.
        lost: Numbers of acknowledged jobs that are nowhere.
        excused: Those of them that ``everysec`` may lose.
        duplicates: Runs of a job that had not to run again.
        recovery: Seconds from a worker's death until its jobs ran again.
        exits: Seconds from SIGTERM until the worker was gone.
        grown: Bytes that the server's data takes more than before, without a job.
        wrong: Everything that must not be, in words.
    """

    faults: Counter[str] = field(default_factory=Counter[str])
    acknowledged: int = 0
    unknown: int = 0
    runs: int = 0
    completed: int = 0
    dead: int = 0
    aborted: int = 0
    lost: list[int] = field(default_factory=list[int])
    excused: list[int] = field(default_factory=list[int])
    duplicates: int = 0
    unexplained: int = 0
    recovery: list[float] = field(default_factory=list[float])
    exits: list[float] = field(default_factory=list[float])
    grown: int = 0
    wrong: list[str] = field(default_factory=list[str])


def check(folder: Path, plan: Plan) -> Verdict:
    """Judge a run by its files."""
    return Checker(plan, read_story(folder)).judge()


class Checker:
    """Holds the stories against each other."""

    def __init__(self, plan: Plan, story: Story) -> None:
        self._plan = plan
        self._acknowledged = {job.number: job for job in story.acknowledged}
        self._asked = story.asked
        self._runs = story.runs
        self._faults = story.faults
        self._store = story.store
        self._queues: dict[str, dict[str, Any]] = story.store["queues"]
        self._verdict = Verdict()
        self._by_pid: dict[int, list[Fault]] = defaultdict(list)
        for fault in story.faults:
            if fault.kind != "producer cut":
                self._by_pid[fault.pid].append(fault)

    def judge(self) -> Verdict:
        """Look at everything."""
        self._count_faults()
        self._look_at_places()
        self._look_at_leftovers()
        self._look_at_ends()
        self._look_at_runs()
        self._look_at_workers()
        return self._verdict

    def _say(self, wrong: str) -> None:
        self._verdict.wrong.append(wrong)

    def _count_faults(self) -> None:
        counts = Counter[str](fault.kind for fault in self._faults)
        self._verdict.faults = counts
        for kind, least in self._plan.least().items():
            if counts[kind] < least:
                self._say(f"only {counts[kind]} faults of the kind {kind}, at least {least} needed")

    def _look_at_places(self) -> None:
        for name, queue in self._queues.items():
            places = Counter(id for place in PLACES for id in queue[place])
            for id in places.keys() | queue["jobs"].keys():
                if places[id] != 1 or id not in queue["jobs"]:
                    known = "known" if id in queue["jobs"] else "unknown"
                    self._say(f"{id} of {name}, {known}, is in {places[id]} places")

    def _look_at_leftovers(self) -> None:
        for name, queue in self._queues.items():
            for key in (*LIVE, *WORKERS):
                if queue[key]:
                    self._say(f"{key} of {name} is not empty: {queue[key][:3]}")
            for key in HISTORY:
                if strangers := set(queue[key]) - set(queue["jobs"]):
                    self._say(f"{key} of {name} has {len(strangers)} ids of no job")
        for key in self._store["left"]:
            if key.rpartition(":")[2] not in LEFT:
                self._say(f"the key {key} is left over")
        grown: int = self._store["grown"]
        self._verdict.grown = grown
        if grown > MOST_GROWN:
            self._say(f"the empty queues take {grown:,} bytes more than at the start")

    def _look_at_ends(self) -> None:
        verdict = self._verdict
        done = {run.number for run in self._runs if run.end == "done"}
        stored = self._stored()
        completed, dead, aborted = set[int](), set[int](), set[int]()
        for number, (place, status, error) in stored.items():
            if place == "complete" and number in done:
                completed.add(number)
            elif place == "failed" and status == "aborted":
                aborted.add(number)
            elif place == "failed":
                dead.add(number)
                self._look_at_death(number, error)
            else:
                self._say(f"job {number} is in {place}, but no run of it has ended well")
        verdict.acknowledged = len(self._acknowledged)
        verdict.unknown = len(self._asked - self._acknowledged.keys())
        missing = self._acknowledged.keys() - completed - dead - aborted
        for number in sorted(missing):
            self._look_at_loss(number, dead)
        told = self._acknowledged.keys()
        verdict.completed, verdict.dead = len(completed & told), len(dead & told)
        verdict.aborted = len(aborted & told)

    def _stored(self) -> dict[int, tuple[str, str, str]]:
        """The place, status and error of each job by its number."""
        found: dict[int, tuple[str, str, str]] = {}
        for queue in self._queues.values():
            place_of = {id: place for place in PLACES for id in queue[place]}
            for id, (number, status, error) in queue["jobs"].items():
                if number in found:
                    self._say(f"job {number} is stored twice, once as {id}")
                if number not in self._asked and number // 10 * 10 not in self._asked:
                    self._say(f"job {number} was never asked for")
                found[number] = place_of.get(id, "nowhere"), status, error
        return found

    def _look_at_death(self, number: int, error: str) -> None:
        if not any(text in error for text in MEANT):
            self._say(f"job {number} failed without being told to: {error[-200:]}")

    def _look_at_loss(self, number: int, dead: set[int]) -> None:
        job = self._acknowledged[number]
        before = number // 10 * 10
        if job.kind in ("chain", "group") and any(before + i in dead for i in range(3)):
            return  # nothing follows on what failed
        self._verdict.lost.append(number)
        if self._plan.fsync == "everysec" and self._is_before_a_kill(job.at):
            self._verdict.excused.append(number)
        else:
            self._say(f"job {number} ({job.kind}, {job.id}) was acknowledged and is nowhere")

    def _is_before_a_kill(self, at: float) -> bool:
        kills = (fault.start for fault in self._faults if fault.kind == "server")
        return any(start - LOST_BY_EVERYSEC <= at <= start + SLACK for start in kills)

    def _look_at_runs(self) -> None:
        by_job: dict[str, list[Run]] = defaultdict(list)
        ids: dict[int, str] = {}
        for run in self._runs:
            by_job[run.id].append(run)
            if ids.setdefault(run.number, run.id) != run.id:
                self._say(f"job {run.number} ran as {run.id} and as {ids[run.number]}")
        self._verdict.runs = len(self._runs)
        for runs in by_job.values():
            runs.sort(key=lambda run: (run.fence, run.began))
            for run, following in pairwise(runs):
                self._look_at_pair(run, following)

    def _look_at_pair(self, run: Run, following: Run) -> None:
        if run.fence == following.fence and self._plan.fsync == "always":
            self._say(f"job {run.number} ran twice as number {run.fence}")
        if run.end in ("failed", "snoozed"):
            return
        self._verdict.duplicates += 1
        kills = [fault for fault in self._by_pid[run.pid] if fault.kind == "kill"]
        if kills and run.ended is None:
            self._verdict.recovery.append(following.began - kills[0].start)
        if not self._is_explained(run, following):
            self._verdict.unexplained += 1
            self._say(f"no fault explains why job {run.number} ran again: {run} {following}")

    def _is_explained(self, run: Run, following: Run) -> bool:
        """Tell whether the run was in work at a fault of its worker or of the server."""
        begin = run.began - SLACK
        end = (following.began if run.ended is None else run.ended) + SLACK
        if self._plan.fsync == "everysec":
            end += LOST_BY_EVERYSEC
        return any(
            fault.start <= end and begin <= self._over(fault)
            for fault in (*self._by_pid[run.pid], *self._by_pid[0])
        )

    def _over(self, fault: Fault) -> float:
        """When the fault no longer acts: a lost reply that never comes is waited for."""
        return fault.end + (self._plan.lease if fault.kind == "hang" else 0)

    def _look_at_workers(self) -> None:
        for fault in self._faults:
            if fault.kind == "died":
                self._say(f"the process {fault.pid} ended by itself with {fault.code}")
            if fault.kind != "term":
                continue
            self._verdict.exits.append(fault.end - fault.start)
            if fault.code != 0:
                self._say(f"a worker told to stop exited with {fault.code}, pid {fault.pid}")
