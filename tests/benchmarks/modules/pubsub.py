"""Events beside redis-py and broadcaster; the inbox by the size of its trips."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import uvloop
from broadcaster import Broadcast
from broadcaster._backends.redis import RedisBackend
from pydantic import BaseModel, Field
from tests.benchmarks.measure import Bar, Row
from tests.benchmarks.rates import Work, Works, compare_works, redis_py

from hutch import App, Module, Role, bind
from hutch_pubsub import (
    Channel,
    Events,
    Inbox,
    InboxSpec,
    InboxStore,
    InboxStores,
    Message,
    PubsubSettings,
    consumer,
    pubsub_module,
)
from hutch_pubsub.storage import Done
from hutch_redis import Redis, RedisSettings, redis_module
from hutch_redis.testing import unique_prefix


class Published(BaseModel):
    """An event."""

    post_id: int = Field(alias="postId")
    platform: str = "x"
    url: str = "https://example.org/posts/1"


class Chat(BaseModel):
    """A message of an inbox."""

    message_id: str = Field(alias="messageId")
    contact_id: str = Field(alias="contactId")
    content: str = "hello, how are you?"
    from_me: bool = Field(default=False, alias="fromMe")


CHANNEL = Channel("bench:published:{brand}", Published)
TOPIC = CHANNEL.of(brand=1)
POST = Published(postId=1)
PLAIN = InboxSpec("bench:plain", Chat)
ORDERED = InboxSpec("bench:ordered", Chat, order_by="contact_id")
TRIPS, BURST = 300, 500
MESSAGES = 3_000


def rows(url: str) -> list[Row]:
    """Measure on the server at this address."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_rows(url))


async def _rows(url: str) -> list[Row]:
    found = await _events(url)
    return found + await _inboxes(url)


@asynccontextmanager
async def _opened(url: str, module: Module, *, services: bool = False) -> AsyncIterator[Any]:
    settings = RedisSettings.model_validate({"url": url, "prefix": unique_prefix(), "timeout": 10})
    pubsub = PubsubSettings.model_validate({"backend": "redis"})
    app = App(module, bind(RedisSettings).value(settings), bind(PubsubSettings).value(pubsub))
    async with app.started(Role.ALL, services=services) as running:
        yield running


async def _events(url: str) -> list[Row]:
    module = Module("bench", imports=[redis_module(), pubsub_module()], exports=[Events, Redis])
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(_opened(url, module))
        one = await stack.enter_async_context(_ours(app.get(Events)))
        raw = await stack.enter_async_context(_raw(app.get(Redis), url))
        peer = await stack.enter_async_context(_broadcaster(url))
        found: list[Row] = []
        for name, work in (("one at a time", _one_by_one), (f"in bursts of {BURST}", _in_bursts)):
            peers = {
                "broadcaster": (work(*peer), Bar("at least", 1)),
                "redis-py PUBLISH and get_message": (work(*raw), Bar("at least", 0.7)),
            }
            found += await _compare(f"events: publish and receive {name}", work(*one), peers)
        return found


Publish = Callable[[], Awaitable[object]]
Receive = Callable[[], Awaitable[Published]]


def _one_by_one(publish: Publish, receive: Receive) -> Work:
    async def work() -> float:
        begun = time.perf_counter()
        for _ in range(TRIPS):
            await publish()
            await receive()
        return TRIPS / (time.perf_counter() - begun)

    return work


def _in_bursts(publish: Publish, receive: Receive) -> Work:
    async def work() -> float:
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            group.create_task(_times(publish))
            group.create_task(_times(receive))
        return BURST / (time.perf_counter() - begun)

    return work


async def _times(act: Callable[[], Awaitable[object]]) -> None:
    for _ in range(BURST):
        await act()


@asynccontextmanager
async def _ours(events: Events) -> AsyncIterator[tuple[Publish, Receive]]:
    async with events.subscribe(TOPIC) as stream:

        async def receive() -> Published:
            item = await stream.__anext__()
            assert isinstance(item, Message)
            return item.value

        yield lambda: events.publish(TOPIC, POST), receive


@asynccontextmanager
async def _raw(redis: Redis, url: str) -> AsyncIterator[tuple[Publish, Receive]]:
    name = redis.key("bench", "raw")
    async with redis_py(url) as client, client.pubsub(ignore_subscribe_messages=True) as pubsub:
        await pubsub.subscribe(name)
        await pubsub.get_message(timeout=1)

        async def receive() -> Published:
            while (message := await pubsub.get_message(timeout=None)) is None:
                pass
            return Published.model_validate_json(message["data"])

        yield lambda: client.publish(name, POST.model_dump_json(by_alias=True)), receive


