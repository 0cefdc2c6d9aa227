"""The queue beside stock SAQ, on one server in one run.

Each figure comes from a process of its own, ours and SAQ's in turn. What both sides
do is in ``ours.py`` and ``stock.py``.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import redis
from rich.console import Console
from tests.benchmarks.measure import Bar, Figure, Row
from tests.benchmarks.queue.program import IDLE, Order

from hutch_redis.testing import temporary_server

REPETITIONS = 5
MILLION = 1_000_000

_console = Console(stderr=True)
Found = dict[str, float]


def run(only: str = "") -> list[Row]:
    """Measure all, or what has this text in its name."""
    return asyncio.run(_run(only))


async def _run(only: str) -> list[Row]:
    async with temporary_server() as server:
        return await asyncio.to_thread(Bench(server.url).rows, only)


class Bench:
    """Runs processes on one server, one after the other."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = redis.Redis.from_url(url)

    def rows(self, only: str) -> list[Row]:
        """Measure row by row, and tell of each: all of it takes a quarter of an hour."""
        measures: dict[str, Callable[[], list[Row]]] = {
            "drain, 100, lean": lambda: self._drain(
                "no-op drain, concurrency 100, lean", 12, jobs=30_000
            ),
            "drain, 100, full": lambda: self._drain(
                "no-op drain, concurrency 100, full", 6, jobs=20_000, full=True
            ),
            "drain, 10, lean": lambda: self._drain(
                "no-op drain, concurrency 10, lean", 7, jobs=20_000, concurrency=10
            ),
            "io": self._io,
            "bulk": self._enqueue,
            "pickup": lambda: self._latency("pickup", "idle pick-up p99", Bar("at most", 1)),
            "result": lambda: self._latency(
                "result", "result() after the job's return p99", most=10
            ),
            "late": lambda: self._latency("late", "lateness of a delayed job p99", most=30),
            "memory": self._bytes,
            "idle": self._idle,
            "two": self._two,
            "million": self._million,
        }
        rows: list[Row] = []
        for measure in (measures[name] for name in measures if only in name):
            for row in measure():
                self._tell(row)
                rows.append(row)
        return rows

    def _tell(self, row: Row) -> None:
        figures = (
            f"{row.ours.median:.2f} beside {row.peer.median:.2f}, ratio {row.ratio.median:.2f}"
        )
        _console.print(f"{row.name}, {row.unit}: {figures}", highlight=False)

    def _drain(self, name: str, bar: float, *, jobs: int, **options: Any) -> list[Row]:
        ours = Order("drain", self._url, jobs=jobs, **options)
        mine, theirs = self._pairs(name, ours, replace(ours, jobs=3_000))
        return [
            _row(name, "jobs/s", mine, theirs, "per_second", Bar("at least", bar)),
            _told(name, "µs CPU/job", mine, theirs, "cpu_us"),
        ]

    def _io(self) -> list[Row]:
        name = "10 ms I/O, concurrency 100, full, % of 10,000/s"
        order = Order("drain", self._url, kind="io", jobs=20_000, full=True)
        mine, theirs = self._pairs(name, order, replace(order, jobs=3_000))
        mine, theirs = _scaled(mine, 0.01), _scaled(theirs, 0.01)
        return [_absolute(name, "%", mine, theirs, "per_second", Bar("at least", 65))]

    def _enqueue(self) -> list[Row]:
        name = "bulk enqueue"
        order = Order("fill", self._url, jobs=20_000)
        mine, theirs = self._turns(name, order, replace(order, jobs=5_000), lambda _: None)
        return [_row(name, "jobs/s", mine, theirs, "per_second", Bar("at least", 4))]

    def _latency(self, what: str, name: str, bar: Bar | None = None, most: float = 0) -> list[Row]:
        order = Order(what, self._url, jobs=300, concurrency=10)
        stock = replace(order, jobs=20) if what == "result" else order
        mine, theirs = self._turns(name, order, stock, lambda _: None)
        if bar is None:
            return [_absolute(name, "ms", mine, theirs, "p99", Bar("at most", most))]
        return [_row(name, "ms", mine, theirs, "p99", bar)]

    def _bytes(self) -> list[Row]:
        name = "memory per completed job, record of 175 bytes"
        order = Order("drain", self._url, jobs=10_000)
        sizes: dict[str, list[Found]] = {}
        for side in ("ours", "stock"):
            self._clear()
            self._process(side, replace(order, what="fill"))
            self._process(side, order)
            sizes[side] = [{"bytes": self._memory() / order.jobs}]
        return [_row(name, "bytes", sizes["ours"], sizes["stock"], "bytes", Bar("at most", 1))]

    def _idle(self) -> list[Row]:
        name = "idle worker"
        order = Order("idle", self._url, concurrency=10)
        found: dict[str, list[Found]] = {}
        for side in ("ours", "stock"):
            self._clear()
            calls = self._calls()
            idle = self._process(side, order)
            # One second before, to come up; the commands of start and end are counted, too.
            found[side] = [{**idle, "calls": (self._calls() - calls) / (IDLE + 1)}]
        mine, theirs = found["ours"], found["stock"]
        return [
            _absolute(name, "% of a core", mine, theirs, "core", Bar("at most", 1)),
            _absolute(name, "calls/s", mine, theirs, "calls", Bar("at most", 5)),
        ]

    def _two(self) -> list[Row]:
        name = "two worker processes beside one, full"
        one, two = list[Found](), list[Found]()
        order = Order("drain", self._url, jobs=20_000, full=True, partial=True)
        for _ in range(REPETITIONS):
            self._progress(name)
            self._fill(replace(order, jobs=order.jobs + 2_000))
            one.append(self._process("ours", order))
            self._fill(replace(order, jobs=2 * order.jobs + 4_000))
            with ThreadPoolExecutor(2) as pool:
                both = list(pool.map(lambda _: self._process("ours", order), range(2)))
            rate = sum(found["per_second"] for found in both)
            two.append({"per_second": rate, "cpu_us": sum(f["cpu_us"] for f in both) / 2})
        return [
            _row(name, "µs CPU/job", two, one, "cpu_us", Bar("at most", 1.15), "one process"),
            _row(name, "jobs/s", two, one, "per_second", Bar("at least", 1.4), "one process"),
        ]

    def _million(self) -> list[Row]:
        name = "first 30,000 of 1,000,000 waiting"
        order = Order("marathon", self._url, jobs=30_000)
        self._progress(name)
        self._fill(order)
        few = self._process("ours", order)
        self._fill(replace(order, jobs=MILLION))
        many = self._process("ours", replace(order, jobs=MILLION))
        grown = (many[f"rss_{MILLION}"] - many["rss_100000"]) / 1e6
        peer = "of 30,000"
        rate = _row(name, "jobs/s", [many], [few], "per_second", Bar("at least", 0.8), peer)
        growth = Figure(grown, grown, grown)
        start = Figure.of([many["rss_100000"] / 1e6])
        return [
            rate,
            Row(
                "growth of the worker's memory from 100,000 to 1,000,000 jobs", "MB",
                growth, start, "in all at 100,000", growth, "≤ 5", grown <= 5,
            ),
        ]  # fmt: skip

    def _pairs(self, name: str, ours: Order, stock: Order) -> tuple[list[Found], list[Found]]:
        return self._turns(name, ours, stock, self._fill)

    def _turns(
        self, name: str, ours: Order, stock: Order, prepare: Callable[[Order], None]
    ) -> tuple[list[Found], list[Found]]:
        found: dict[str, list[Found]] = {"ours": [], "stock": []}
        for _ in range(REPETITIONS):
            self._progress(name)
            for side, order in (("ours", ours), ("stock", stock)):
                self._clear()
                if prepare == self._fill:
                    self._process(side, replace(order, what="fill"))
                found[side].append(self._process(side, order))
        return found["ours"], found["stock"]

    def _fill(self, order: Order) -> None:
        self._clear()
        self._process("ours", replace(order, what="fill"))

    def _process(self, side: str, order: Order) -> Found:
        command = [sys.executable, "-m", f"tests.benchmarks.queue.{side}", order.as_argument()]
        with tempfile.TemporaryFile() as log:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=log, check=False)
            if done.returncode:
                log.seek(0)
                raise RuntimeError(log.read().decode()[-2000:])
        found: Found = json.loads(done.stdout)
        return found

    def _clear(self) -> None:
        for key in self._client.scan_iter(count=1000):
            self._client.delete(key)  # not unlink, which gives the memory back later

    def _memory(self) -> int:
        keys = self._client.scan_iter(count=1000)
        return sum(self._client.memory_usage(key, samples=0) or 0 for key in keys)

    def _calls(self) -> int:
        return int(self._client.info("stats")["total_reads_processed"])

    def _progress(self, name: str) -> None:
        _console.print(f"[dim]{name} …[/]", highlight=False)


