"""Consumers: from an added message to what becomes of it, on both backends."""

import asyncio
from typing import Any, cast

import pytest
from structlog.testing import capture_logs
from tests.hutch_pubsub.bot import MESSAGES, Bot, Chat, Journal, bot, chat, until_empty
from tests.hutch_pubsub.conftest import Start

from hutch import Module
from hutch_pubsub import (
    Inbox,
    InboxAdmin,
    InboxSpec,
    InvalidInbox,
    InvalidMessage,
    UnknownInbox,
    consumer,
    pubsub_module,
)
from hutch_redis import Redis, redis_module


@pytest.mark.req("SM-08", "SM-11", "SM-21")
async def test_a_message_is_handled_and_gone(start: Start) -> None:
    async with start(bot) as app:
        await app.get(Inbox).add(MESSAGES, chat(1))
        await app.get(Journal).until(1)
        stats = await until_empty(app)
    assert app.get(Journal).entries == [("1", 1)]
    assert (stats.dead, stats.review) == (0, 0)


async def test_many_messages_are_added_at_once(start: Start) -> None:
    async with start(bot) as app:
        ids = await app.get(Inbox).add_all(MESSAGES, (chat(n) for n in range(700)))
        assert len(set(ids)) == 700
        await app.get(Journal).until(700)
        await until_empty(app)
    assert {id for id, _ in app.get(Journal).entries} == {str(n) for n in range(700)}


async def test_what_waited_before_the_consumer_is_handled(start: Start) -> None:
    async with start(bot, services=False) as app:
        await app.get(Inbox).add(MESSAGES, chat(1))
        await app.app.start_services()
        await app.get(Journal).until(1)


async def test_concurrency_is_reached_and_kept(start: Start) -> None:
    async with start(bot) as app:
        journal = app.get(Journal)
        await app.get(Inbox).add_all(MESSAGES, [chat(n, content="wait") for n in range(9)])
        await journal.until(4)
        assert journal.running == 4
        journal.gate.set()
        await journal.until(9)
        await until_empty(app)
    assert journal.peak == 4


@pytest.mark.req("SM-25")
async def test_messages_of_a_contact_are_handled_one_after_the_other(start: Start) -> None:
    async with start(bot) as app:
        journal = app.get(Journal)
        await app.get(Inbox).add_all(
            MESSAGES, [chat(n, contact=n % 2 or "even", content="") for n in range(40)]
        )
        await journal.until(40)
        await until_empty(app)
    order = [int(id) for id, _ in journal.entries]
    assert [n for n in order if n % 2] == sorted(n for n in order if n % 2)
    assert [n for n in order if not n % 2] == sorted(n for n in order if not n % 2)


async def test_a_failed_message_is_delivered_again(start: Start) -> None:
    async with start(bot, lease=1) as app:
        await app.get(Inbox).add(MESSAGES, chat(1, content="fail once"))
        await app.get(Journal).until(2)
        stats = await until_empty(app)
    assert app.get(Journal).entries == [("1", 1), ("1", 2)]
    assert stats.dead == 0


@pytest.mark.req("SM-26")
async def test_a_poison_message_goes_aside(start: Start) -> None:
    with capture_logs() as logs:
        async with start(bot, lease=1) as app:
            await app.get(Inbox).add(MESSAGES, chat(1, "x", content="fail"))
            await app.get(Inbox).add(MESSAGES, chat(2, "x"))
            await app.get(Journal).until(3)
            stats = await until_empty(app)
            [dead] = await app.get(InboxAdmin).entries(MESSAGES.name, "dead")
    assert app.get(Journal).entries == [("1", 1), ("1", 2), ("2", 1)]
    assert stats.dead == 1
    assert dead.fields["hutch:reason"] == "ValueError: cannot answer fail"
    assert dead.fields["contactId"] == "x"
    assert "cannot answer" not in str(logs)


async def test_a_message_that_takes_too_long_is_delivered_again(start: Start) -> None:
    async with start(bot, lease=1) as app:
        await app.get(Inbox).add(MESSAGES, chat(1, content="hang"))
        await app.get(Journal).until(2)
        await until_empty(app)
        [dead] = await app.get(InboxAdmin).entries(MESSAGES.name, "dead")
    assert dead.fields["hutch:reason"].startswith("TimeoutError")


@pytest.mark.req("SM-24")
async def test_a_message_id_that_came_before_is_left_out(start: Start) -> None:
    async with start(bot) as app:
        inbox, journal = app.get(Inbox), app.get(Journal)
        await inbox.add_all(MESSAGES, [chat(1), chat(1), chat(2)])
        await journal.until(2)
        await until_empty(app)
        await inbox.add_all(MESSAGES, [chat(1), chat(3)])
        await journal.until(3)
        await until_empty(app)
    assert sorted(journal.entries) == [("1", 1), ("2", 1), ("3", 1)]


async def test_messages_in_work_finish_before_the_app_stops(start: Start) -> None:
    async with start(bot) as app:
        journal = app.get(Journal)
        await app.get(Inbox).add_all(MESSAGES, [chat(n, content="wait") for n in range(3)])
        await journal.until(3)
        asyncio.get_running_loop().call_later(0.05, journal.gate.set)
    assert journal.running == 0


