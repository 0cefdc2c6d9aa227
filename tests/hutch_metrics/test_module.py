"""The module as an app sees it."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import hutch_metrics
from hutch import Module, bind
from hutch.cli.main import commands
from hutch.discovery import Discovery
from hutch.errors import NotStarted
from hutch.http import controller, get
from hutch.testing import testing
from hutch_metrics import Counter, Metrics, MetricsError, MetricsSettings, Timing, metrics_module
from hutch_monitor.metrics import metric_lines
from hutch_queue import Queue, job, processor, queue_module
from hutch_redis import Redis, RedisSettings, redis_module

POSTS = Counter("bot_posts_total", "Posts sent.", ("platform",))


@controller("/bot")
@dataclass
class Bot:
    metrics: Metrics

    @get("/post")
    async def post(self) -> None:
        self.metrics.count("posts")
        self.metrics.add(POSTS, platform="x")

    @get("/fail")
    async def fail(self) -> None:
        raise ValueError


@processor("timed")
class Timed:
    @job
    async def work(self) -> None: ...


bot = Module(
    "bot",
    imports=[metrics_module(), queue_module("timed")],
    providers=[Timed],
    controllers=[Bot],
    exports=[Metrics, Queue],
    interceptors=[Timing],
)


def test_is_the_same_module_each_time() -> None:
    assert metrics_module() is metrics_module()
    assert metrics_module().exports == (Metrics, Timing)


def test_public_names() -> None:
    assert sorted(hutch_metrics.__all__) == [
        "Batch", "Counter", "Gauge", "Histogram", "InvalidInstrument", "InvalidPeriod", "Metrics",
        "MetricsError", "MetricsSettings", "MetricsUnavailable", "Stats", "Timing",
        "metrics_module",
    ]  # fmt: skip


@pytest.mark.req("XB-38", "X-13")
async def test_figures_are_contributed_with_their_help() -> None:
    async with testing(bot) as t:
        await t.client.get("/bot/post")
        await t.client.get("/bot/fail")
        await t.get(Queue).enqueue(Timed.work())
        await t.drain()
        readings = await t.app.get(Discovery).metrics()
        assert all(text for _, text in readings)
        lines = list(metric_lines(readings))
        assert "# HELP bot_posts_total Posts sent." in lines
        assert "# TYPE bot_posts_total counter" in lines
        assert 'bot_posts_total{platform="x"} 1.0' in lines
        assert "hutch_metrics_buffered 1" in lines
        for kind, handler, outcome in (
            ("http", "Bot.post", "ok"),
            ("http", "Bot.fail", "error"),
            ("job", "Timed.work", "ok"),
        ):
            labels = f'kind="{kind}",handler="{handler}",outcome="{outcome}"'
            assert f"hutch_handler_seconds_count{{{labels}}} 1.0" in lines
        assert 'hutch_job_latency_seconds_count{handler="Timed.work"} 1.0' in lines
        await t.get(Metrics).flush()
        assert await t.get(Metrics).daily() == {"posts": 1}
        with pytest.raises(NotStarted):
            t.app.get(Redis, redis_module())


def on_redis(url: str, prefix: str = "app:") -> tuple[Any, ...]:
    return (
        bind(RedisSettings).value(RedisSettings.model_validate({"url": url, "prefix": prefix})),
        bind(MetricsSettings).value(MetricsSettings(backend="redis")),
    )


async def test_without_redis_an_app_goes_on(unused_tcp_port: int) -> None:
    alone = Module("alone", imports=[metrics_module()], controllers=[Bot], exports=[Metrics])
    async with testing(alone, *on_redis(f"redis://127.0.0.1:{unused_tcp_port}")) as t:
        assert (await t.client.get("/bot/post")).status_code == 204


async def test_a_second_app_sees_the_counts_of_the_first(redis_url: str, redis_prefix: str) -> None:
    alone = Module("alone", imports=[metrics_module()], controllers=[Bot], exports=[Metrics])
    async with testing(alone, *on_redis(redis_url, redis_prefix)) as t:
        await t.client.get("/bot/post")
    async with testing(alone, *on_redis(redis_url, redis_prefix)) as t:
        assert await t.get(Metrics).daily() == {"posts": 1}


APP = """
from hutch import App, Module
from hutch_metrics import Metrics, metrics_module

inner = Module("inner", imports=[metrics_module()], exports=[Metrics])
app = App(Module("root", imports=[inner], exports=[inner]))
"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str, redis_prefix: str) -> Any:
    """An app in a folder of its own."""
    (tmp_path / "climetrics.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, value in {
        "HUTCH_APP": "climetrics",
        "HUTCH_METRICS__BACKEND": "redis",
        "REDIS_URL": redis_url,
        "REDIS_PREFIX": redis_prefix,
    }.items():
        monkeypatch.setenv(name, value)
    import climetrics  # pyright: ignore

    yield climetrics
    del sys.modules["climetrics"]


def test_the_command_shows_what_was_counted(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def count() -> None:
        async with cli.app.started() as running:
            running.get(Metrics).count("posts", 3)
            running.get(Metrics).count("likes")

    asyncio.run(count())
    for command in ("days", "hours"):
        result = CliRunner().invoke(commands, ["metrics", command, "--last", "2"])
        assert result.exception is None
        rows = [line.split("\t")[1:] for line in result.stdout.splitlines()]
        assert rows == [["what", "count"], ["likes", "1"], ["posts", "3"]]
    monkeypatch.setenv("HUTCH_METRICS__BACKEND", "memory")
    result = CliRunner().invoke(commands, ["metrics", "days"])
    assert isinstance(result.exception, MetricsError)
    assert "set HUTCH_METRICS__BACKEND=redis" in str(result.exception)
