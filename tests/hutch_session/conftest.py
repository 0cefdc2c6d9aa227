"""The two backends, on a clock that a test moves."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from hutch import Binding, Module, bind
from hutch.testing import Testing, testing
from hutch_redis import Redis, RedisSettings
from hutch_session import (
    Credentials,
    SessionProfile,
    Sessions,
    SessionSettings,
    credentials_module,
    session_module,
)
from hutch_session.credentials_in_memory import MemoryCredentials
from hutch_session.credentials_on_redis import RedisCredentials
from hutch_session.in_memory import MemoryStore
from hutch_session.lab import CredentialLab, Lab, Start
from hutch_session.on_redis import RedisStore
from hutch_session.profiles import Profiles
from hutch_session.store import Store
from hutch_session.stored_credentials import CredentialStore


class Clock:
    """The time in microseconds; it begins now, at a whole second."""

    def __init__(self) -> None:
        self.us = int(time.time()) * 1_000_000

    def __call__(self) -> int:
        return self.us

    def forward(self, seconds: int) -> None:
        self.us += seconds * 1_000_000


def started(clock: Clock, *overrides: Binding[Any]) -> Start:
    @asynccontextmanager
    async def opened(*profiles: SessionProfile) -> AsyncIterator[Lab]:
        root = Module("lab", imports=[session_module(*profiles)], exports=[Sessions])
        async with testing(root, *overrides) as t:
            yield Lab(t.get(Sessions), clock.forward)

    return opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def on_memory(clock: Clock) -> Start:
    def store(profiles: Profiles) -> Store:
        return MemoryStore(profiles, clock)

    return started(clock, bind(Store).to(store))


@pytest.fixture
def on_redis(clock: Clock, redis: Redis, redis_settings: RedisSettings) -> Start:
    def store(redis: Redis, profiles: Profiles) -> Store:
        return RedisStore(redis, profiles, clock)

    return started(clock, bind(Store).to(store), bind(RedisSettings).value(redis_settings))


@pytest.fixture
def redis_settings(redis_url: str, redis_prefix: str) -> RedisSettings:
    return RedisSettings.model_validate({"url": redis_url, "prefix": redis_prefix})


def opened(settings: RedisSettings) -> AbstractAsyncContextManager[Testing]:
    """Open sessions on a server, by its own clock."""
    root = Module("lab", imports=[session_module()], exports=[Sessions])
    backend = bind(SessionSettings).value(SessionSettings(backend="redis"))
    return testing(root, backend, bind(RedisSettings).value(settings))


OpenCredentials = Callable[[], AbstractAsyncContextManager[CredentialLab]]


def _credentials(clock: Clock, *overrides: Binding[Any]) -> OpenCredentials:
    @asynccontextmanager
    async def opened() -> AsyncIterator[CredentialLab]:
        root = Module("lab", imports=[credentials_module()], exports=[Credentials])
        async with testing(root, *overrides) as t:
            yield CredentialLab(t.get(Credentials), clock.forward)

    return opened


@pytest.fixture
async def memory_credentials(clock: Clock) -> AsyncIterator[CredentialLab]:
    kept = bind(CredentialStore).value(MemoryCredentials(clock))
    async with _credentials(clock, kept)() as lab:
        yield lab


@pytest.fixture
async def redis_credentials(clock: Clock, redis: Redis) -> AsyncIterator[CredentialLab]:
    kept = bind(CredentialStore).value(RedisCredentials(redis, clock))
    async with _credentials(clock, kept)() as lab:
        yield lab
