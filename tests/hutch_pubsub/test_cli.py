"""``hutch inbox``, on a real server that an app has worked on."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from hutch.cli.main import commands
from hutch_pubsub import InboxUnavailable, InvalidMessage, UnknownInbox
from hutch_pubsub.errors import PubsubError

APP = """
from pydantic import BaseModel

from hutch import App, Module
from hutch_pubsub import Inbox, InboxSpec, InboxStores, consumer, pubsub_module


class Chat(BaseModel):
    id: str
    text: str = ""


MESSAGES = InboxSpec("QUEUE:messages", Chat, attempts=1)


class Bot:
    @consumer(MESSAGES)
    async def answer(self, message: Chat) -> None:
        raise ValueError(f"cannot read {message.text}")


app = App(Module("chats", imports=[pubsub_module(MESSAGES)], providers=[Bot], exports=[Inbox]))
"""


@pytest.fixture(autouse=True)
def chats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str, redis_prefix: str
) -> Iterator[Any]:
    """An app in a folder of its own; its module is imported anew for each test."""
    (tmp_path / "clichats.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, value in {
        "HUTCH_APP": "clichats",
        "HUTCH_PUBSUB__BACKEND": "redis",
        "REDIS_URL": redis_url,
        "REDIS_PREFIX": redis_prefix,
        "HUTCH_REDIS__TIMEOUT": "10",
    }.items():
        monkeypatch.setenv(name, value)
    import clichats  # pyright: ignore

    yield clichats
    del sys.modules["clichats"]


@pytest.fixture
def failed(chats: Any) -> None:
    """Two messages that could not be handled, and one that waits."""

    async def work() -> None:
        from hutch_pubsub import Inbox, InboxAdmin

        async with chats.app.started() as running:
            inbox = running.get(Inbox)
            messages = [chats.Chat(id=str(n), text="hidden\x1b[31m") for n in range(2)]
            await inbox.add_all(chats.MESSAGES, messages)
            from hutch_pubsub import pubsub_module

            admin = running.get(InboxAdmin, pubsub_module())
            async with asyncio.timeout(10):
                while (await admin.stats("QUEUE:messages")).dead < 2:
                    await asyncio.sleep(0.01)
        async with chats.app.started(services=False) as running:
            await running.get(Inbox).add(chats.MESSAGES, chats.Chat(id="3"))

    asyncio.run(work())


Act = Callable[..., Result]


@pytest.fixture
def act() -> Act:
    def run(*words: str) -> Result:
        return CliRunner().invoke(commands, ["inbox", *words])

    return run


def rows(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


@pytest.mark.usefixtures("failed")
def test_inboxes_are_listed(act: Act) -> None:
    [row] = rows(act("list", "--json"))
    assert (row["inbox"], row["length"], row["dead"]) == ("QUEUE:messages", 1, 2)
    assert act("list").stdout.splitlines()[0].split("\t")[:3] == ["inbox", "length", "delivered"]


@pytest.mark.usefixtures("failed")
def test_entries_are_shown_without_what_is_in_them(act: Act) -> None:
    [first, _] = rows(act("show", "QUEUE:messages", "--json"))
    assert (first["fields"], first["reason"]) == ("id, text", "ValueError")
    assert "hidden" not in act("show", "QUEUE:messages").stdout
    shown = act("show", "QUEUE:messages", "--content").stdout
    assert "cannot read hidden" in shown
    assert "\x1b" not in shown


@pytest.mark.usefixtures("failed")
def test_entries_are_replayed_and_discarded(act: Act) -> None:
    first, second = (row["id"] for row in rows(act("show", "QUEUE:messages", "--json")))
    result = act("replay", "QUEUE:messages", first, "1-1")
    assert result.exit_code == 1
    assert "1 of 2 entries are added anew." in result.stdout
    assert "Error: 1-1 is not on the shelf dead." in result.stderr
    assert act("discard", "QUEUE:messages", second).stdout == "1 of 1 entries are deleted.\n"
    [row] = rows(act("list", "--json"))
    assert (row["length"], row["dead"]) == (2, 0)


@pytest.mark.usefixtures("failed")
def test_all_entries_are_replayed(act: Act) -> None:
    result = act("replay", "QUEUE:messages", "--all")
    assert result.stdout == "2 entries of QUEUE:messages are added anew.\n"
    found = rows(act("show", "QUEUE:messages", "--shelf", "waiting", "--json"))
    assert len(found) == 3


def test_what_cannot_be_is_said(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(act("show", "nothing").exception, UnknownInbox)
    assert isinstance(act("replay", "QUEUE:messages").exception, InvalidMessage)
    assert isinstance(act("discard", "QUEUE:messages", "x").exception, InvalidMessage)
    monkeypatch.setenv("HUTCH_PUBSUB__BACKEND", "memory")
    error = act("list").exception
    assert isinstance(error, PubsubError)
    assert "set HUTCH_PUBSUB__BACKEND=redis" in str(error)
    monkeypatch.setenv("HUTCH_PUBSUB__BACKEND", "redis")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    assert isinstance(act("list").exception, InboxUnavailable)
