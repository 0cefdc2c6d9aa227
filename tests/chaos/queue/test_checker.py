"""The checker sees what is wrong: each test tells it a story that must not be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.chaos.queue.checker import Checker, Verdict
from tests.chaos.queue.conductor import Fault
from tests.chaos.queue.journal import Run
from tests.chaos.queue.plan import Plan
from tests.chaos.queue.story import Acknowledged, Story

WORKER, OTHER, SERVER = 11, 12, 0
PLAN = Plan(jobs=1)
ENOUGH = [
    Fault(kind, 99, 1000, 1000, 0) for kind, least in PLAN.least().items() for _ in range(least)
]
DONE = Run("a", 10, 1, WORKER, began=100, end="done", ended=100.1)


def store(**changed: Any) -> dict[str, Any]:
    """What is stored when one job has completed, but for what is changed."""
    names = "wait delayed active complete failed tries progress aborting groups unique errors log"
    queue: dict[str, Any] = {name: [] for name in [*names.split(), "workers", "info"]}
    queue |= {"jobs": {"a": [10, "complete", ""]}, "complete": ["a"]} | changed
    return {"queues": {"chaos": queue}, "left": ["chaos:q:{chaos}:meta"], "grown": 0}


def judged(
    *runs: Run,
    faults: list[Fault] | None = None,
    plan: Plan = PLAN,
    stored: dict[str, Any] | None = None,
) -> Verdict:
    """Tell the story of one acknowledged job."""
    jobs = [Acknowledged(10, "plain", "a", at=99)]
    found = stored or store()
    story = Story(jobs, {10}, runs, [*ENOUGH, *(faults or [])], found)
    return Checker(plan, story).judge()


def test_a_job_that_ran_once_is_as_it_should_be() -> None:
    verdict = judged(DONE)
    assert verdict.wrong == []
    assert (verdict.completed, verdict.lost, verdict.duplicates) == (1, [], 0)


def test_an_acknowledged_job_that_is_nowhere_is_lost() -> None:
    verdict = judged(stored=store(jobs={}, complete=[]))
    assert verdict.lost == [10]
    assert verdict.wrong == ["job 10 (plain, a) was acknowledged and is nowhere"]


def test_a_job_that_is_complete_without_a_run_is_not_completed() -> None:
    verdict = judged()
    assert verdict.lost == [10]
    assert "job 10 is in complete, but no run of it has ended well" in verdict.wrong


def test_everysec_may_lose_only_what_was_acknowledged_shortly_before_a_kill() -> None:
    plan = replace(PLAN, fsync="everysec")
    gone = store(jobs={}, complete=[])
    kill = Fault("server", SERVER, 100, 101)
    verdict = judged(plan=plan, stored=gone, faults=[kill])
    assert (verdict.lost, verdict.excused, verdict.wrong) == ([10], [10], [])
    late = Fault("server", SERVER, 110, 111)
    assert judged(plan=plan, stored=gone, faults=[late]).excused == []


AGAIN = Run("a", 10, 2, OTHER, began=105, end="done", ended=105.1)
EXPLAINED = [
    Fault("kill", WORKER, 100.05, 100.05),
    Fault("stop long", WORKER, 95, 101),
    Fault("cut", WORKER, 100.2, 100.2),
    Fault("hang", WORKER, 98, 98),
    Fault("server", SERVER, 100.1, 101),
]
UNEXPLAINED = [
    Fault("kill", OTHER, 100.05, 100.05),
    Fault("kill", WORKER, 102, 102),
    Fault("stop short", WORKER, 97, 98.5),
    Fault("server", SERVER, 97, 98),
    Fault("producer cut", SERVER, 100.05, 100.05),
]


@pytest.mark.parametrize("fault", EXPLAINED, ids=lambda fault: fault.kind)
def test_a_second_run_is_explained_by_a_fault_while_the_first_was_in_work(fault: Fault) -> None:
    verdict = judged(DONE, AGAIN, faults=[fault])
    assert (verdict.duplicates, verdict.unexplained, verdict.wrong) == (1, 0, [])


@pytest.mark.parametrize("fault", UNEXPLAINED, ids=lambda fault: fault.kind)
def test_a_second_run_is_not_explained_by_another_fault(fault: Fault) -> None:
    verdict = judged(DONE, AGAIN, faults=[fault])
    assert (verdict.duplicates, verdict.unexplained) == (1, 1)
    assert "no fault explains why job 10 ran again" in verdict.wrong[0]


def test_a_run_after_a_failure_or_a_snooze_is_no_duplicate() -> None:
    for end in ("failed", "snoozed"):
        assert judged(replace(DONE, end=end), AGAIN).duplicates == 0


def test_two_runs_with_one_fence_are_wrong_at_any_fault() -> None:
    verdict = judged(DONE, replace(AGAIN, fence=1), faults=[EXPLAINED[0]])
    assert verdict.wrong == ["job 10 ran twice as number 1"]


def test_the_time_until_a_dead_workers_job_runs_again_is_measured() -> None:
    killed = replace(DONE, end="", ended=None)
    assert judged(killed, AGAIN, faults=[EXPLAINED[0]]).recovery == [pytest.approx(4.95)]


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"failed": ["a"]}, "a of chaos, known, is in 2 places"),
        ({"complete": []}, "a of chaos, known, is in 0 places"),
        ({"delayed": ["b"]}, "b of chaos, unknown, is in 1 places"),
        ({"active": ["a"], "complete": []}, "active of chaos is not empty: ['a']"),
        ({"tries": ["a"]}, "tries of chaos is not empty: ['a']"),
        ({"aborting": ["a"]}, "aborting of chaos is not empty: ['a']"),
        ({"groups": ["g"]}, "groups of chaos is not empty: ['g']"),
        ({"errors": ["b"]}, "errors of chaos has 1 ids of no job"),
        ({"workers": ["w"]}, "workers of chaos is not empty: ['w']"),
        (
            {"jobs": {"a": [10, "complete", ""], "b": [10, "complete", ""]}},
            "job 10 is stored twice, once as b",
        ),
        (
            {"jobs": {"a": [10, "failed", "KeyError"]}, "complete": [], "failed": ["a"]},
            "job 10 failed without being told to: KeyError",
        ),
    ],
)
def test_what_is_left_in_the_store_is_seen(changed: dict[str, Any], wrong: str) -> None:
    assert wrong in judged(DONE, stored=store(**changed)).wrong


def test_a_key_that_is_left_over_is_seen() -> None:
    left = store() | {"left": ["chaos:q:{chaos}:errors"]}
    assert judged(DONE, stored=left).wrong == ["the key chaos:q:{chaos}:errors is left over"]


def test_memory_that_is_not_given_back_is_seen() -> None:
    grown = store() | {"grown": 3_000_000}
    wrong = ["the empty queues take 3,000,000 bytes more than at the start"]
    assert judged(DONE, stored=grown).wrong == wrong


def test_too_few_faults_fail_the_run() -> None:
    story = Story([], set(), [], [], store(jobs={}, complete=[]))
    verdict = Checker(Plan(), story).judge()
    assert "only 0 faults of the kind kill, at least 40 needed" in verdict.wrong
    assert len(verdict.wrong) == len(Plan().least())


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        (Fault("term", WORKER, 1, 2, -15), "a worker told to stop exited with -15, pid 11"),
        (Fault("died", WORKER, 1, 2, 1), "the process 11 ended by itself with 1"),
    ],
)
def test_a_worker_that_ends_in_another_way_is_seen(fault: Fault, wrong: str) -> None:
    assert judged(DONE, faults=[fault]).wrong == [wrong]
