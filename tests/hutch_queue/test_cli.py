"""``hutch queues``, on a real server that an app has worked on."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from hutch import App, Module
from hutch.cli.main import commands
from hutch_queue import Queue, QueueAdmin, QueueBusy, UnknownQueue
from hutch_queue.contracts.ward import until
from hutch_queue.errors import InvalidOption, JobGone, QueueError, QueueUnavailable, UnknownWorker

# The app's root sees nothing of the queues: they belong to a module inside.
SHOP = """
import asyncio

from hutch import App, Inject, Module
from hutch_queue import (
    JobContext, Queue, QueueAdmin, cron, fixed, injected, job, processor, queue_module
)


@processor("emails", concurrency=2)
class Emails:
    @job(attempts=2, backoff=fixed(3600))
    async def send(
        self, order_id: int, text: str, context: Inject[JobContext] = injected
    ) -> str:
        await context.progress(0.5)
        await context.log("half way")
        if text == "bad":
            raise ValueError("no such \\x1b[31maddress")
        while text == "slow":
            await asyncio.sleep(1)
        return text

    @cron("0 3 * * *", tz="Europe/Berlin")
    @job
    async def sweep(self) -> None: ...


inner = Module(
    "inner", imports=[queue_module("emails", "other")], providers=[Emails],
    exports=[Queue, QueueAdmin],
)
app = App(Module("shop", imports=[inner]))
"""
Act = Callable[[Queue, QueueAdmin, Any], Awaitable[Any]]


@pytest.fixture(autouse=True)
def shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str, redis_prefix: str
) -> Iterator[Any]:
    """An app in a folder of its own; its module is imported anew for each test."""
    (tmp_path / "clishop.py").write_text(SHOP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, value in {
        "HUTCH_APP": "clishop",
        "HUTCH_QUEUE__BACKEND": "redis",
        "REDIS_URL": redis_url,
        "REDIS_PREFIX": redis_prefix,
        "HUTCH_REDIS__TIMEOUT": "10",
    }.items():
        monkeypatch.setenv(name, value)
    import clishop  # pyright: ignore

    yield clishop
    del sys.modules["clishop"]


@asynccontextmanager
async def working(shop: Any, *, services: bool = True) -> Any:
    """Run an app of the inner module, which sees the queues."""
    root = Module("root", imports=[shop.inner], exports=[shop.inner])
    async with App(root).started(services=services) as app:
        yield app.get(Queue), app.get(QueueAdmin), shop.Emails


def work(shop: Any, act: Act, *, services: bool = False) -> Any:
    """Do something in the app that the commands look at later."""

    async def run() -> Any:
        async with working(shop, services=services) as parts:
            return await act(*parts)

    return asyncio.run(run())


def call(*words: str, **options: Any) -> Result:
    return CliRunner().invoke(commands, ["queues", *words], **options)


def hutch(*words: str, **options: Any) -> str:
    """Run a command that is to succeed; return what it prints."""
    result = call(*words, **options)
    if result.exception:
        raise result.exception
    return result.stdout


def table(text: str) -> list[dict[str, str]]:
    """Read tab-separated lines below their heading."""
    names, *rows = (line.split("\t") for line in text.splitlines())
    return [dict(zip(names, row, strict=True)) for row in rows]


async def seed(queue: Queue, admin: QueueAdmin, emails: Any) -> None:
    """Leave one job in each state but active."""
    await (await queue.enqueue(emails.send(17, "hello"), key="good")).result()
    await queue.enqueue(emails.send(18, "bad"), key="bad")
    await until(lambda: admin.job("emails", "bad"), lambda info: info.state == "delayed")
    await admin.promote("emails", "bad")
    await until(lambda: admin.job("emails", "bad"), lambda info: info.state == "failed")
    await queue.enqueue(emails.send(19, "later"), key="later", delay=timedelta(hours=1))
    await admin.pause("emails")
    await queue.enqueue(emails.send(20, "now"), key="now")


@pytest.fixture
def seeded(shop: Any) -> Any:
    work(shop, seed, services=True)
    return shop


def test_list_shows_every_queue_with_its_jobs_by_state(seeded: Any) -> None:
    emails, other = table(hutch("list"))
    latency = emails.pop("latency")
    assert float(latency) >= 0
    assert emails == {
        "queue": "emails",
        "waiting": "1",
        "active": "0",
        "delayed": "1",
        "completed": "1",
        "failed": "1",
        "paused": "yes",
        "workers": "0",
    }
    assert (other["queue"], other["paused"], other["waiting"]) == ("other", "", "0")
    [found, _] = json.loads(hutch("list", "--json"))
    assert (found["queue"], found["paused"], found["failed"]) == ("emails", True, 1)


def test_show_lists_a_state_failed_ones_by_default(seeded: Any) -> None:
    [bad] = table(hutch("show", "emails"))
    assert (bad["id"], bad["job"], bad["attempt"]) == ("bad", "Emails.send", "2 of 2")
    assert bad["error"] == "ValueError: no such �[31maddress"
    assert bad["ended"].endswith("Z")
    states = {"waiting": "now", "delayed": "later", "completed": "good"}
    for state, id in states.items():
        assert [row["id"] for row in table(hutch("show", "emails", "--state", state))] == [id]
    assert table(hutch("show", "emails", "--offset", "1")) == []
    assert table(hutch("show", "emails", "--find", "NO SUCH"))[0]["id"] == "bad"
    assert table(hutch("show", "emails", "--find", "hello")) == []
    assert json.loads(hutch("show", "emails", "--json"))[0]["id"] == "bad"
    assert call("show", "emails", "--state", "lost").exit_code == 2


def test_job_shows_its_errors_and_log_and_masks_its_arguments(seeded: Any) -> None:
    shown = hutch("job", "emails", "bad")
    assert 'arguments\t{"order_id": "18", "text": "str(3)"}' in shown
    assert shown.count("ValueError: no such �[31maddress") == 2
    assert "Attempt 1 failed at 20" in shown
    assert "Attempt 2 failed at 20" in shown
    assert shown.count("log: half way") == 2
    assert "\x1b" not in shown
    assert "hello" not in hutch("job", "emails", "good")
    found = json.loads(hutch("job", "emails", "good", "--show-arguments", "--json"))
    assert (found["arguments"], found["result"]) == ({"order_id": 17, "text": "hello"}, "hello")
    assert found["state"] == "completed"
    masked = json.loads(hutch("job", "emails", "good", "--json"))
    assert (masked["arguments"]["text"], masked["result"]) == ("str(5)", "str(5)")


@pytest.mark.req("FD-19")
@pytest.mark.parametrize("command", ["retry", "replay"])
def test_a_failed_job_is_run_again_by_hand(seeded: Any, command: str) -> None:
    assert hutch(command, "emails", "bad") == "1 of 1 job(s) run anew.\n"
    assert table(hutch("show", "emails")) == []
    waiting = table(hutch("show", "emails", "--state", "waiting"))
    assert [row["id"] for row in waiting] == ["now", "bad"]


@pytest.mark.req("FD-35")
def test_all_failed_jobs_are_run_again(seeded: Any) -> None:
    assert hutch("replay", "emails", "--all") == "1 job(s) run anew.\n"
    assert hutch("replay", "emails", "--all") == "0 job(s) run anew.\n"
    for words in ([], ["bad", "--all"]):
        assert isinstance(call("replay", "emails", *words).exception, InvalidOption)


def test_what_cannot_be_changed_is_named_and_the_command_fails(seeded: Any) -> None:
    result = call("promote", "emails", "later", "bad")
    assert (result.exit_code, result.stdout) == (1, "1 of 2 job(s) may run now.\n")
    assert result.stderr == "Error: bad is not delayed, or is not there.\n"
    assert call("discard", "emails", "nobody").exit_code == 1
    assert call("abort", "emails", "bad").exit_code == 1


def test_jobs_are_discarded_and_aborted(seeded: Any) -> None:
    assert hutch("discard", "emails", "bad", "later") == "2 of 2 job(s) are removed.\n"
    assert hutch("abort", "emails", "now", "--reason", "Not now.") == "1 of 1 job(s) are stopped.\n"
    assert table(hutch("show", "emails"))[0]["error"] == "Not now."
    assert "error\tNot now.\n" in hutch("job", "emails", "now")


def test_a_queue_is_paused_and_resumed(shop: Any) -> None:
    assert hutch("pause", "other") == "other is paused.\n"
    assert [row["paused"] for row in table(hutch("list"))] == ["", "yes"]
    assert hutch("resume", "other") == "other is resumed.\n"
    assert [row["paused"] for row in table(hutch("list"))] == ["", ""]


def test_drain_asks_before_it_removes(seeded: Any) -> None:
    result = call("drain", "emails", "--state", "failed", input="n\n")
    assert result.exit_code == 1
    assert "Remove all failed jobs of emails?" in result.stderr
    assert len(table(hutch("show", "emails"))) == 1
    hutch("drain", "emails", "--state", "failed", input="y\n")
    assert table(hutch("show", "emails")) == []
    assert hutch("drain", "emails", "--yes") == "1 waiting job(s) of emails are removed.\n"
    assert isinstance(
        call("drain", "emails", "--state", "active", "--yes").exception, InvalidOption
    )


@pytest.mark.parametrize("profile", ["development", "production"])
def test_obliterate_wants_the_name_again(
    seeded: Any, monkeypatch: pytest.MonkeyPatch, profile: str
) -> None:
    monkeypatch.setenv("HUTCH_PROFILE", profile)
    monkeypatch.setenv("HUTCH_REDIS__STRICT", "false")  # the shared server keeps no file
    for words, typed in (
        ([], ""),
        ([], "yes\n"),
        (["--yes-delete", "other"], ""),
        (["--force"], ""),
    ):
        assert call("obliterate", "emails", *words, input=typed).exit_code == 1
    assert len(table(hutch("show", "emails"))) == 1
    asked = call("obliterate", "emails", input="emails\n")
    assert asked.exit_code == 0
    assert asked.stdout.endswith("emails is empty.\n")
    assert (
        "emails has 0 waiting, 0 active, 1 delayed, 1 completed, 1 failed, 1 paused" in asked.stderr
    )
    assert table(hutch("show", "emails")) == []
    assert hutch("obliterate", "emails", "--yes-delete", "emails") == "emails is empty.\n"


def test_obliterate_refuses_while_jobs_run_unless_forced(shop: Any) -> None:
    async def run(queue: Queue, admin: QueueAdmin, emails: Any) -> None:
        await queue.enqueue(emails.send(1, "slow"), key="slow")
        await until(lambda: admin.job("emails", "slow"), lambda info: info.state == "active")
        words = "obliterate", "emails", "--yes-delete", "emails"
        refused = await asyncio.to_thread(call, *words)
        assert isinstance(refused.exception, QueueBusy)
        assert (await asyncio.to_thread(call, *words, "--force")).exit_code == 0

    work(shop, run, services=True)
    assert table(hutch("show", "emails", "--state", "active")) == []


def test_workers_are_listed_and_quieted(shop: Any) -> None:
    async def run(queue: Queue, admin: QueueAdmin, emails: Any) -> None:
        await queue.enqueue(emails.send(1, "slow"), key="slow")
        await until(lambda: admin.workers("emails"), lambda found: bool(found and found[0].running))
        [worker] = table(await asyncio.to_thread(hutch, "workers", "emails"))
        assert (worker["concurrency"], worker["running"], worker["quiet"]) == ("2", "1", "")
        name = worker["name"]
        told = await asyncio.to_thread(hutch, "quiet", "emails", name)
        assert told == f"{name} takes no more jobs.\n"
        await until(lambda: admin.workers("emails"), lambda found: found[0].quiet)
        told = await asyncio.to_thread(hutch, "quiet", "emails", name, "--off")
        assert told == f"{name} takes jobs again.\n"
        await until(lambda: admin.workers("emails"), lambda found: not found[0].quiet)
        assert await asyncio.to_thread(hutch, "abort", "emails", "slow")

    work(shop, run, services=True)
    assert hutch("workers", "emails").count("\n") == 1
    assert isinstance(call("quiet", "emails", "nobody").exception, UnknownWorker)


def test_schedules_are_listed(seeded: Any) -> None:
    [row] = table(hutch("schedules", "emails"))
    assert (row["schedule"], row["job"], row["source"]) == ("Emails.sweep", "Emails.sweep", "code")
    assert row["when"] == "0 3 * * * Europe/Berlin"
    assert row["next"].endswith("Z")
    [found] = json.loads(hutch("schedules", "emails", "--json"))
    assert found["paused"] is False


@pytest.mark.parametrize(
    "words",
    [
        ["show"], ["job", "a"], ["workers"], ["schedules"], ["pause"], ["resume"], ["quiet", "a"],
        ["replay", "a"], ["retry", "--all"], ["promote", "a"], ["discard", "a"], ["abort", "a"],
        ["drain"], ["obliterate"],
    ],
)  # fmt: skip
def test_an_unknown_queue_is_refused_with_those_that_exist(words: list[str]) -> None:
    command, *rest = words
    refused = call(command, "e-mails", *rest).exception
    assert isinstance(refused, UnknownQueue)
    assert "no module declares the queue 'e-mails'; declared: emails, other." in str(refused)


def test_an_unknown_job_is_refused() -> None:
    assert isinstance(call("job", "emails", "nobody").exception, JobGone)


def test_jobs_in_memory_are_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_QUEUE__BACKEND", "memory")
    refused = call("list").exception
    assert isinstance(refused, QueueError)
    assert "HUTCH_QUEUE__BACKEND=redis" in str(refused)


def test_a_server_that_is_away_is_one_clear_error(
    monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{unused_tcp_port}")
    refused = call("list").exception
    assert isinstance(refused, QueueUnavailable)
    assert "Redis did not answer" in str(refused)


def test_what_the_commands_print_is_not_mixed_with_log_lines(seeded: Any) -> None:
    result = call("replay", "emails", "bad")
    assert (result.stdout, result.stderr) == ("1 of 1 job(s) run anew.\n", "")
