"""``./dev chaos``: kill, stop and cut off the queue's processes, then count the jobs.

A full run takes about 12 minutes for each way in which Valkey may write its file, and then
kills workers that have 500 jobs each.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from tests.chaos.queue.checker import check
from tests.chaos.queue.plan import FULL, Plan
from tests.chaos.queue.recovery import BEYOND, recover
from tests.chaos.queue.report import line, p99, progress_table, recovery_table, table
from tests.chaos.queue.run import Progress, run

from hutch.logs import configure_logging
from hutch.settings import LogSettings

MOST_SHOWN = 20
TRIALS = 10
"""How many workers with many jobs are killed."""


def main() -> int:
    """Run what was asked for; 1 when a promise does not hold."""
    options = parse()
    # Else this process, which opens the store too, would say a line for each of its jobs.
    configure_logging(LogSettings(level="error"))
    console = Console(width=None if sys.stdout.isatty() else 120)
    modes = ("always", "everysec") if options.fsync == "both" else (options.fsync,)
    plans = [Plan(jobs=options.jobs, seed=options.seed, fsync=fsync) for fsync in modes]
    held = [*(shown(plan, console) for plan in plans), recovers(console)]
    return 0 if all(held) else 1


def parse() -> argparse.Namespace:
    """Read the options; a length in seconds becomes a number of jobs."""
    parser = argparse.ArgumentParser(prog="./dev chaos", description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--jobs", type=int, default=FULL, help=f"by default {FULL:,}")
    length.add_argument("--seconds", type=float, help="enqueue for so long instead")
    parser.add_argument("--seed", type=int, default=1, help="draws jobs and faults; by default 1")
    parser.add_argument(
        "--fsync", choices=("always", "everysec", "both"), default="both", help="by default both"
    )
    options = parser.parse_args()
    if options.seconds is not None:
        options.jobs = int(options.seconds * Plan().rate)
    return options


def shown(plan: Plan, console: Console) -> bool:
    """Run one plan and print what it showed; tell whether all promises held."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hutch-chaos-") as name:
        folder = Path(name)
        with progress_of(plan, console) as progress:
            asyncio.run(run(plan, folder, progress))
        verdict = check(folder, plan)
    console.print(table(plan, verdict, time.monotonic() - began))
    for wrong in verdict.wrong[:MOST_SHOWN]:
        console.print(f"[red]{escape(wrong)}[/]", soft_wrap=True)
    return not verdict.wrong


@contextmanager
def progress_of(plan: Plan, console: Console) -> Iterator[Progress]:
    """Show how far a run is: a table in a terminal, else a line each time."""
    if not console.is_terminal:
        yield lambda now: print(line(plan, now), flush=True)
        return
    with Live(console=console, transient=True) as live:
        yield lambda now: live.update(progress_table(plan, now))


def recovers(console: Console) -> bool:
    """Kill workers with many jobs, and tell whether these ran again in time."""
    with (
        tempfile.TemporaryDirectory(prefix="hutch-chaos-") as name,
        console.status("killing workers that have 501 jobs each"),
    ):
        found = asyncio.run(recover(Path(name), TRIALS, Plan().lease))
    console.print(recovery_table(found, Plan().lease))
    return max(p99(found.alone), p99(found.crowd)) <= Plan().lease + BEYOND


if __name__ == "__main__":
    sys.exit(main())
