"""Events within one process."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from hutch_pubsub.board import Board
from hutch_pubsub.channel import Channel, Topic
from hutch_pubsub.history import START, Position, Recalled, show_position
from hutch_pubsub.names import Names
from hutch_pubsub.port import EventsStats, Policy
from hutch_pubsub.subscriber import Subscriber
from hutch_pubsub.subscribing import encode, prepare
from hutch_pubsub.sweeper import Sweeper
from hutch_redis import Keys

M = TypeVar("M", bound=BaseModel)


def _now() -> int:
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Kept:
    """The history of one topic; see ``Channel``.

    Attributes:
        gone: The last entry that was let go.
        until: When all of it is let go, in epoch ms.
    """

    entries: deque[tuple[Position, bytes]] = field(
        default_factory=deque[tuple[Position, bytes]], repr=False
    )
    last: Position = START
    gone: Position = START
    until: int = 0

    def add(self, channel: Channel[Any], text: bytes, now: int) -> bytes:
        """Keep an event; return it with its number before it."""
        ms, number = self.last
        self.last = (now, 0) if now > ms else (ms, number + 1)
        entry = f"{show_position(self.last)} ".encode() + text
        self.entries.append((self.last, entry))
        if len(self.entries) > channel.history:
            self.gone = self.entries.popleft()[0]
        self.until = now + int(channel.history_for.total_seconds() * 1000)
        return entry

    def covers(self, position: Position) -> bool:
        """Tell whether all since a position is here; an earlier history may have ended."""
        if self.gone > START or not self.entries:
            return position >= self.gone
        return position == START or position >= self.entries[0][0]


class MemoryHistory:
    """Keeps histories in this process; see ``History``.

    Args:
        clock: The time in epoch ms.
    """

    def __init__(self, names: Names, clock: Callable[[], int]) -> None:
        self._names = names
        self._clock = clock
        self._kept: dict[str, Kept] = {}
        self._sweeper = Sweeper()

    def add(self, topic: Topic[Any], text: bytes) -> bytes:
        """Keep an event; return it with its number before it."""
        return self._of(topic).add(topic.channel, text, self._clock())

    async def end(self, topic: Topic[Any]) -> Position:
        """Return the position of the last event."""
        return self._of(topic).last

    async def since(self, topic: Topic[Any], position: Position) -> Recalled:
        """Read what came after a position."""
        kept = self._of(topic)
        if position > kept.last:
            return Recalled([], kept.last, complete=False)
        texts = [text for number, text in kept.entries if number > position]
        return Recalled(texts, kept.last, complete=kept.covers(position))

    def _of(self, topic: Topic[Any]) -> Kept:
        now, name = self._clock(), self._names.history(topic)
        self._sweeper.sweep(self._kept, lambda kept: kept.until <= now)
        kept = self._kept.setdefault(name, Kept())
        if kept.until <= now:
            kept = self._kept[name] = Kept()
        return kept


class MemoryEvents:
    """Tells the subscribers of this process; see ``Events``.

    Args:
        clock: The time in epoch ms; by it histories are numbered and let go.
    """

    def __init__(self, clock: Callable[[], int] = _now) -> None:
        self._names = Names(Keys("memory"))
        self._board = Board()
        self._history = MemoryHistory(self._names, clock)

    async def publish(self, topic: Topic[M], value: M, /) -> None:
        """Tell everybody who listens to the topic; see ``Events.publish``."""
        text = encode(topic, value)
        name = self._names.name(topic)
        if topic.channel.history:
            text = self._history.add(topic, text)
        self._board.tell(name, text)
        for pattern in self._board.patterns_for(name):
            self._board.tell_by_pattern(pattern, name, text)

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
            yield subscriber
        finally:
            self._board.leave(subscriber)

    def stats(self) -> EventsStats:
        """Count the subscribers; see ``Events.stats``."""
        board = self._board
        tally = board.tally
        return EventsStats(True, board.subscribers, len(board), tally.dropped, tally.unreadable)
