"""The keys of fashiondeck in Redis, after it was used: these and no others, readable as JSON."""

import json
import re
from typing import Any

import pytest
from tests.fashiondeck.conftest import Start

from hutch_redis import Redis

HOUR = 3600
KEYS = {
    r"cache:products:[0-9a-f]{64}": 6 * HOUR,
    r"cache:prompts:[0-9a-f]{64}": 24 * HOUR,
    r"cache:aesthetics:all": None,
    r"cache:embeddings:[0-9a-f]{64}": None,
    r"cache:query-embeddings:[0-9a-f]{64}": 24 * HOUR,
    r"ratelimit:marketplace:ebay:\d{4}-\d\d-\d\d": 50 * HOUR,
}
"""Those that fashiondeck names, and the seconds that they live at most; None is for ever."""
OF_MODULES = (
    r"cache-counts",
    r"cache-tag:(products|prompts)",
    r"q:\{(product-refresh|embeddings|analytics)\}:[a-z]+",
    r"requests:search-60:[0-9a-f]+",
    r"stats:.+",
    r"fence",
)


@pytest.fixture
async def used(start: Start, on_redis: pytest.MonkeyPatch) -> None:
    """What a refresh and two searches leave behind."""
    on_redis.setenv("HUTCH_CACHE__JITTER", "0")
    async with start(services=True) as deck:
        deck.ebay.leave("bags", 3)
        await deck.ask("bags")
        await deck.settled()
        for query in ("minimalist backpack", "zzzz"):
            await deck.search(query)


async def scan(redis: Redis) -> dict[str, int]:
    """All keys below the prefix, without it, and how many seconds they live."""
    client: Any = redis.state
    found = [key.decode() async for key in client.scan_iter(match=f"{redis.keys.prefix}*")]
    return {key.removeprefix(redis.keys.prefix): await client.ttl(key) for key in found}


@pytest.mark.req("FD-02", "FD-03", "FD-04", "FD-05")
@pytest.mark.usefixtures("used")
async def test_these_keys_and_times_and_no_others(redis: Redis) -> None:
    found = await scan(redis)
    for pattern, seconds in KEYS.items():
        ours = {key: left for key, left in found.items() if re.fullmatch(pattern, key)}
        assert ours, pattern
        for key, left in ours.items():
            assert left == -1 if seconds is None else 0 < left <= seconds, (key, left)
            if seconds and key.startswith("cache:"):
                assert left > seconds - 60, (key, left)
    known = re.compile("|".join((*KEYS, *OF_MODULES)))
    assert [key for key in found if not known.fullmatch(key)] == []


@pytest.mark.req("FD-39")
@pytest.mark.usefixtures("used")
async def test_values_are_json_that_any_redis_tool_shows(redis: Redis) -> None:
    client: Any = redis.cache
    found = {key for key in await scan(redis) if key.startswith("cache:")}
    kept = {key: json.loads(await client.get(redis.keys.prefix + key)) for key in found}

    def of(name: str) -> list[Any]:
        return [value for key, value in kept.items() if key.startswith(f"cache:{name}:")]

    assert of("aesthetics")[0]["minimalist"].startswith("plain black")
    assert all(isinstance(number, float) for vector in of("embeddings") for number in vector)
    words = {"minimalist backpack": ["minimalist"], "zzzz": []}
    assert {value[0]["words"]: value[0]["aesthetics"] for value in of("prompts")} == words
    full, empty = sorted((value[0] for value in of("products")), key=len, reverse=True)
    assert full
    assert empty == []
    assert all(re.fullmatch(r"[0-9a-f]{32}", product) for product in full)


@pytest.mark.usefixtures("used")
async def test_nothing_that_people_wrote_is_in_a_key(redis: Redis) -> None:
    assert not [key for key in await scan(redis) if "minimalist" in key or "zzzz" in key]


@pytest.mark.req("FD-07", "C-48")
async def test_times_to_live_are_set_by_type_in_one_place(
    start: Start, on_redis: pytest.MonkeyPatch, redis: Redis
) -> None:
    on_redis.setenv(
        "HUTCH_CACHE__TTLS", '{"products": 0, "query-embeddings": "1h", "prompts": "2m"}'
    )
    async with start() as deck:
        await deck.search("backpack")
    left = {key.split(":")[1]: ttl for key, ttl in (await scan(redis)).items() if "cache:" in key}
    assert left["products"] == -1
    assert 3000 < left["query-embeddings"] <= 3960
    assert 60 < left["prompts"] <= 132
