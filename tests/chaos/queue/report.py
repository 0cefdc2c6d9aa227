"""Report: what a run showed, as a table."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

from rich.table import Table
from tests.chaos.queue.app import CROWD
from tests.chaos.queue.checker import Verdict
from tests.chaos.queue.plan import Plan
from tests.chaos.queue.recovery import BEYOND, Recovered
from tests.chaos.queue.run import Now


def table(plan: Plan, verdict: Verdict, seconds: float) -> Table:
    """Lay out what happened and what became of the jobs."""
    title = f"{plan.jobs:,} jobs, appendfsync {plan.fsync}, seed {plan.seed}: {seconds:.0f} s"
    found = Table(title=title, title_justify="left")
    found.add_column("what")
    found.add_column("", justify="right")
    found.add_column("bar")
    for row in rows(plan, verdict):
        found.add_row(*row)
    return found


def line(plan: Plan, now: Now) -> str:
    """Tell in one line how far a run is."""
    faults = ", ".join(f"{kind} {count}" for kind, count in sorted(now.faults.items()))
    return f"{now.seconds:5.0f} s  {now.acknowledged:,} of {plan.jobs:,} jobs; {faults}"


def progress_table(plan: Plan, now: Now) -> Table:
    """Tell in a terminal how far a run is."""
    found = Table(title=f"appendfsync {plan.fsync}: {now.seconds:.0f} s", title_justify="left")
    found.add_column("so far")
    found.add_column("", justify="right")
    found.add_column("of", justify="right")
    found.add_row("jobs acknowledged", f"{now.acknowledged:,}", f"{plan.jobs:,}")
    for kind, least in plan.least().items():
        found.add_row(FAULTS[kind], str(now.faults.get(kind, 0)), str(least))
    return found


def rows(plan: Plan, verdict: Verdict) -> Iterator[tuple[str, str, str]]:
    """List figures, each with what it must be."""
    for kind, least in plan.least().items():
        yield FAULTS[kind], str(verdict.faults[kind]), f"≥ {least}"
    yield "calls that failed, with nothing promised", f"{verdict.unknown:,}", ""
    yield "jobs acknowledged", f"{verdict.acknowledged:,}", f"≥ {plan.jobs:,}"
    yield "  completed", f"{verdict.completed:,}", ""
    yield "  dead: failed as often as they may", f"{verdict.dead:,}", ""
    yield "  aborted", f"{verdict.aborted:,}", ""
    yield "  lost", f"{len(verdict.lost):,}", _lost_bar(plan)
    yield "runs", f"{verdict.runs:,}", ""
    yield "  of jobs that had run before (duplicates)", f"{verdict.duplicates:,}", ""
    yield "  not in work at a fault", f"{verdict.unexplained:,}", "0"
    yield "a dead worker's jobs run again after", spread(verdict.recovery), ""
    yield "a worker exits after SIGTERM", spread(verdict.exits), "code 0"
    yield "Valkey's data, all jobs removed", f"{verdict.grown / 1000:+,.0f} kB", "≤ 2,000 kB"
    yield "contradictions found by the checker", str(len(verdict.wrong)), "0"


FAULTS = {
    "kill": "workers killed (SIGKILL)",
    "term": "workers told to stop (SIGTERM)",
    "stop short": "workers stopped for less than the lease",
    "stop long": "workers stopped for longer than the lease",
    "cut": "connections cut between request and reply",
    "hang": "replies that never came",
    "producer cut": "the producer's connection cut so",
    "server": "Valkey killed and restarted on its file",
}


def recovery_table(found: Recovered, lease: float) -> Table:
    """Lay out how fast the jobs of dead workers ran again."""
    table = Table(title=f"a killed worker's jobs, lease {lease:g} s", title_justify="left")
    for column in ("it had", "they run again after", "bar"):
        table.add_column(column)
    bar = f"p99 ≤ {lease + BEYOND:g} s"
    table.add_row("1 job of a queue", spread(found.alone), bar)
    table.add_row(f"{CROWD} jobs of a queue", spread(found.crowd), bar)
    return table


def p99(seconds: Sequence[float]) -> float:
    """Return the 99th percentile; of less than 100 the largest."""
    return sorted(seconds)[int(len(seconds) * 0.99) if len(seconds) >= 100 else -1]


def spread(seconds: Sequence[float]) -> str:
    """Write median, 99th percentile and number of times."""
    if not seconds:
        return "-"
    return f"p50 {statistics.median(seconds):.2f} s, p99 {p99(seconds):.2f} s, n {len(seconds)}"


def _lost_bar(plan: Plan) -> str:
    if plan.fsync == "always":
        return "0"
    return "none but of the last 2 s before Valkey died"
