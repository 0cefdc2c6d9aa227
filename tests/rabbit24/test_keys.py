"""Keys and channels, byte for byte as the document has them, written by using the app."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.rabbit24.conftest import Start
from tests.rabbit24.running import Person, Rabbit, operators

from hutch_redis import Redis
from kit.publishing import Network
from rabbit24 import keys
from rabbit24.jobs import health
from rabbit24.jobs.health import Heart, worker_id
from rabbit24.services.accounts import StoredAccounts
from rabbit24.services.brands import Brands
from rabbit24.services.credit import Credits

DAY = 86_400


@pytest.fixture
async def on_server(start: Start, on_redis: pytest.MonkeyPatch) -> AsyncIterator[Rabbit]:
    on_redis.setenv("HUTCH_CACHE__JITTER", "0")
    async with start(services=True) as rabbit:
        yield rabbit


@pytest.fixture
async def user(on_server: Rabbit) -> AsyncIterator[Person]:
    async with on_server.user() as user:
        yield user


async def kept(redis: Redis, prefix: str) -> dict[str, int]:
    """List the app's keys without its prefix, and how many seconds each has left."""
    state: Any = redis.state
    found = {key.decode().removeprefix(prefix): key async for key in state.scan_iter(f"{prefix}*")}
    return {name: await state.ttl(key) for name, key in found.items()}


async def published(rabbit: Rabbit, user: Person, *accounts: Any) -> str:
    post = await user.approved(f"Hello {datetime.now(UTC)}", *accounts)
    async with asyncio.timeout(10):
        while set((await user.states(post)).values()) != {"PUBLISHED"}:
            await asyncio.sleep(0.02)
    return post


@pytest.mark.req("R24-66", "R24-14")
def test_the_documents_own_examples() -> None:
    parts = keys.ACCOUNT_VALID.key("clx789ghi").parts
    assert ":".join(parts) == "cache:account:clx789ghi:valid"
    assert ":".join(keys.BRAND.key("clx456def").parts) == "cache:brand:clx456def"
    assert ":".join(keys.PLATFORM_STATUS.key("twitter").parts) == "cache:platform:twitter:status"
    assert ":".join(keys.CREDITS.key("clx123abc").parts) == "cache:user:clx123abc:credits"
    for channel, scope, name in (
        (keys.JOBS_COMPLETED, {"user_id": "u1"}, "jobs:completed:u1"),
        (keys.JOBS_FAILED, {"user_id": "u1"}, "jobs:failed:u1"),
        (keys.POSTS_PUBLISHED, {"brand_profile_id": "b1"}, "posts:published:b1"),
        (keys.ANALYTICS_UPDATED, {"post_id": "p1"}, "analytics:updated:p1"),
        (keys.MAINTENANCE, {}, "system:maintenance"),
    ):
        assert ":".join(map(str, channel.of(**scope).parts)) == name


@pytest.mark.req(
    "R24-29", "R24-31", "R24-36", "R24-37", "R24-38", "R24-39", "R24-51", "R24-52", "R24-66"
)
async def test_what_the_app_writes_is_what_the_document_says(
    on_server: Rabbit, user: Person, redis: Redis, redis_prefix: str
) -> None:
    x = await user.connect()
    await published(on_server, user, x)
    await user.ask("GET", f"/api/accounts?brandProfileId={user.brand}")
    await user.ask("GET", f"/api/brands/{user.brand}/networks")
    await user.ask("GET", "/api/me")
    await on_server.t.app.get(Heart).beat()
    found = await kept(redis, redis_prefix)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    expected = {
        f"cache:brand:{user.brand}": 3600,
        f"cache:account:{x.id}:valid": 300,
        "cache:platform:twitter:status": 60,
        f"cache:user:{user.id}:credits": 60,
        f"health:worker:{worker_id()}:heartbeat": 30,
        "health:queue:publish:depth": 30,
        "health:queue:content%3Aanalyze:depth": 30,
    }
    for name, seconds in expected.items():
        assert seconds - 5 <= found[name] <= seconds, name
    assert 0 < found[f"ratelimit:{user.brand}:twitter:{today}"] <= DAY
    state: Any = redis.state
    counter = f"{redis_prefix}ratelimit:{user.brand}:twitter:{today}"
    assert await state.get(counter) == b"1"
    beat = await state.get(f"{redis_prefix}health:worker:{worker_id()}:heartbeat")
    age = datetime.now(UTC) - datetime.fromtimestamp(int(beat) / 1000, UTC)
    assert age < timedelta(seconds=5)


@pytest.mark.req("R24-51")
async def test_a_worker_beats_again_and_again_until_it_ends(
    start: Start, on_redis: pytest.MonkeyPatch, redis: Redis
) -> None:
    on_redis.setattr(health, "BEAT", timedelta(milliseconds=20))
    state: Any = redis.state
    key = redis.key("health", "worker", worker_id(), "heartbeat")
    async with start(services=True), asyncio.timeout(10):
        for _ in range(3):
            await state.delete(key)
            while not await state.exists(key):
                await asyncio.sleep(0.01)
    assert not await state.exists(key)


