"""Subscriber: one stream's bounded queue. Filling it never waits, whoever reads it or not."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from pydantic import ValidationError

from hutch_pubsub.board import Tally
from hutch_pubsub.channel import Topic
from hutch_pubsub.errors import EventsUnavailable, SubscriberTooSlow
from hutch_pubsub.history import (
    History,
    Position,
    position_of,
    read_position,
    show_position,
)
from hutch_pubsub.names import Names
from hutch_pubsub.port import Gap, Message, Policy

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Heard:
    """A topic of a subscription.

    Attributes:
        position: The last entry of its history that was heard; None where it has none.
        recalled: Up to where the history has told of messages that may still come.
        scope: The topic's scope; None where it stands for several.
    """

    topic: Topic[Any]
    name: str
    position: Position | None = None
    recalled: Position | None = None
    scope: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """A message as it came."""

    index: int
    name: str
    text: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recall:
    """Read what a topic has had since its position."""

    index: int


class Subscriber:
    """A stream of messages and gaps; see ``Stream``.

    Attributes:
        names: What its topics are called on the server.
        dropped: How many events were lost to the full queue.
    """

    def __init__(
        self,
        heard: Sequence[Heard],
        names: Names,
        history: History,
        tally: Tally,
        policy: Policy,
        size: int,
    ) -> None:
        self.names = [one.name for one in heard]
        self.dropped = 0
        self._heard = heard
        self._scopes = names
        self._history = history
        self._tally = tally
        self._policy = policy
        self._size = size
        self._items: deque[Live | Recall | Gap] = deque()
        self._recalled: deque[Live] = deque()
        self._gap_first = False
        self._gap_last = False
        self._failure: SubscriberTooSlow | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._has_history = any(one.topic.channel.history for one in heard)

    def put(self, index: int, name: str, text: bytes) -> None:
        """Take a message in, or do what the policy says."""
        if self._failure or (len(self._items) >= self._size and not self._make_room()):
            return
        if self._gap_last:
            self._gap_last = False
            self._items.append(Gap("dropped"))
        self._items.append(Live(index, name, text))
        self._wake()

    def lost(self, index: int) -> None:
        """Note that a topic was not heard for a while: recall its history, or tell of a gap."""
        if self._heard[index].position is not None:
            self._items.append(Recall(index))
        elif not (self._items and isinstance(self._items[-1], Gap)):
            self._items.append(Gap("reconnected"))
        self._wake()

    def begin(self, *, broken: bool) -> None:
        """Start with what the histories have had since their positions; before it is seated."""
        if broken:
            self._items.appendleft(Gap("history"))
        for index, one in enumerate(self._heard):
            if one.position is not None:
                self._items.append(Recall(index))

    def __aiter__(self) -> Subscriber:
        return self

    async def __anext__(self) -> Message[Any] | Gap:
        """Wait for the next message or gap."""
        while True:
            if self._failure:
                raise self._failure
            if (found := await self._next()) is not None:
                return found

    async def _next(self) -> Message[Any] | Gap | None:
        if self._gap_first:
            self._gap_first = False
            return Gap("dropped")
        if self._recalled:
            return self._read(self._recalled.popleft(), recalled=True)
        if not self._items:
            return await self._wait()
        item = self._items.popleft()
        if isinstance(item, Recall):
            return await self._recall(item.index)
        return item if isinstance(item, Gap) else self._read(item)

    async def _wait(self) -> Gap | None:
        if self._gap_last:
            self._gap_last = False
            return Gap("dropped")
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None
        return None

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _make_room(self) -> bool:
        self.dropped += 1
        self._tally.dropped += 1
        if self._policy == "drop_oldest":
            self._gap_first = True
            self._drop_oldest()
            return True
        if self._policy == "drop_newest":
            self._gap_last = True
        else:
            self._end()
        return False

    def _end(self) -> None:
        channels = ", ".join(one.topic.channel.template for one in self._heard)
        self._items.clear()
        self._failure = SubscriberTooSlow(
            f"{channels}: the subscriber has {self._size} events to read and takes no more; read "
            'faster, give it a larger size, or the policy "drop_oldest".'
        )
        self._wake()

    def _drop_oldest(self) -> None:
        for place, item in enumerate(self._items):
            if isinstance(item, Live):
                del self._items[place]
                return

    async def _recall(self, index: int) -> Gap | None:
        one = self._heard[index]
        assert one.position is not None
        try:
            recalled = await self._history.since(one.topic, one.position)
        except EventsUnavailable:
            return Gap("reconnected")  # the connection was lost again; its return asks again
        one.recalled = recalled.position
        if not recalled.texts:
            one.position = recalled.position
        self._recalled.extend(Live(index, one.name, text) for text in recalled.texts)
        return None if recalled.complete else Gap("history")

    def _read(self, item: Live, *, recalled: bool = False) -> Message[Any] | None:
        one = self._heard[item.index]
        text = item.text
        if one.topic.channel.history:
            if one.position is not None and not self._moves(one, text, recalled=recalled):
                return None
            text = text.partition(b" ")[2]
        try:
            value = one.topic.channel.model.model_validate_json(text)
        except ValidationError as error:
            self._skip(one, error)
            return None
        scope = self._scopes.scope(one.topic, item.name) if one.scope is None else dict(one.scope)
        return Message(one.topic.channel, scope, value, self._cursor())

    def _moves(self, one: Heard, text: bytes, *, recalled: bool) -> bool:
        """Go to a message's position; False where the history told of it before."""
        position = position_of(text)
        if position is None:
            return True  # nobody of ours wrote it; reading it says so
        if not recalled and one.recalled is not None:
            if position <= one.recalled:
                return False
            one.recalled = None
        one.position = position
        return True

    def _skip(self, one: Heard, error: ValidationError) -> None:
        self._tally.unreadable += 1
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        _log.warning(
            "unreadable event is skipped",
            channel=one.topic.channel.template,
            field=".".join(map(str, first["loc"])),
            reason=first["type"],
        )

    def _cursor(self) -> str | None:
        if not self._has_history:
            return None
        return ",".join(show_position(one.position) for one in self._heard)


def read_cursor(text: str, heard: Sequence[Heard]) -> bool:
    """Set the positions that a cursor names; False where it is none of these topics'."""
    positions = [read_position(part) for part in text.split(",")]
    if [one.position is None for one in heard] != [found is None for found in positions]:
        return False
    for one, position in zip(heard, positions, strict=True):
        one.position = position
    return True
