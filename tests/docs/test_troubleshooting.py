"""What the page for operators says is what they see."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hutch import App, Module
from hutch.cli.main import commands
from hutch.testing import testing
from hutch_queue import Queue, job, processor, queue_module

PAGE = (Path(__file__).parents[2] / "docs" / "operate" / "troubleshooting.md").read_text("utf-8")


@processor("emails")
class Emails:
    @job
    async def send(self) -> None: ...


shop = Module(
    "shop",
    imports=[queue_module("emails")],
    providers=[Emails],
    exports=[Queue],
)
app = App(shop)


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_APP", f"{__name__}:app")


def hutch(*words: str) -> Result:
    return CliRunner().invoke(commands, list(words))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, redis_url: str, redis_prefix: str) -> None:
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("REDIS_PREFIX", redis_prefix)


@pytest.mark.req("FD-32")
def test_a_refused_connection_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    found = hutch("redis", "test")
    assert found.exit_code == 1
    assert "failed\tconnection\t" in found.stdout
    assert "127.0.0.1:1" in found.stdout


@pytest.mark.req("FD-32")
@pytest.mark.usefixtures("server")
def test_without_a_worker_there_is_no_line() -> None:
    assert hutch("queues", "workers", "emails").stdout.count("\n") == 1
    header = hutch("queues", "list").stdout.split("\n")[0].split("\t")
    assert {"waiting", "delayed", "paused", "workers"} <= set(header)


@pytest.mark.req("FD-32")
@pytest.mark.usefixtures("server")
def test_memory_and_keys_without_an_end_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_QUEUE__BACKEND", "redis")

    async def enqueue() -> None:
        async with testing(shop) as t:
            await t.get(Queue).enqueue(Emails.send(), delay=timedelta(hours=1))

    asyncio.run(enqueue())
    assert "memory\t" in hutch("redis", "test").stdout
    assert hutch("redis", "audit").exit_code == 0


def test_the_page_names_what_the_commands_show() -> None:
    for word in ("failed  connection", "QueueUnavailable", "HUTCH_QUEUE__LEASE", "redis audit"):
        assert word in PAGE
