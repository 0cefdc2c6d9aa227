"""Many commands in few round trips."""

from typing import Any

import pytest

from hutch_redis import BatchFailed, Redis, batch


@pytest.fixture
def writes(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often something was sent to the server."""
    seen: list[int] = []
    kind = redis.state.connection_pool.connection_class
    send = kind.send_packed_command

    async def counting(self: Any, command: Any, *args: Any, **more: Any) -> None:
        seen.append(len(command))
        await send(self, command, *args, **more)

    monkeypatch.setattr(kind, "send_packed_command", counting)
    return seen


@pytest.mark.req("FD-31")
async def test_a_thousand_sets_are_one_round_trip(redis: Redis, writes: list[int]) -> None:
    await redis.state.ping()
    writes.clear()
    keys = [redis.key("set", number) for number in range(1000)]
    replies = await batch(redis.state, [("SET", key, 1, "EX", 60) for key in keys])
    assert len(writes) == 1
    assert len(replies) == 1000
    assert all(replies)
    assert await redis.state.ttl(keys[-1]) > 50
    writes.clear()
    commands = (("INCR", key) for key in (*keys, keys[0]))
    assert (await batch(redis.state, commands))[-2:] == [2, 3]
    assert len(writes) == 2


async def test_none_is_no_round_trip(redis: Redis, writes: list[int]) -> None:
    assert await batch(redis.state, []) == []
    assert writes == []


async def test_an_error_is_told_and_the_others_ran(redis: Redis) -> None:
    text, number = redis.key("text"), redis.key("number")
    commands = [("SET", text, "x"), ("INCR", text), ("INCR", number), ("LPUSH", text, "x")]
    with pytest.raises(BatchFailed, match=r"^2 of 4 commands failed.* is number 1: ") as caught:
        await batch(redis.state, commands)
    assert list(caught.value.errors) == [1, 3]
    assert await redis.state.get(number) == b"1"
