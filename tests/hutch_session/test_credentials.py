"""Credentials as they stand in Redis."""

import os
import signal
from typing import Any

import pytest

from hutch import Module, bind
from hutch.testing import testing
from hutch_redis import Redis, RedisSettings
from hutch_redis.testing import temporary_server
from hutch_session import Credentials, SessionSettings, SessionsUnavailable, credentials_module
from hutch_session.lab import CredentialLab
from hutch_vault import Key, VaultSettings


@pytest.mark.req("SM-01", "SM-02", "C-53", "C-55")
async def test_a_credential_stands_where_the_document_says(
    redis_credentials: CredentialLab, redis: Redis
) -> None:
    stored = await redis_credentials.credentials.store("user-1", "swordfish")
    key = redis.key("SESSION", "user-1")
    assert key.endswith(":SESSION:user-1")
    fields: Any = await redis.state.hgetall(key)  # type: ignore[misc]
    assert set(fields) == {b"token", b"connectedAt", b"expiresAt"}
    assert int(fields[b"connectedAt"]) == stored.connected.timestamp() * 1000
    assert int(fields[b"expiresAt"]) == int(fields[b"connectedAt"]) + 86_400_000
    assert b"swordfish" not in fields[b"token"]
    assert 86_390 < await redis.state.ttl(key) <= 86_400


@pytest.mark.req("C-53")
async def test_times_in_seconds_are_read_as_such(
    redis_credentials: CredentialLab, redis: Redis
) -> None:
    stored = await redis_credentials.credentials.store("user-1", "swordfish")
    times = {
        "connectedAt": int(stored.connected.timestamp()),
        "expiresAt": int(stored.expires.timestamp()),
    }
    await redis.state.hset(redis.key("SESSION", "user-1"), mapping=times)  # type: ignore[misc]
    assert await redis_credentials.credentials.of("user-1") == stored
    redis_credentials.forward(86_400)
    assert await redis_credentials.credentials.of("user-1") is None


@pytest.mark.req("SM-02")
async def test_keys_can_be_changed(redis_url: str, redis_prefix: str) -> None:
    old, new, other = (Key.generate(id).text() for id in ("old", "new", "other"))
    for keys, readable in (([old], True), ([new, old], True), ([other], False)):
        async with opened(redis_url, redis_prefix, keys) as t:
            credentials = t.get(Credentials)
            if keys == [old]:
                await credentials.store("user-1", "swordfish")
            found = await credentials.of("user-1")
            assert (found is not None and found.token == "swordfish") is readable


@pytest.mark.req("SM-02")
async def test_the_token_of_one_user_is_none_of_another(
    redis_credentials: CredentialLab, redis: Redis
) -> None:
    await redis_credentials.credentials.store("user-1", "swordfish")
    await redis_credentials.credentials.store("user-2", "halibut")
    token: Any = await redis.state.hget(redis.key("SESSION", "user-1"), "token")  # type: ignore[misc]
    await redis.state.hset(redis.key("SESSION", "user-2"), "token", token)  # type: ignore[misc]
    assert await redis_credentials.credentials.of("user-2") is None


async def test_while_the_server_is_away_nothing_is_told() -> None:
    keys = [Key.generate("a").text()]
    async with temporary_server() as server, opened(server.url, "app:", keys) as t:
        credentials = t.get(Credentials)
        await credentials.store("user-1", "swordfish")
        os.kill(server.pid, signal.SIGSTOP)
        try:
            for call in (credentials.of, credentials.remove):
                with pytest.raises(SessionsUnavailable):
                    await call("user-1")
        finally:
            os.kill(server.pid, signal.SIGCONT)


async def test_in_tests_they_are_in_memory() -> None:
    settings = RedisSettings.model_validate({"url": "redis://127.0.0.1:1"})
    root = Module("lab", imports=[credentials_module()], exports=[Credentials])
    async with testing(root, bind(RedisSettings).value(settings)) as t:
        await t.get(Credentials).store("user-1", "swordfish")
        assert await t.get(Credentials).of("user-1")


def opened(url: str, prefix: str, keys: list[str]) -> Any:
    root = Module("lab", imports=[credentials_module()], exports=[Credentials])
    redis = RedisSettings.model_validate({"url": url, "prefix": prefix})
    return testing(
        root,
        bind(RedisSettings).value(redis),
        bind(SessionSettings).value(SessionSettings(backend="redis")),
        bind(VaultSettings).value(VaultSettings.model_validate({"keys": keys})),
    )