@pytest.mark.req("R24-63")
async def test_no_key_but_queues_and_schedules_is_without_an_end(
    on_server: Rabbit, user: Person, redis: Redis, redis_prefix: str
) -> None:
    for network in (Network.TWITTER, Network.LINKEDIN, Network.FACEBOOK):
        await user.connect(network)
    await published(on_server, user)
    await user.ask("GET", "/api/me")
    async with asyncio.timeout(10):  # figures are told each second
        while "cache-counts" not in await kept(redis, redis_prefix):
            await asyncio.sleep(0.02)
    endless = {name for name, ttl in (await kept(redis, redis_prefix)).items() if ttl == -1}
    assert endless
    assert {name.partition(":")[0] for name in endless} <= {"q"}, endless


@pytest.mark.req("R24-42", "R24-44", "R24-45")
async def test_channels_carry_what_the_document_says(
    on_server: Rabbit, user: Person, redis: Redis, redis_prefix: str
) -> None:
    x = await user.connect()
    post = await user.write("Hello", x)
    names = [f"posts:published:{user.brand}", f"jobs:completed:{user.id}"]
    blocking: Any = redis.blocking
    async with blocking.pubsub() as raw, asyncio.timeout(15):
        await raw.subscribe(
            *(redis_prefix + name for name in (*names, f"analytics:updated:{post}"))
        )
        await user.approve(post)
        while set((await user.states(post)).values()) != {"PUBLISHED"}:
            await asyncio.sleep(0.02)
        await user.ask("POST", f"/api/posts/{post}/analytics", 202)
        told: dict[str, Any] = {}
        async for message in raw.listen():
            if message["type"] == "message":
                name = message["channel"].decode().removeprefix(redis_prefix)
                told[name] = json.loads(message["data"])
            if len(told) == 3:
                break
    [one] = (await user.read(post))["publications"]
    assert told[names[0]] == {"postId": post, "platform": "TWITTER", "url": one["url"]}
    done = {"jobId": f"{post}-{x.id}", "queue": "publish", "status": "completed"}
    assert told[names[1]] == done
    assert set(told[f"analytics:updated:{post}"]) == {"likes", "shares", "comments"}


@pytest.mark.req("R24-40")
async def test_writes_forget_what_is_cached(
    on_server: Rabbit, user: Person, redis: Redis, redis_prefix: str
) -> None:
    x = await user.connect()
    await user.ask("GET", "/api/me")
    before = await kept(redis, redis_prefix)
    brand, valid = f"cache:brand:{user.brand}", f"cache:account:{x.id}:valid"
    credits_ = f"cache:user:{user.id}:credits"
    assert {brand, valid, credits_} <= set(before)
    await user.ask("PUT", f"/api/brands/{user.brand}", json={"name": "Another"})
    accounts = on_server.t.get(StoredAccounts)
    await accounts.save(x.id, await accounts.load(x.id))
    await on_server.t.get(Credits).book(user.id or "", 5, "a gift")
    assert not {brand, valid, credits_} & set(await kept(redis, redis_prefix))
    assert (await user.ask("GET", "/api/me"))["credits"] == 105


@pytest.mark.req("R24-40")
async def test_who_reads_as_soon_as_a_key_is_forgotten_finds_what_was_written(
    on_server: Rabbit, user: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, of = await user.connect(), on_server.t.get
    brands, accounts, credits_ = of(Brands), of(StoredAccounts), of(Credits)
    cache = type(brands.cache)
    delete = cache.delete

    async def read() -> tuple[str, bool, int]:
        name = (await brands.config(user.brand)).name
        return name, await accounts.is_valid(x.id), await credits_.balance(user.id or "")

    async def delete_and_read(*args: Any) -> None:
        await delete(*args)
        await read()

    assert (await read())[1:] == (True, 100)
    with monkeypatch.context() as patch:
        patch.setattr(cache, "delete", delete_and_read)
        await user.ask("PUT", f"/api/brands/{user.brand}", json={"name": "Another"})
        ended = replace(await accounts.load(x.id), expires_at=datetime.now(UTC))
        await accounts.save(x.id, ended)
        await credits_.book(user.id or "", 5, "a gift")
    assert await read() == ("Another", False, 105)


@pytest.mark.req("R24-54", "R24-55", "R24-57")
async def test_sessions_last_seven_days_and_no_token_is_kept_in_redis(
    on_server: Rabbit, user: Person, redis: Redis, redis_prefix: str
) -> None:
    x = await user.connect()
    house = await operators(on_server.operator, on_server.state)
    await published(on_server, user, x)
    found = await kept(redis, redis_prefix)
    [session] = [name for name in found if name.startswith("session:")]
    assert 7 * DAY - 60 < found[session] <= 7 * DAY
    assert house.brand not in found
    state: Any = redis.state
    for name in found:
        assert x.grant.pair.access.encode() not in await state.dump(redis_prefix + name)
