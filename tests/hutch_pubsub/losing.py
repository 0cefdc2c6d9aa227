"""Losing: a store does what it is asked, and its reply is lost on the way."""

from collections.abc import Callable
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from hutch_pubsub.redis_inbox import RedisInbox

Wanted = Callable[[tuple[Any, ...], Any], bool]
"""Tells by a call's arguments and its reply whether that is lost."""


def gave(args: tuple[Any, ...], reply: Any) -> bool:
    """Tell whether a reply has entries."""
    return bool(reply.entries)


def settled(args: tuple[Any, ...], reply: Any) -> bool:
    """Tell whether a turn told of ends."""
    return bool(args[2])


def handed_back(args: tuple[Any, ...], reply: Any) -> bool:
    """Tell whether a turn handed something back."""
    return any(done.kind == "back" for done in args[2])


def lose_first(
    monkeypatch: pytest.MonkeyPatch, step: str, wanted: Wanted, store: type[Any] = RedisInbox
) -> list[tuple[Any, ...]]:
    """Lose the first wanted reply of a step; list the arguments whose reply was lost."""
    real = getattr(store, step)
    lost: list[tuple[Any, ...]] = []

    async def lose(self: Any, *args: Any) -> Any:
        reply = await real(self, *args)
        if not lost and wanted(args, reply):
            lost.append(args)
            raise RedisConnectionError("the reply was lost")
        return reply

    monkeypatch.setattr(store, step, lose)
    return lost
