"""SecondMe in this process: a real Redis, SQLite, and a sandbox of WhatsApp on a real socket."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import delete
from tests.browser.serving import serving as served
from tests.secondme.running import APP_SECRET, BEARER, TOKEN, VERIFY_TOKEN, Me, Phone

from hutch.roles import Role
from hutch.testing import testing
from hutch_database import Database
from hutch_redis import EmbeddedServer, Redis, RedisSettings, open_redis
from hutch_redis.testing import unique_prefix
from hutch_vault import Key
from kit.sandbox import PlatformName, SandboxState, serving
from secondme.models import Contact, KillSwitch, Message, QrOffer
from secondme.module import secondme
from secondme.services.kill_switch import BigSwitch

Start = Callable[..., AbstractAsyncContextManager[Me]]
ON_REDIS = ("QUEUE", "PUBSUB", "PAUSE", "CACHE", "LOCK", "SESSION", "RATELIMIT", "METRICS")


def variables(phone: Phone, folder: Path, redis_url: str, redis_prefix: str) -> dict[str, str]:
    """Say what SecondMe is told by its environment."""
    return {
        "DATABASE_URL": f"sqlite:///{folder / 'secondme.db'}",
        "HUTCH_DATABASE__UPGRADE_AT_START": "true",
        "HUTCH_AUTH__OPERATOR_TOKEN": TOKEN,
        "HUTCH_VAULT__KEYS": Key.generate("test").text(),
        "HUTCH_PLATFORMS__WHATSAPP_BASE_URL": f"{phone.url}/whatsapp",
        "HUTCH_PLATFORMS__WHATSAPP_APP_SECRET": APP_SECRET,
        "HUTCH_PLATFORMS__WHATSAPP_VERIFY_TOKEN": VERIFY_TOKEN,
        "HUTCH_SECONDME__PHONE_NUMBER_ID": phone.id,
        "HUTCH_SECONDME__ACCESS_TOKEN": phone.token,
        "HUTCH_SECONDME__SETTLE": "1",
        "HUTCH_SECONDME__DRAIN": "1",
        "HUTCH_REDIS__TIMEOUT": "5",
        "REDIS_URL": redis_url,
        "REDIS_PREFIX": redis_prefix,
        **{f"HUTCH_{module}__BACKEND": "redis" for module in ON_REDIS},
    }


@asynccontextmanager
async def phones() -> AsyncGenerator[Phone]:
    state = SandboxState()
    async with serving(state) as url:
        yield Phone(url, state, state.whatsapp.accounts.connect("me"))


@asynccontextmanager
async def started(
    phone: Phone, redis: Redis, *overrides: Any, role: Role = Role.ALL, services: bool = True
) -> AsyncGenerator[Me]:
    """Start SecondMe with the environment as it is, on a port of its own."""
    async with (
        testing(secondme, *overrides, role=role, services=services) as t,
        served(t.app.http) as url,
        httpx2.AsyncClient(base_url=url, headers=BEARER, timeout=10) as client,
    ):
        yield Me(t, client, phone, redis)


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    async with phones() as phone:
        yield phone


@pytest.fixture
def environment(
    phone: Phone,
    tmp_path: Path,
    redis_url: str,
    redis_prefix: str,
    monkeypatch: pytest.MonkeyPatch,
) -> pytest.MonkeyPatch:
    for name, value in variables(phone, tmp_path, redis_url, redis_prefix).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def start(environment: pytest.MonkeyPatch, phone: Phone, redis: Redis) -> Start:
    """Start one with an environment of the test's own."""

    def start(*overrides: Any, **more: Any) -> AbstractAsyncContextManager[Me]:
        return started(phone, redis, *overrides, **more)

    return start


@pytest.fixture
async def mine(start: Start) -> AsyncIterator[Me]:
    """A connected SecondMe of the test's own, which it may spoil."""
    async with start() as me:
        await me.hooked()
        await me.connect()
        yield me


@pytest.fixture(scope="module")
async def house(
    valkey: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Me]:
    """One connected SecondMe for a file's tests that do not change its settings."""
    prefix, folder = unique_prefix(), tmp_path_factory.mktemp("secondme")
    names = {"url": valkey.url, "prefix": prefix, "timeout": 5}
    async with (
        phones() as phone,
        asynccontextmanager(open_redis)(RedisSettings.model_validate(names)) as redis,
    ):
        with pytest.MonkeyPatch.context() as patch:
            for name, value in variables(phone, folder, valkey.url, prefix).items():
                patch.setenv(name, value)
            opened = started(phone, redis)
            me = await opened.__aenter__()
        try:
            yield me
        finally:
            await opened.__aexit__(None, None, None)


@pytest.fixture
async def me(house: Me) -> AsyncIterator[Me]:
    """A connected SecondMe, whose webhook the sandbox calls, and that knows nobody yet."""
    await house.hooked()
    await house.connect()
    yield house
    await forget(house)
    assert house.phone.state.faults.take(PlatformName.WHATSAPP) is None, "a fault is left behind"


async def forget(me: Me) -> None:
    """Bring the house back to where nobody has written yet."""
    await me.t.get(BigSwitch).release()
    async with me.t.get(Database).session() as session:
        for table in (Message, Contact, KillSwitch, QrOffer):
            await session.execute(delete(table))
    client: Any = me.redis.state
    for parts in (("PAUSE",), ("COUNTER",), ("pauses",), ("CACHE",), ("QUEUE", "messages")):
        async for key in client.scan_iter(f"{me.redis.key(*parts)}:*", count=1000):
            await client.delete(key)
    me.phone.state.whatsapp.messages.clear()
