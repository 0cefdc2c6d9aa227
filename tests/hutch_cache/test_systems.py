"""The caches of the five systems, with the keys and times of their documents."""

import json
from typing import Any

import pytest
from pydantic import BaseModel, Field
from tests.hutch_cache.conftest import Start

from hutch import Module
from hutch_cache import Cache, Entry, cache_module, hash_of
from hutch_cache.contract.lab import Loader
from hutch_redis import Redis


class Brand(BaseModel):
    name: str
    tone: str = "plain"


class Persona(BaseModel):
    style_guide: str = Field(alias="styleGuide")
    tone: str
    example_messages: list[str] = Field(alias="exampleMessages")


class Product(BaseModel):
    id: str
    price: float


BRAND = Entry("brand", Brand, ttl="1h")
ACCOUNT = Entry("account", bool, ttl="5m", at="cache:account:{id}:valid")
PLATFORM = Entry("platform", str, ttl="1m", at="cache:platform:{name}:status")
CREDITS = Entry("credits", int, ttl="1m", at="cache:user:{id}:credits")
TWEET = Entry("tweet", dict[str, str], ttl="1d")
CONFIG = Entry("config", dict[str, Any], ttl="1h", tags=("config",))
RECENT = Entry("recent", list[str], ttl="30m", at="tweets:recent")
PRODUCTS = Entry("products", list[Product], ttl="6h", tags=("products",))
PROMPTS = Entry("prompts", dict[str, str], ttl="1d")
AESTHETICS = Entry("aesthetics", list[str], ttl=None)
EMBEDDINGS = Entry("embeddings", list[float], ttl=None)
SESSIONS = Entry("sessions", str, ttl="7d")
HEARTBEAT = Entry("heartbeat", float, ttl="45s", at="health:worker:{worker}:heartbeat")
DEPTH = Entry("depth", int, ttl="1m", at="health:queue:{queue}:depth")
PERSONA = Entry("persona", Persona, ttl="30m", at="CACHE:persona:{id}")

ALL: tuple[Entry[Any], ...] = (BRAND, ACCOUNT, PLATFORM, CREDITS, TWEET, CONFIG, RECENT, PRODUCTS,
                               PROMPTS, AESTHETICS, EMBEDDINGS, SESSIONS, HEARTBEAT, DEPTH,
                               PERSONA)  # fmt: skip
systems = Module("systems", imports=[cache_module(*ALL)], exports=[Cache])

KEYS = [
    (BRAND.key("clx456def"), Brand(name="a"), "cache:brand:clx456def", 3600),
    (ACCOUNT.key("clx789ghi"), True, "cache:account:clx789ghi:valid", 300),
    (PLATFORM.key("twitter"), "up", "cache:platform:twitter:status", 60),
    (HEARTBEAT.key("w1"), 1704931200.5, "health:worker:w1:heartbeat", 45),
    (DEPTH.key("publish"), 7, "health:queue:publish:depth", 60),
    (CREDITS.key("clx123abc"), 7, "cache:user:clx123abc:credits", 60),
    (TWEET.key(7), {"text": "a"}, "cache:tweet:7", 86400),
    (CONFIG.key("feature_flags"), {"a": True}, "cache:config:feature_flags", 3600),
    (RECENT.key(), ["a"], "tweets:recent", 1800),
    (PRODUCTS.key("h"), [Product(id="a", price=1.5)], "cache:products:h", 21600),
    (PROMPTS.key("h"), {"a": "b"}, "cache:prompts:h", 86400),
    (AESTHETICS.key("boho"), ["linen"], "cache:aesthetics:boho", None),
    (EMBEDDINGS.key("h"), [0.1, 2.0], "cache:embeddings:h", None),
    (SESSIONS.key("h"), "x", "cache:sessions:h", 604800),
    (
        PERSONA.key("professional"),
        Persona(styleGuide="Use formal", tone="warm", exampleMessages=["Hello"]),
        "CACHE:persona:professional",
        1800,
    ),
]


@pytest.mark.req(
    "R24-36", "R24-37", "R24-38", "R24-39", "R24-51", "R24-52", "XB-10", "XB-11", "XB-12",
    "FD-02", "FD-03", "FD-04", "FD-05", "SM-07",
)  # fmt: skip
async def test_keys_and_times_are_those_of_the_documents(
    start: Start, redis: Redis, redis_prefix: str
) -> None:
    async with start(systems, jitter=0) as app:
        cache: Any = app.get(Cache)
        for key, value, name, seconds in KEYS:
            assert await cache.get_or_load(key, Loader(value)) == value
            assert await cache.get(key) == value
            left = await redis.cache.pttl(redis_prefix + name)
            assert left == -1 if seconds is None else 0 <= seconds * 1000 - left < 5000, name


