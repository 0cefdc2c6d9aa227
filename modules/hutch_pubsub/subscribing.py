"""Subscribing and publishing: what both backends do alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError

from hutch_pubsub.channel import Topic
from hutch_pubsub.errors import InvalidChannel, InvalidMessage
from hutch_pubsub.history import History
from hutch_pubsub.names import Names
from hutch_pubsub.port import Policy
from hutch_pubsub.subscriber import Heard, read_cursor

POLICIES = ("drop_oldest", "drop_newest", "disconnect")


def encode(topic: Topic[Any], value: BaseModel) -> bytes:
    """Write what is published.

    Raises:
        InvalidMessage: The value does not fit the channel's model.
        InvalidChannel: The topic leaves a part open.
    """
    channel = topic.channel
    if topic.is_open:
        raise InvalidChannel(
            f"{channel.template}: publish to one topic, of(...); all() is for subscribers."
        )
    if not isinstance(value, channel.model):
        raise InvalidMessage(
            f"{channel.template} takes {channel.model.__name__}, not {type(value).__name__}; "
            "nothing is published."
        )
    try:
        text: str = value.model_dump_json(by_alias=True, warnings="error")
    except PydanticSerializationError as error:
        raise InvalidMessage(
            f"{channel.template}: this {channel.model.__name__} cannot be written as JSON "
            f"({type(error).__name__}); nothing is published."
        ) from None
    return text.encode()


async def prepare(
    topics: Sequence[Topic[Any]],
    names: Names,
    history: History,
    after: str | None,
    policy: Policy,
    size: int,
) -> tuple[list[Heard], bool]:
    """Find out where a subscription begins.

    Positions are read before the subscription stands: what comes in between is recalled.

    Returns:
        Its topics, and whether ``after`` makes no sense for them.

    Raises:
        InvalidChannel: No topic is given, one cannot be heard, or an option makes no sense.
        EventsUnavailable: The server did not answer.
    """
    check(topics, policy, size)
    by_name = {names.name(topic): topic for topic in topics}
    heard = [Heard(topic, name) for name, topic in by_name.items()]
    for one in heard:
        if one.topic.is_open:
            continue
        one.scope = names.scope(one.topic, one.name)
        if one.topic.channel.history:
            one.position = await history.end(one.topic)
    broken = after is not None and not read_cursor(after, heard)
    return heard, broken


def check(topics: Sequence[Topic[Any]], policy: Policy, size: int) -> None:
    """Refuse a subscription that cannot work.

    Raises:
        InvalidChannel: Says what to give.
    """
    if not topics:
        raise InvalidChannel("subscribe(): name at least one topic, e.g. PUBLISHED.of(brand=7).")
    if size < 1:
        raise InvalidChannel(f"subscribe(size={size}): a subscriber needs room for 1 event.")
    if policy not in POLICIES:
        raise InvalidChannel(f"subscribe(policy={policy!r}): choose one of {', '.join(POLICIES)}.")
