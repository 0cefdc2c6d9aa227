"""Texts that count as the same, and what is let out once."""

import asyncio
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutch_lock import Contents, DuplicateContent, InProgress, content_hash
from hutch_lock.contract import Services
from hutch_lock.once_contract import Work
from hutch_redis import Redis

GOLDEN = json.loads(Path(__file__).with_name("content_hashes.json").read_text())
# What ECMA-262 calls WhiteSpace or LineTerminator, by number.
JAVASCRIPT_SPACES = {
    *range(0x09, 0x0E), 0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F,
    0x205F, 0x3000, 0xFEFF,
}  # fmt: skip


def test_the_fixture_has_fifty_texts_and_their_plain_form() -> None:
    assert len({row["text"] for row in GOLDEN}) == 50
    for row in GOLDEN:
        assert row["sha256"] == hashlib.sha256(row["plain"].encode()).hexdigest()


@pytest.mark.req("XB-34", "C-43")
@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: ascii(row["text"]))
def test_hashes_as_javascript_does(row: dict[str, str]) -> None:
    assert content_hash(row["text"]) == row["sha256"]


@pytest.mark.req("XB-34", "C-43")
def test_each_character_is_white_space_where_it_is_in_javascript() -> None:
    plain = content_hash("a b")
    for code in range(0x10000):
        if not 0xD800 <= code < 0xE000:
            same = content_hash(f"a{chr(code)}b") == plain
            assert same == (code in JAVASCRIPT_SPACES), hex(code)


def test_half_a_pair_is_the_replacement_character() -> None:
    assert content_hash("a\ud83d") == content_hash("a\ufffd")


@given(st.text(), st.sampled_from(["", " ", "\n", "\ufeff"]))
def test_space_around_does_not_matter(text: str, space: str) -> None:
    assert content_hash(f"{space}{text}{space}") == content_hash(text)


@pytest.fixture(params=["memory", "redis"])
def contents(request: pytest.FixtureRequest) -> Contents:
    services: Services = request.getfixturevalue(f"on_{request.param}")
    return Contents(services.once)


@pytest.mark.req("XB-35", "C-42")
async def test_the_same_content_is_refused(contents: Contents) -> None:
    work = Work("tweet 1")
    assert await contents.run("Hello  World", work) == "tweet 1"
    for text in ("hello world", " HELLO\u00a0WORLD\n"):
        with pytest.raises(DuplicateContent, match="the same content was let out within the last"):
            await contents.run(text, work)
    with pytest.raises(DuplicateContent):
        await contents.run("hello world", work, kind="thread")
    assert work.count == 1
    await contents.run("hello worlds", work)


@pytest.mark.req("XB-35")
async def test_a_failed_post_frees_its_content(contents: Contents) -> None:
    work = Work()
    with pytest.raises(ConnectionError):
        await contents.run("hello", work.fail)
    await contents.run("hello", work)
    assert work.count == 2


async def test_a_result_that_is_no_json_is_no_matter(contents: Contents) -> None:
    found = object()
    assert await contents.run("hello", Work(found)) is found
    with pytest.raises(DuplicateContent):
        await contents.run("hello", Work())


async def test_what_is_on_its_way_out_is_not_begun_again(contents: Contents) -> None:
    work = Work()
    task = asyncio.create_task(contents.run("hello", work.slowly))
    await work.began.wait()
    with pytest.raises(InProgress):
        await contents.run("hello", work)
    work.gate.set()
    await task
    assert work.count == 1


@pytest.mark.req("XB-32", "XB-33", "C-42")
async def test_the_keys_and_their_times(redis: Redis, on_redis: Services) -> None:
    contents = Contents(on_redis.once)
    await contents.run("Hello  World", Work())
    digest = hashlib.sha256(b"hello world").hexdigest()
    prefix = redis.keys.prefix
    day = 86_400_000
    for key, most in (
        (f"{prefix}dedup:tweet:{digest}", day),
        (f"{prefix}content_hash:sha256:{digest}", 7 * day),
    ):
        assert most - 5_000 < await redis.state.pttl(key) <= most
        assert await redis.state.get(key) == b"done:-:null"


@pytest.mark.req("XB-32", "XB-33", "XB-35", "C-42")
@pytest.mark.parametrize("parts", [("dedup", "tweet"), ("content_hash", "sha256")])
async def test_a_hit_on_either_key_refuses(
    redis: Redis, on_redis: Services, parts: tuple[str, str]
) -> None:
    digest = hashlib.sha256(b"hello").hexdigest()
    await redis.state.set(redis.key(*parts, digest), "1")
    work = Work()
    with pytest.raises(DuplicateContent):
        await Contents(on_redis.once).run("hello", work)
    assert work.count == 0
    keys = [key async for key in redis.state.scan_iter(f"{redis.keys.prefix}*{digest}")]
    assert len(keys) == 1


@pytest.mark.req("XB-35")
async def test_of_many_at_once_one_posts(contents: Contents) -> None:
    work = Work()

    async def post() -> None:
        await contents.run("hello", work)

    found = await asyncio.gather(*(post() for _ in range(20)), return_exceptions=True)
    assert work.count == 1
    assert found.count(None) == 1