async def test_what_does_not_end_in_time_is_handed_back_and_named(start: Start) -> None:
    with capture_logs() as logs:
        async with start(bot, shutdown_grace=0.05) as app:
            journal = app.get(Journal)
            ids = await app.get(Inbox).add_all(
                MESSAGES, [chat(n, content="wait") for n in range(6)]
            )
            await journal.until(4)
            await app.app.stop_services()
            stats = await app.get(InboxAdmin).stats(MESSAGES.name)
            assert (stats.length, stats.dead) == (6, 0)
            assert journal.running == 0
    [line] = [log for log in logs if log["event"] == "messages are handed back"]
    assert line["entries"] == ids[:4]


@pytest.mark.req("SM-23")
async def test_what_was_handed_back_is_handled_by_the_next_at_once(on_redis: Start) -> None:
    async with on_redis(bot, shutdown_grace=0.05) as first:
        await first.get(Inbox).add(MESSAGES, chat(1, content="wait"))
        await first.get(Journal).until(1)
    async with on_redis(bot) as second:
        second.get(Journal).gate.set()
        await second.get(Journal).until(1, seconds=4)
        await until_empty(second)
    assert second.get(Journal).entries == [("1", 1)]


async def test_an_entry_of_another_program_goes_aside(
    on_redis: Start, redis: Redis, redis_prefix: str
) -> None:
    client = cast(Any, redis.state)
    key = redis.key("QUEUE", "messages")
    with capture_logs() as logs:
        async with on_redis(bot) as app:
            await client.xadd(key, {"secret": "hidden text"})
            await client.xadd(key, {"messageId": b"\xff", "contactId": "x", "fromMe": "perhaps"})
            await client.xadd(key, {"messageId": "3", "contactId": "x", "fromMe": "true", "n": "1"})
            await app.get(Journal).until(1)
            await until_empty(app)
            dead = await app.get(InboxAdmin).entries(MESSAGES.name, "dead")
    reasons = [entry.fields["hutch:reason"] for entry in dead]
    assert reasons == ["unreadable: messageId: missing", "unreadable: fromMe: bool_parsing"]
    assert app.get(Journal).entries == [("3", 1)]
    assert "hidden" not in str(logs)
    assert "perhaps" not in str(logs)


async def test_a_stream_that_is_deleted_meanwhile_is_made_again(
    on_redis: Start, redis: Redis
) -> None:
    async with on_redis(bot) as app:
        await app.get(Inbox).add(MESSAGES, chat(1))
        await app.get(Journal).until(1)
        await cast(Any, redis.state).delete(redis.key("QUEUE", "messages"))
        await app.get(Inbox).add(MESSAGES, chat(2))
        await app.get(Journal).until(2)


async def test_what_does_not_fit_is_not_added(start: Start) -> None:
    other = InboxSpec("other", Chat)
    twin = InboxSpec("QUEUE:messages", Chat)
    async with start(bot, services=False) as app:
        inbox = app.get(Inbox)
        wrong: Any = Bot(Journal())
        with pytest.raises(InvalidMessage, match="takes Chat, not Bot; nothing is added"):
            await inbox.add(MESSAGES, wrong)
        with pytest.raises(UnknownInbox, match="'other'; declared: QUEUE:messages"):
            await inbox.add(other, chat(1))
        with pytest.raises(InvalidInbox, match="another spec"):
            await inbox.add(twin, chat(1))
        assert (await app.get(InboxAdmin).stats(MESSAGES.name)).length == 0


async def test_two_consumers_of_one_inbox_are_refused(on_memory: Start) -> None:
    class Second:
        @consumer(MESSAGES)
        async def also(self, message: Chat) -> None: ...

    twice = Module("twice", imports=[bot, pubsub_module(MESSAGES)], providers=[Second])
    with pytest.raises(InvalidInbox, match=r"two consumers.*Bot\.answer and Second\.also"):
        async with on_memory(twice):
            pass


async def test_a_consumer_of_an_undeclared_inbox_is_refused(on_memory: Start) -> None:
    class Alone:
        @consumer(MESSAGES)
        async def handle(self, message: Chat) -> None: ...

    with pytest.raises(UnknownInbox, match="declared: none"):
        async with on_memory(Module("alone", imports=[pubsub_module()], providers=[Alone])):
            pass


@pytest.mark.parametrize(
    ("options", "message"),
    [({"concurrency": 0}, "concurrency=0"), ({"timeout": float("inf")}, "timeout=inf")],
)
def test_options_that_cannot_work_are_refused(options: Any, message: str) -> None:
    with pytest.raises(InvalidInbox, match=message):
        consumer(MESSAGES, **options)


def test_methods_that_cannot_consume_are_refused() -> None:
    decorate: Any = consumer(MESSAGES)

    def plain(self: Any, message: Chat) -> None: ...
    async def nothing(self: Any) -> None: ...

    with pytest.raises(InvalidInbox, match="async def"):
        decorate(plain)
    with pytest.raises(InvalidInbox, match="takes no message"):
        decorate(nothing)


async def test_a_consumer_is_a_plain_method() -> None:
    journal = Journal()
    delivery: Any = type("Delivery", (), {"attempt": 1})()
    tray: Any = type("Tray", (), {"delivery": delivery})()
    await Bot(journal).answer(chat(1), delivery=delivery, tray=tray)
    assert journal.entries == [("1", 1)]


def test_modules_share_one_core() -> None:
    assert pubsub_module() is pubsub_module()
    assert pubsub_module(MESSAGES).imports == (pubsub_module(),)
    assert pubsub_module().imports == (redis_module(),)
