"""What both sides of the queue's benchmark share: the order, and the process around it."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import uvloop

PAUSE = 0.01
"""Seconds between two jobs where one at a time is looked at."""
IDLE = 10
"""Seconds for which an idle worker is watched."""


@dataclass(frozen=True, slots=True)
class Order:
    """What one process shall do.

    Args:
        what: The method of the program.
        url: The server.
        kind: ``noop`` or ``io`` (10 ms).
        jobs: How many.
        concurrency: How many at once.
        full: With scope, trace context and two log lines a job; else without per-job lines.
        partial: More jobs wait than are to be run.
        note: An argument that gives the record its size.
    """

    what: str
    url: str
    kind: str = "noop"
    jobs: int = 10_000
    concurrency: int = 100
    full: bool = False
    partial: bool = False
    note: str = "x" * 20

    def as_argument(self) -> str:
        """Write it for a command line."""
        return json.dumps(asdict(self))


class Program(Protocol):
    """One side: its methods are what an order asks for."""

    order: Order

    def rates(self, seconds: float, cpu: float) -> dict[str, float]:
        """Put figures to a number of jobs."""
        jobs = self.order.jobs
        return {"per_second": jobs / seconds, "cpu_us": cpu / jobs * 1e6}


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return the median and the 99th percentile."""
    cuts = statistics.quantiles(values, n=100)
    return {"p50": cuts[49], "p99": cuts[98]}


def main(program: Callable[[Order], Any]) -> None:
    """Do what the command line orders, on uvloop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("order")
    order = Order(**json.loads(parser.parse_args().order))
    work: Callable[[], Awaitable[dict[str, float]]] = getattr(program(order), order.what)
    print(json.dumps(uvloop.run(_awaited(work))))
    sys.stdout.flush()


async def _awaited(work: Callable[[], Awaitable[dict[str, float]]]) -> dict[str, float]:
    return await work()