def _row(
    name: str,
    unit: str,
    ours: Sequence[Found],
    theirs: Sequence[Found],
    key: str,
    bar: Bar,
    peer: str = "SAQ",
) -> Row:
    pairs = zip(ours, theirs, strict=True)
    ratio = Figure.of([mine[key] / other[key] for mine, other in pairs])
    return Row(
        name, unit, _figure(ours, key), _figure(theirs, key), peer, ratio, str(bar),
        bar.holds(ratio.median),
    )  # fmt: skip


def _told(name: str, unit: str, ours: Sequence[Found], theirs: Sequence[Found], key: str) -> Row:
    row = _row(name, unit, ours, theirs, key, Bar("at most", 1))
    return replace(row, bar="", holds=True)


def _absolute(
    name: str, unit: str, ours: Sequence[Found], theirs: Sequence[Found], key: str, bar: Bar
) -> Row:
    row = _row(name, unit, ours, theirs, key, bar)
    return replace(row, bar=f"ours {bar}", holds=bar.holds(row.ours.median))


def _figure(found: Sequence[Found], key: str) -> Figure:
    return Figure.of([one[key] for one in found])


def _scaled(found: Sequence[Found], factor: float) -> list[Found]:
    return [{key: value * factor for key, value in one.items()} for one in found]