@asynccontextmanager
async def _broadcaster(url: str) -> AsyncIterator[tuple[Publish, Receive]]:
    async with (
        Broadcast(backend=RedisBackend(url)) as peer,
        peer.subscribe("bench-broadcaster") as subscriber,
    ):

        async def receive() -> Published:
            return Published.model_validate_json((await subscriber.get()).message)

        def publish() -> Awaitable[object]:
            return peer.publish("bench-broadcaster", POST.model_dump_json(by_alias=True))

        # Its listener may have looked before the subscription stood, and then sleeps for good.
        cast(Any, peer)._backend._ready.set()
        yield publish, receive


@dataclass
class Tally:
    """Counts what was handled."""

    left: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Large:
    """Handles a hundred at once."""

    tally: Tally

    @consumer(PLAIN, concurrency=100)
    async def handle(self, message: Chat) -> None:
        """Count it."""
        self.tally.left -= 1
        if not self.tally.left:
            self.tally.done.set()


async def _inboxes(url: str) -> list[Row]:
    module = Module(
        "bench",
        imports=[redis_module(), pubsub_module(PLAIN, ORDERED)],
        providers=[Tally, Large],
        exports=[Inbox, Redis, Tally],
    )
    async with _opened(url, module) as app, redis_py(url) as client:
        name, inbox = app.get(Redis).key("bench", "plain"), app.get(Inbox)
        store = app.get(InboxStores, pubsub_module()).patient
        found = await _compare(
            "inbox: take and settle, 100 a trip",
            _drain(store, inbox, PLAIN, 100),
            {
                "redis-py, one by one": (
                    _raw_drain(client, name, inbox, size=1, count=MESSAGES // 10),
                    Bar("at least", 15),
                ),
                "1 a trip": (_drain(store, inbox, PLAIN, 1, MESSAGES // 10), Bar("at least", 15)),
                "10 a trip": (_drain(store, inbox, PLAIN, 10), Bar("at least", 2)),
                "redis-py XREADGROUP, XACK, XDEL": (
                    _raw_drain(client, name, inbox),
                    Bar("at least", 0.5),
                ),
                "100 a trip, in an order each": (
                    _drain(store, inbox, ORDERED, 100),
                    Bar("at least", 1),
                ),
            },
        )
        handled = _handled(app, inbox)
        return found + await _compare(
            "inbox: no-op handlers, 100 at once",
            handled,
            {
                "redis-py and decoding": (
                    _raw_drain(client, name, inbox, decode=True),
                    Bar("at least", 0.25),
                )
            },
        )


async def _fill(inbox: Inbox, spec: InboxSpec[Chat], count: int) -> None:
    messages = [Chat(messageId=f"m{n}", contactId=f"c{n}") for n in range(count)]
    await inbox.add_all(spec, messages)


def _drain(
    store: InboxStore, inbox: Inbox, spec: InboxSpec[Chat], size: int, count: int = MESSAGES
) -> Work:
    field_ = spec.order_field

    async def work() -> float:
        await _fill(inbox, spec, count)
        done: list[Done] = []
        begun = time.perf_counter()
        left = count
        while left or done:
            turn = await store.turn(spec, "bench", done, size, 60_000)
            done = [Done(entry.id, "ack", entry.fields.get(field_, "")) for entry in turn.entries]
            left -= len(done)
        return count / (time.perf_counter() - begun)

    return work


def _raw_drain(
    client: Any,
    name: str,
    inbox: Inbox,
    *,
    decode: bool = False,
    size: int = 100,
    count: int = MESSAGES,
) -> Work:
    async def work() -> float:
        await _fill(inbox, PLAIN, count)
        left = count
        begun = time.perf_counter()
        while left:
            [[_, entries]] = await client.xreadgroup(PLAIN.group, "bench", {name: ">"}, count=size)
            ids = [id for id, _ in entries]
            for _, fields in entries if decode else ():
                PLAIN.codec.decode({k.decode(): v.decode() for k, v in fields.items()})
            async with client.pipeline(transaction=True) as pipe:
                pipe.xack(name, PLAIN.group, *ids).xdel(name, *ids)
                await pipe.execute()
            left -= len(ids)
        return count / (time.perf_counter() - begun)

    return work


def _handled(app: Any, inbox: Inbox) -> Work:
    tally: Tally = app.get(Tally)

    async def work() -> float:
        await _fill(inbox, PLAIN, MESSAGES)
        tally.left = MESSAGES
        tally.done.clear()
        begun = time.perf_counter()
        await app.start_services()
        await tally.done.wait()
        rate = MESSAGES / (time.perf_counter() - begun)
        await app.stop_services()
        return rate

    return work


async def _compare(name: str, ours: Work, peers: Works) -> list[Row]:
    return await compare_works(name, ours, peers, "messages/s", 15)
