"""Batches: many commands in few round trips."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from redis.asyncio import Redis as Client
from redis.typing import EncodableT

from hutch_redis.errors import BatchFailed

Command = tuple[EncodableT, ...]
"""E.g. ``("SET", redis.key("a"), "1", "EX", 60)``."""

SIZE = 1000
"""Commands per round trip; more would make other callers wait."""


async def batch(client: Client, commands: Iterable[Command]) -> list[Any]:
    """Run commands in round trips of a thousand; return their replies in order.

    It is no transaction: other clients' commands may run in between.

    Raises:
        BatchFailed: The server answered some with an error; all were run.
        redis.exceptions.RedisError: It is away; nobody knows which commands ran.
    """
    replies: list[Any] = []
    for chunk in _chunks(commands):
        async with client.pipeline(transaction=False) as pipe:
            typed: Any = pipe  # its own types do not know what a command takes
            for command in chunk:
                typed.execute_command(*command)
            replies += await typed.execute(raise_on_error=False)
    errors = {place: one for place, one in enumerate(replies) if isinstance(one, Exception)}
    if errors:
        place, error = next(iter(errors.items()))
        raise BatchFailed(
            f"{len(errors)} of {len(replies)} commands failed, the others ran; the first that "
            f"failed is number {place}: {error}",
            errors,
        )
    return replies


def _chunks(commands: Iterable[Command]) -> Iterator[list[Command]]:
    rest = iter(commands)
    while chunk := list(islice(rest, SIZE)):
        yield chunk