@pytest.mark.req("FD-07", "FD-04", "FD-05")
async def test_0_in_the_settings_is_no_expiry(start: Start, redis: Redis) -> None:
    ttls = {"products": "6h", "prompts": "24h", "aesthetics": 0, "brand": 0}
    async with start(systems, ttls=ttls, jitter=0) as app:
        cache = app.get(Cache)
        await cache.set(BRAND.key("a"), Brand(name="a"))
        await cache.set(PROMPTS.key("a"), {})
    assert await redis.cache.pttl(redis.key("cache", "brand", "a")) == -1
    assert await redis.cache.pttl(redis.key("cache", "prompts", "a")) > 86_395_000


@pytest.mark.req("SM-07", "FD-09")
async def test_values_are_json_that_people_can_read(start: Start, redis: Redis) -> None:
    async with start(systems) as app:
        found = [Product(id="a", price=1.5)]
        persona = Persona(styleGuide="formal", tone="warm", exampleMessages=["Hello"])
        await app.get(Cache).set(PRODUCTS.key("a"), found)
        await app.get(Cache).set(PERSONA.key("a"), persona)
        assert await app.get(Cache).get(PRODUCTS.key("a")) == found
    kept = json.loads(await redis.cache.get(redis.key("cache", "products", "a")) or "")
    assert kept[:2] == [[{"id": "a", "price": 1.5}], None]
    plain = json.loads(await redis.cache.get(redis.key("CACHE", "persona", "a")) or "")
    assert plain == {"styleGuide": "formal", "tone": "warm", "exampleMessages": ["Hello"]}


@pytest.mark.req("FD-08", "FD-09", "FD-10")
async def test_products_by_the_hash_of_the_query(start: Start) -> None:
    async with start(systems) as app:
        cache, load = app.get(Cache), Loader(list[Product]())
        for query in ("summer dress", "summer dress", "Summer dress"):
            assert await cache.get_or_load(PRODUCTS.key(hash_of(query)), load) == []
        assert load.calls == 2


@pytest.mark.req("R24-40", "R24-41")
async def test_a_read_that_races_an_update_leaves_nothing_stale(start: Start) -> None:
    """A read has the old row when the update commits and deletes the key."""
    rows = {"clx456def": Brand(name="old")}
    key = BRAND.key("clx456def")
    async with start(systems) as app:
        cache = app.get(Cache)

        async def load() -> Brand:
            row = rows["clx456def"]
            rows["clx456def"] = Brand(name="new")  # the update commits ...
            await cache.delete(key)  # ... and invalidates, while this read is under way
            return row

        assert await cache.get_or_load(key, load) == Brand(name="old")
        assert await cache.get(key) is None

        async def load_again() -> Brand:
            return rows["clx456def"]

        assert await cache.get_or_load(key, load_again) == Brand(name="new")


@pytest.mark.req("R24-40")
async def test_writes_invalidate_their_own_keys_only(start: Start) -> None:
    async with start(systems) as app:
        cache: Any = app.get(Cache)
        for key, value, *_ in KEYS:
            await cache.set(key, value)
        for key in (BRAND.key("clx456def"), ACCOUNT.key("clx789ghi"), CREDITS.key("clx123abc")):
            await cache.delete(key)
            assert await cache.get(key) is None
        assert await cache.get(PLATFORM.key("twitter")) == "up"


@pytest.mark.req("XB-37", "XB-11")
async def test_a_new_version_of_the_configuration_counts_at_once(start: Start) -> None:
    async with start(systems) as app:
        cache = app.get(Cache)
        old, new = Loader[dict[str, Any]]({"a": 1}), Loader[dict[str, Any]]({"a": 2})
        for name in ("feature_flags", "rate_limits"):
            await cache.get_or_load(CONFIG.key(name), old)
        await cache.invalidate("config")
        for name in ("feature_flags", "rate_limits"):
            assert await cache.get_or_load(CONFIG.key(name), new) == {"a": 2}


@pytest.mark.req("FD-33", "X-21")
async def test_clearing_products_leaves_queues_and_the_rest(start: Start, redis: Redis) -> None:
    others = [("queue", "products", "waiting"), ("cache", "products-of-others", "a"), ("products",)]
    for parts in others:
        await redis.state.set(redis.key(*parts), "job")
    async with start(systems) as app:
        cache: Any = app.get(Cache)
        for key, value, *_ in KEYS:
            await cache.set(key, value)
        assert await cache.clear("products") == 1
        for key, value, *_ in KEYS:
            assert await cache.get(key) == (None if key.entry is PRODUCTS else value)
    for parts in others:
        assert await redis.state.get(redis.key(*parts)) == b"job"
