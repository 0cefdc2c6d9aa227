"""Access: who may hear which topic over a bridge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from inspect import isawaitable
from typing import Any

from hutch.http import Forbidden
from hutch_pubsub.channel import Topic, refuse_other_types
from hutch_pubsub.errors import InvalidChannel

Authorise = Callable[[Topic[Any]], bool | Awaitable[bool]]
"""Says whether the client may hear a topic."""


def only(**scope: str | int) -> Authorise:
    """Let a client hear topics of its own scope: ``only(user=user.id)``.

    A topic passes when each part that is named here has exactly this value. One that has
    other parts does not, nor one where the part is left open. A channel without any scope
    is for everybody.

    Raises:
        InvalidChannel: No part is named, or one is no text or number.
    """
    if not scope:
        raise InvalidChannel("only(): name a part of the scope, e.g. only(user=user.id).")
    refuse_other_types("only()", scope)
    own = {name: str(value) for name, value in scope.items()}

    def allows(topic: Topic[Any]) -> bool:
        return not topic.values or all(topic.scope.get(name) == own[name] for name in own)

    return allows


def everybody(topic: Topic[Any]) -> bool:
    """Let every client hear the topic: what it tells is public, or a guard has decided."""
    return True


async def authorise_all(topics: Sequence[Topic[Any]], authorise: Authorise) -> None:
    """Ask for each topic.

    Raises:
        Forbidden: One is refused.
    """
    for topic in topics:
        answer = authorise(topic)
        if not (await answer if isawaitable(answer) else answer):
            raise Forbidden(f"This client may not hear {topic.channel.kind} of that scope.")
