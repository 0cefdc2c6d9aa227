"""Chaos: every process of the queue is killed, stopped and cut off, and no job is lost."""

from pathlib import Path

import pytest
from tests.chaos.queue.checker import check
from tests.chaos.queue.plan import Plan
from tests.chaos.queue.report import rows
from tests.chaos.queue.run import run


@pytest.mark.req("X-03", "X-04", "XB-29", "SD-28")
@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(Plan(jobs=1_500, workers=3), id="10 s"),
        pytest.param(Plan(jobs=18_000), id="2 min", marks=pytest.mark.slow),
        pytest.param(Plan(jobs=6_000, fsync="everysec"), id="everysec", marks=pytest.mark.slow),
    ],
)
async def test_no_acknowledged_job_is_lost(tmp_path: Path, plan: Plan) -> None:
    await run(plan, tmp_path)
    verdict = check(tmp_path, plan)
    for row in rows(plan, verdict):
        print(*row, sep="  ")
    assert verdict.wrong == []
