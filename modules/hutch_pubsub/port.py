"""The port of the events: what users inject to publish and to subscribe."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeVar, overload

from pydantic import BaseModel

from hutch_pubsub.channel import Channel, Topic

M = TypeVar("M", bound=BaseModel)
A = TypeVar("A", bound=BaseModel)
B = TypeVar("B", bound=BaseModel)
C = TypeVar("C", bound=BaseModel)
M_co = TypeVar("M_co", bound=BaseModel, covariant=True)

Policy = Literal["drop_oldest", "drop_newest", "disconnect"]
"""What becomes of a subscriber whose queue is full: it loses its oldest or the newest event and
gets a ``Gap``, or its stream ends with ``SubscriberTooSlow``."""


@dataclass(frozen=True, slots=True)
class Message(Generic[M_co]):
    """An event that was heard.

    Attributes:
        channel: The kind of event.
        scope: The parts of its topic's scope.
        value: What was published.
        id: Where the subscriber stands: give it as ``after`` to go on from here. None where
            no topic of the subscription has a history.
    """

    channel: Channel[Any]
    scope: Mapping[str, str]
    value: M_co = field(repr=False)
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Events may have been missed here: read the state again.

    Attributes:
        reason: ``reconnected``: the connection was lost for a while; ``dropped``: the
            subscriber's queue was full; ``history``: what was asked for is no longer kept.
    """

    reason: Literal["reconnected", "dropped", "history"]


@dataclass(frozen=True, slots=True)
class EventsStats:
    """The subscribers of this process.

    Attributes:
        connected: Whether the connection stands; true where none is needed.
        subscribers: How many streams are open.
        topics: How many topics and patterns they hear.
        dropped: How many events they lost to full queues, ever since.
        unreadable: How many messages did not fit their channel's model, ever since.
    """

    connected: bool
    subscribers: int
    topics: int
    dropped: int
    unreadable: int


class Stream(Protocol[M_co]):
    """An open subscription: ``async for item in stream``, each a ``Message`` or a ``Gap``."""

    @property
    def dropped(self) -> int:
        """How many events were lost to the full queue so far."""
        ...

    def __aiter__(self) -> AsyncIterator[Message[M_co] | Gap]:
        """Iterate over what is heard, for as long as the subscription is open."""
        ...

    async def __anext__(self) -> Message[M_co] | Gap:
        """Wait for the next one.

        Raises:
            SubscriberTooSlow: The queue was full, and the policy is ``disconnect``.
        """
        ...


class Events(Protocol):
    """Events that vanish: told to those who listen now. The truth is elsewhere."""

    async def publish(self, topic: Topic[M], value: M, /) -> None:
        """Tell everybody who listens to the topic.

        Raises:
            InvalidMessage: The value does not fit the channel's model; nothing is sent.
            InvalidChannel: The topic leaves a part open, or a part cannot stand in a key.
            EventsUnavailable: The server did not answer; it may have been heard or not.
        """
        ...

    @overload
    def subscribe(
        self,
        first: Topic[A],
        /,
        *,
        after: str | None = None,
        policy: Policy = "drop_oldest",
        size: int = 1000,
    ) -> AbstractAsyncContextManager[Stream[A]]: ...
    @overload
    def subscribe(
        self,
        first: Topic[A],
        second: Topic[B],
        /,
        *,
        after: str | None = None,
        policy: Policy = "drop_oldest",
        size: int = 1000,
    ) -> AbstractAsyncContextManager[Stream[A | B]]: ...
    @overload
    def subscribe(
        self,
        first: Topic[A],
        second: Topic[B],
        third: Topic[C],
        /,
        *,
        after: str | None = None,
        policy: Policy = "drop_oldest",
        size: int = 1000,
    ) -> AbstractAsyncContextManager[Stream[A | B | C]]: ...
    @overload
    def subscribe(
        self,
        /,
        *topics: Topic[Any],
        after: str | None = None,
        policy: Policy = "drop_oldest",
        size: int = 1000,
    ) -> AbstractAsyncContextManager[Stream[Any]]: ...
    def subscribe(
        self,
        /,
        *topics: Topic[Any],
        after: str | None = None,
        policy: Policy = "drop_oldest",
        size: int = 1000,
    ) -> AbstractAsyncContextManager[Stream[Any]]:
        """Hear topics for the block; what is published once it is entered is heard.

        Args:
            topics: One or more; several of one channel with ``channel.all()``.
            after: The ``id`` of the last message heard: what topics with a history have had
                since comes first. One that makes no sense begins with a ``Gap``.
            policy: What to do when the subscriber does not keep up.
            size: How many events wait for it at most, 1 or more.

        Raises:
            InvalidChannel: No topic is given, or one cannot stand in a key.
            EventsUnavailable: The server did not confirm the subscription in time.
        """
        ...

    def stats(self) -> EventsStats:
        """Count the subscribers of this process."""
        ...
