"""What stands in Redis, and what happens when it is away."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from tests.hutch_session.conftest import opened

from hutch_redis import Redis, RedisSettings
from hutch_session import (
    SessionProfile,
    Sessions,
)
from hutch_session.lab import Start

RABBIT = SessionProfile("default", encrypted=False, plain=("email",))
XBOT = SessionProfile("temp", lifetime=timedelta(hours=24), key="temp:session:{id}:24h")
DRAFT = SessionProfile("draft", lifetime=timedelta(hours=1), key="temp:draft:{id}:1h")


def digest(id: str) -> str:
    return hashlib.sha256(id.encode()).hexdigest()


async def keys_of(redis: Redis) -> dict[str, str]:
    """List the keys under the test's prefix, without it, with their types."""
    prefix = redis.key("x")[:-1]
    names = [name.decode() async for name in redis.state.scan_iter(prefix + "*")]  # type: ignore[union-attr]
    return {n.removeprefix(prefix): (await redis.state.type(n)).decode() for n in sorted(names)}  # type: ignore[union-attr]


@pytest.mark.req("R24-54", "R24-55", "C-55", "FD-06")
async def test_a_session_stands_where_the_document_says(on_redis: Start, redis: Redis) -> None:
    async with on_redis(RABBIT) as lab:
        data: Any = {"email": "zoe@example.com", "theme": "dark"}
        made = await lab.sessions.create(data, user="u1")
        assert (await lab.find(made)).data == data
    key = redis.key("session", digest(made.id))
    fields: Any = await redis.state.hgetall(key)  # type: ignore[misc]
    assert fields[b"userId"] == b"u1"
    assert fields[b"email"] == b"zoe@example.com"
    assert fields[b"data"] == b'{"email":"zoe@example.com","theme":"dark"}'
    assert int(fields[b"createdAt"]) == made.created.timestamp()
    assert int(fields[b"expiresAt"]) == int(fields[b"createdAt"]) + 604_800
    assert 604_790 < await redis.state.ttl(key) <= 604_800


@pytest.mark.req("R24-56")
async def test_a_remembered_session_has_its_time_to_live(on_redis: Start, redis: Redis) -> None:
    async with on_redis() as lab:
        made = await lab.sessions.create(user="u1", remember=True)
    assert 2_591_990 < await redis.state.ttl(redis.key("session", digest(made.id))) <= 2_592_000


@pytest.mark.req("XB-20", "XB-21", "C-39", "C-55")
async def test_templates_come_out_to_the_letter(on_redis: Start, redis: Redis) -> None:
    async with on_redis(XBOT, DRAFT) as lab:
        temp = await lab.sessions.create({"a": 1}, profile="temp")
        draft = await lab.sessions.create({"text": "hello"}, profile="draft")
        assert (await lab.find(draft)).data == {"text": "hello"}
    names = {
        f"temp:session:{digest(temp.id)}:24h": 86_400,
        f"temp:draft:{digest(draft.id)}:1h": 3600,
    }
    assert await keys_of(redis) == dict.fromkeys(sorted(names), "hash")
    for name, seconds in names.items():
        key = redis.key("x")[:-1] + name
        assert seconds - 10 < await redis.state.ttl(key) <= seconds


async def test_no_id_user_or_data_can_be_read_from_the_server(
    on_redis: Start, redis: Redis
) -> None:
    async with on_redis() as lab:
        made = await lab.sessions.create({"note": "swordfish"}, user="zoe@example.com")
        moved = await lab.sessions.rotate(made)
        await lab.sessions.end_all("zoe@example.com")
    names = await keys_of(redis)
    assert set(names.values()) <= {"hash", "string", "zset"}
    stored = " ".join(names)
    for name, kind in names.items():
        if kind == "hash":
            key = redis.key("x")[:-1] + name
            stored += str(await redis.state.hvals(key))  # type: ignore[misc]
    for secret in (made.id, moved.id, "swordfish"):
        assert secret not in stored
    assert "zoe" not in " ".join(names)


async def test_every_key_ends(on_redis: Start, redis: Redis) -> None:
    async with on_redis(XBOT) as lab:
        made = await lab.sessions.create(user="u1")
        moved = await lab.sessions.rotate(made, user="u1", remember=True)
        moved.data["a"] = 1
        await lab.sessions.save(moved)
        await lab.sessions.create(user="u2", profile="temp")
        await lab.sessions.end_all("u2")
    names = await keys_of(redis)
    assert len(names) == 5
    for name in names:
        assert 0 < await redis.state.ttl(redis.key("x")[:-1] + name) <= 2_592_000


@pytest.mark.req("R24-58")
async def test_an_expired_session_is_refused_though_its_key_exists(
    on_redis: Start, redis: Redis
) -> None:
    async with on_redis() as lab:
        made = await lab.begin()
        key = redis.key("session", digest(made.id))
        await redis.state.persist(key)
        lab.forward(604_800)
        assert await lab.is_gone(made)
        assert not await redis.state.exists(key)


