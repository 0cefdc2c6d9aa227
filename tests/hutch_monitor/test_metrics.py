"""What Prometheus reads."""

import math
from collections.abc import Iterable

import pytest
from tests.hutch_monitor.apps import VIEWER, bearer, settings

from hutch import Module, bind
from hutch.contributions import Metrics, Reading
from hutch.testing import testing
from hutch_auth import AuthSettings
from hutch_monitor import monitor_module
from hutch_monitor.metrics import metric_lines
from hutch_queue import Queue, QueueAdmin, job, processor, queue_module


@processor("counted")
class Counted:
    @job
    async def note(self) -> None: ...


async def figures() -> Iterable[Reading]:
    return [Reading("disk_free_ratio", 0.5)]


counted = Module(
    "counted",
    imports=[monitor_module(), queue_module("counted")],
    providers=[Counted],
    exports=[Queue, QueueAdmin],
    contributions=[Metrics(figures, {"disk_free_ratio": "Free\nspace."})],
)
COMPLETED = 'hutch_queue_attempts_total{queue="counted",outcome="completed"} 2'


@pytest.mark.req("X-13", "R24-53")
async def test_counters_are_counters_and_outlive_the_jobs() -> None:
    async with testing(counted, bind(AuthSettings).value(settings())) as t:
        await t.get(Queue).enqueue_all([Counted.note(), Counted.note()])
        await t.drain()
        await t.get(QueueAdmin).drain("counted", "completed")
        answer = await t.client.get("/monitor/metrics", headers=bearer(VIEWER))
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        lines = answer.text.split("\n")
        assert COMPLETED in lines
        assert "# TYPE hutch_queue_attempts_total counter" in lines
        assert 'hutch_queue_jobs{queue="counted",state="completed"} 0' in lines
        assert lines[:3] == [
            r"# HELP disk_free_ratio Free\nspace.",
            "# TYPE disk_free_ratio gauge",
            "disk_free_ratio 0.5",
        ]


async def test_figures_are_for_operators() -> None:
    async with testing(counted, bind(AuthSettings).value(settings())) as t:
        assert (await t.client.get("/monitor/metrics")).status_code == 401


def test_odd_values_are_written_as_the_format_wants() -> None:
    label = (("of", 'a"b\\c\n'),)
    readings = [Reading("b", math.inf, label), Reading("a", 1), Reading("b", math.nan)]
    assert list(metric_lines((reading, "") for reading in readings)) == [
        "# HELP a ",
        "# TYPE a gauge",
        "a 1",
        "# HELP b ",
        "# TYPE b gauge",
        r'b{of="a\"b\\c\n"} Inf',
        "b NaN",
    ]


def test_buckets_with_their_sum_and_count_are_a_histogram() -> None:
    readings = [
        Reading("post_seconds_bucket", 1, (("le", "0.5"),)),
        Reading("post_seconds_bucket", 2, (("le", "+Inf"),)),
        Reading("post_seconds_sum", 0.75),
        Reading("post_seconds_count", 2),
        Reading("bytes_count", 3),
    ]
    assert list(metric_lines((reading, "Posts.") for reading in readings)) == [
        "# HELP bytes_count Posts.",
        "# TYPE bytes_count gauge",
        "bytes_count 3",
        "# HELP post_seconds Posts.",
        "# TYPE post_seconds histogram",
        'post_seconds_bucket{le="0.5"} 1',
        'post_seconds_bucket{le="+Inf"} 2',
        "post_seconds_sum 0.75",
        "post_seconds_count 2",
    ]
