"""Sessions: reading one beside redis-py's own GET, and a request that reads beside starsessions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvloop
from starlette.requests import HTTPConnection
from starsessions.serializers import JsonSerializer
from starsessions.session import SessionHandler
from starsessions.stores.redis import RedisStore as TheirStore
from tests.benchmarks.measure import Bar, Row
from tests.benchmarks.rates import compare, redis_py

from hutch import App, Module, Role, bind
from hutch.running import Running
from hutch.settings import Profile
from hutch_redis import Redis, RedisSettings, open_redis
from hutch_redis.testing import unique_prefix
from hutch_session import Session, Sessions, SessionSettings, session_module
from hutch_session.ids import place_of
from hutch_session.module import core_module
from hutch_session.profiles import Profiles
from hutch_session.store import Store

DATA: dict[str, Any] = {"email": "zoe@example.com", "cart": [1, 2, 3], "theme": "dark"}
WEEK = 7 * 24 * 60 * 60


def rows(url: str) -> list[Row]:
    """Measure on the server at this address."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_rows(url))


async def _rows(url: str) -> list[Row]:
    settings = RedisSettings.model_validate({"url": url, "prefix": unique_prefix(), "timeout": 10})
    async with asynccontextmanager(open_redis)(settings) as redis, redis_py(url) as client:
        await redis.state.set(redis.key("raw"), json.dumps(DATA), ex=WEEK)
        try:
            return [
                *await _read(redis, client, settings),
                *await _load(redis, client, settings, encrypted=False),
                *await _load(redis, client, settings, encrypted=True),
            ]
        finally:
            await redis.state.unlink(redis.key("raw"))


async def _read(redis: Redis, client: Any, settings: RedisSettings) -> list[Row]:
    """Read a record and touch it, in one script; beside a GET of the same data."""
    name = redis.key("raw")
    async with _begun(settings, encrypted=False) as (app, session):
        store = app.get(Store, core_module())
        place = place_of(session.id, app.get(Profiles, core_module()))
        assert place is not None
        peers = {"redis-py GET": (lambda: client.get(name), Bar("at least", 0.7))}
        return await compare(
            "session: read and touch", lambda: store.read(place), peers, repetitions=41
        )


async def _load(
    redis: Redis, client: Any, settings: RedisSettings, *, encrypted: bool
) -> list[Row]:
    """Load a session: hash its id, read and touch it, decrypt and parse its data."""
    raw, theirs = redis.key("raw"), _request_of_starsessions(redis, client)

    async def get() -> object:
        return json.loads(await client.get(raw) or b"")

    async with _begun(settings, encrypted=encrypted) as (app, session):
        sessions, id = app.get(Sessions), await theirs(None)
        peers = {
            "redis-py GET and json.loads": (get, Bar("at least", 0.5)),
            "starsessions, a request that reads": (lambda: theirs(id), Bar("at least", 1)),
        }
        name = f"session: load{', encrypted' if encrypted else ''}"
        try:
            return await compare(name, lambda: sessions.load(session.id), peers, repetitions=41)
        finally:
            await redis.state.unlink(redis.key("theirs", id))


@asynccontextmanager
async def _begun(
    settings: RedisSettings, *, encrypted: bool
) -> AsyncIterator[tuple[Running, Session]]:
    """Open an app with a session of a user."""
    own = SessionSettings(backend="redis", encrypted=encrypted)
    overrides = bind(RedisSettings).value(settings), bind(SessionSettings).value(own)
    root = Module("bench", imports=[session_module()], exports=[Sessions])
    app = App(root, *overrides, profile=Profile.TEST)
    async with app.started(Role.WEB, services=False) as running:
        session = await running.get(Sessions).create(DATA, user="u1")
        try:
            yield running, session
        finally:
            await running.get(Sessions).end(session)


def _request_of_starsessions(redis: Redis, client: Any) -> Callable[[str | None], Awaitable[str]]:
    """Return what its middleware does for a request that reads the session: load and save it."""
    store = TheirStore(connection=client, prefix=lambda id: redis.key("theirs", id))
    serializer = JsonSerializer()

    async def request(id: str | None) -> str:
        connection = HTTPConnection({"type": "http"})
        handler = SessionHandler(connection, id, store, serializer, WEEK)
        await handler.load()
        if id is None:
            connection.session.update(DATA)
        return await handler.save(WEEK)

    return request