async def test_the_time_is_the_servers(redis: Redis, redis_settings: RedisSettings) -> None:
    async with opened(redis_settings) as t:
        seconds, _ = await redis.state.time()
        made = await t.get(Sessions).create(user="u1")
        assert seconds <= made.created.timestamp() <= seconds + 1
        assert await t.get(Sessions).load(made.id)


async def test_five_reads_are_no_write(on_redis: Start, redis: Redis) -> None:
    async with on_redis() as lab:
        made = await lab.sessions.create(user="u1")
        lab.forward(61)
        await lab.find(made)
        before = await redis.state.info("stats")
        key = redis.key("session", digest(made.id))
        record = await redis.state.dump(key)
        for _ in range(5):
            await lab.find(made)
        assert await redis.state.dump(key) == record
        after = await redis.state.info("stats")
        assert after["expired_keys"] == before["expired_keys"]


async def test_a_made_up_id_leaves_nothing(on_redis: Start, redis: Redis) -> None:
    async with on_redis(XBOT) as lab:
        for id in ("A" * 43, "temp." + "A" * 43, "x", ""):
            assert await lab.sessions.load(id) is None
    assert await keys_of(redis) == {}


@pytest.mark.req("SM-02")
async def test_a_record_that_was_tampered_with_is_refused(on_redis: Start, redis: Redis) -> None:
    async with on_redis() as lab:
        made, other = await lab.begin(a=1), await lab.begin(a=2)
        mine, theirs = (redis.key("session", digest(s.id)) for s in (made, other))
        value: Any = await redis.state.hget(theirs, "data")  # type: ignore[misc]
        await redis.state.hset(mine, "data", value)  # type: ignore[misc]
        assert await lab.is_gone(made)
        assert not await lab.is_gone(other)


async def test_a_record_given_to_another_user_is_refused(on_redis: Start, redis: Redis) -> None:
    async with on_redis() as lab:
        for field, value in (("userId", "7"), ("stamp", "3"), ("userId", ""), ("stamp", "")):
            made = await lab.sessions.create({"a": 1}, user="mallory", stamp="2")
            made = await lab.sessions.rotate(made)
            key = redis.key("session", digest(made.id))
            if value:
                await redis.state.hset(key, field, value)  # type: ignore[misc]
            else:
                await redis.state.hdel(key, field)  # type: ignore[misc]
            assert await lab.is_gone(made)
        visitor = await lab.begin(a=1)
        await redis.state.hset(redis.key("session", digest(visitor.id)), "userId", "7")  # type: ignore[misc]
        assert await lab.is_gone(visitor)


async def test_a_user_and_a_stamp_cannot_be_mixed_up(on_redis: Start, redis: Redis) -> None:
    async with on_redis() as lab:
        made = await lab.sessions.create({"a": 1}, user="b c", stamp="a")
        key = redis.key("session", digest(made.id))
        cuts = [("ab c"[at:], "ab c"[:at]) for at in (0, 2, 3)]
        for user, stamp in (("c", "a b"), ("a b c", ""), *cuts):
            await redis.state.hset(key, mapping={"userId": user, "stamp": stamp})  # type: ignore[misc]
            assert await lab.is_gone(made)


async def test_data_that_somebody_overwrote_is_no_session(on_redis: Start, redis: Redis) -> None:
    async with on_redis(RABBIT) as lab:
        made = await lab.begin(a=1)
        await redis.state.hset(redis.key("session", digest(made.id)), "data", "{")  # type: ignore[misc]
        assert await lab.is_gone(made)


async def test_a_session_of_a_profile_that_is_gone_opens_nothing(
    on_redis: Start, redis: Redis
) -> None:
    async with on_redis(XBOT) as lab:
        made = await lab.sessions.create(user="u1", profile="temp")
    async with on_redis() as lab:
        assert await lab.is_gone(made)
        assert await lab.sessions.of("u1") == []


async def test_a_text_beside_the_data_comes_and_goes(on_redis: Start, redis: Redis) -> None:
    async with on_redis(RABBIT) as lab:
        made = await lab.begin(email="a@example.com")
        key = redis.key("session", digest(made.id))
        for email in ("b@example.com", "", None, 5, "c@example.com"):
            made.data["email"] = email
            made = await lab.sessions.save(made)
            assert (await lab.find(made)).data == {"email": email}
            text: Any = await redis.state.hget(key, "email")  # type: ignore[misc]
            assert text == (email.encode() if isinstance(email, str) else None)
        del made.data["email"]
        await lab.sessions.save(made)
        assert not await redis.state.hexists(key, "email")  # type: ignore[misc]
        assert (await lab.find(made)).data == {}
