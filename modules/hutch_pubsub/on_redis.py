"""Events between processes, over Redis channels."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from pydantic import BaseModel
from redis.exceptions import ResponseError

from hutch_pubsub.board import Board
from hutch_pubsub.channel import Topic
from hutch_pubsub.errors import EventsUnavailable
from hutch_pubsub.history import START, Position, Recalled, read_position, show_position
from hutch_pubsub.hub import Hub
from hutch_pubsub.names import Names
from hutch_pubsub.port import EventsStats, Policy
from hutch_pubsub.publisher import Publisher
from hutch_pubsub.settings import PubsubSettings
from hutch_pubsub.subscriber import Subscriber
from hutch_pubsub.subscribing import encode, prepare
from hutch_redis import AWAY, Redis, load_script

M = TypeVar("M", bound=BaseModel)

_keep = load_script("hutch_pubsub", "publish")
_recall = load_script("hutch_pubsub", "recall")


class RedisHistory:
    """Keeps histories in Redis streams; see ``History``."""

    def __init__(self, redis: Redis, names: Names) -> None:
        self._client: Any = redis.pubsub  # its types do not know what is awaited
        self._names = names

    async def add(self, topic: Topic[Any], name: str, text: bytes) -> None:
        """Keep an event and tell those who listen."""
        channel = topic.channel
        keep_ms = int(channel.history_for.total_seconds() * 1000)
        keys = [self._names.history(topic), name]
        await _keep(self._client, keys, [text, channel.history, keep_ms])

    async def end(self, topic: Topic[Any]) -> Position:
        """Return the position of the last event."""
        try:
            found = await self._client.xrevrange(self._names.history(topic), count=1)
        except AWAY:
            raise _unavailable(topic) from None
        return (read_position(found[0][0].decode()) or START) if found else START

    async def since(self, topic: Topic[Any], position: Position) -> Recalled:
        """Read what came after a position."""
        keys = [self._names.history(topic)]
        try:
            reply = await _recall(self._client, keys, [show_position(position)])
        except AWAY:
            raise _unavailable(topic) from None
        whole, last, entries = reply
        texts = [id + b" " + fields[1] for id, fields in entries]
        return Recalled(texts, read_position(last.decode()) or START, complete=bool(whole))


class RedisEvents:
    """Tells all processes of the app; see ``Events``."""

    def __init__(self, redis: Redis, settings: PubsubSettings) -> None:
        self._publish = Publisher(redis)
        self._names = Names(redis.keys)
        self._board = Board()
        self._history = RedisHistory(redis, self._names)
        self._hub = Hub(redis, self._board, settings.silence)

    async def publish(self, topic: Topic[M], value: M, /) -> None:
        """Tell everybody who listens to the topic; see ``Events.publish``."""
        text = encode(topic, value)
        name = self._names.name(topic)
        try:
            if topic.channel.history:
                await self._history.add(topic, name, text)
            else:
                await self._publish(name, text)
        except AWAY:
            raise _unavailable(topic) from None
        except ResponseError as error:
            raise EventsUnavailable(
                f"{topic.channel.template}: Redis refuses to publish: {error}"
            ) from None

    @asynccontextmanager
    async def subscribe(
        self,
        /,
        *topics: Topic[Any],
        after: str | None = None,
        policy: Policy = "drop_oldest",
        size: int = 1000,
    ) -> AsyncIterator[Subscriber]:
        """Hear topics for the block; see ``Events.subscribe``."""
        heard, broken = await prepare(topics, self._names, self._history, after, policy, size)
        subscriber = Subscriber(heard, self._names, self._history, self._board.tally, policy, size)
        subscriber.begin(broken=broken)
        self._board.seat(subscriber)
        try:
            await self._hub.hold(subscriber.names)
            yield subscriber
        finally:
            await self._hub.let_go(self._board.leave(subscriber))

    def stats(self) -> EventsStats:
        """Count the subscribers; see ``Events.stats``."""
        board = self._board
        return EventsStats(
            self._hub.connected,
            board.subscribers,
            len(board),
            board.tally.dropped,
            board.tally.unreadable,
        )

    async def close(self) -> None:
        """Hear nothing more."""
        await self._hub.close()
        await self._publish.close()


def _unavailable(topic: Topic[Any]) -> EventsUnavailable:
    return EventsUnavailable(
        f"{topic.channel.template}: Redis did not answer in time. What was published may have "
        "been heard or not; publish it again only if hearing it twice is harmless."
    )


async def open_events(redis: Redis, settings: PubsubSettings) -> AsyncIterator[RedisEvents]:
    """Open the events of an app."""
    events = RedisEvents(redis, settings)
    yield events
    await events.close()
