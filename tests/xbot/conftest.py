"""xBOT in this process: a real Redis, SQLite, and a sandbox of X on a real socket."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.xbot.running import BEARER, TOKEN, Bot, X

from hutch import Module
from hutch.roles import Role
from hutch.testing import testing
from hutch_auth import auth_module
from hutch_database import database_module
from hutch_lock import lock_module
from hutch_metrics import metrics_module
from hutch_outbox import outbox_module
from hutch_redis import Redis
from hutch_vault import Key
from kit.sandbox import SandboxState, serving
from kit.tallies import tallies_module
from xbot.jobs import jobs
from xbot.keys import TALLIED
from xbot.module import xbot
from xbot.services import cached, domain, publishing

Start = Callable[..., AbstractAsyncContextManager[Bot]]
MODULES = (
    "QUEUE", "CACHE", "LOCK", "SESSION", "RATELIMIT", "METRICS", "TALLIES",
)  # fmt: skip
# Tests look at more than the app shows.
whole = Module(
    "whole",
    imports=[
        xbot,
        auth_module(),
        cached,
        database_module(),
        domain,
        jobs,
        lock_module(),
        metrics_module(),
        outbox_module(),
        publishing,
        tallies_module(*TALLIED),
    ],
)


@pytest.fixture
async def x() -> AsyncIterator[X]:
    state = SandboxState()
    async with serving(state) as url:
        yield X(url, state, state.x.accounts.connect("bot"))


@pytest.fixture
def environment(
    x: X, tmp_path: Path, redis_url: str, redis_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> pytest.MonkeyPatch:
    """What xBOT is told by its environment."""
    for name, value in {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'xbot.db'}",
        "HUTCH_DATABASE__UPGRADE_AT_START": "true",
        "HUTCH_AUTH__OPERATOR_TOKEN": TOKEN,
        "HUTCH_VAULT__KEYS": Key.generate("test").text(),
        "HUTCH_PLATFORMS__X_BASE_URL": x.url,
        "HUTCH_PLATFORMS__X_WEB_URL": x.url,
        "HUTCH_PLATFORMS__X_CLIENT_ID": "client",
        "HUTCH_FILES__STORE": str(tmp_path / "files"),
        "HUTCH_OUTBOX__INTERVAL": "0.05",
        "HUTCH_CACHE__JITTER": "0",
        "HUTCH_XBOT__SETTLED_AFTER": "0",
        "HUTCH_XBOT__ASK_AGAIN": "1",
        "HUTCH_REDIS__TIMEOUT": "5",
        "REDIS_URL": redis_url,
        "REDIS_PREFIX": redis_prefix,
        **{f"HUTCH_{module}__BACKEND": "redis" for module in MODULES},
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def start(environment: pytest.MonkeyPatch, x: X, redis: Redis) -> Start:
    @asynccontextmanager
    async def start(
        *overrides: Any, role: Role = Role.ALL, services: bool = True, connected: bool = True
    ) -> AsyncIterator[Bot]:
        async with testing(whole, *overrides, role=role, services=services) as t:
            t.client.headers.update(BEARER)
            bot = Bot(t, t.client, x, redis)
            if connected:
                await bot.ask("PUT", "/api/account", json=x.account)
            yield bot

    return start


@pytest.fixture
async def bot(start: Start) -> AsyncIterator[Bot]:
    """A bot that works."""
    async with start() as bot:
        yield bot


@pytest.fixture
async def idle(start: Start, environment: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """A bot whose jobs wait to be drained."""
    environment.setenv("HUTCH_QUEUE__BACKEND", "memory")
    async with start(services=False) as bot:
        yield bot
