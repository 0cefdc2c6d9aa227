"""A post without an answer is looked up: found, not found, somebody else's, or not to be seen."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.kit.publishing.conftest import Start, Travel
from tests.kit.publishing.running import Press, in_place_of_x

from kit.platforms import (
    FailPermanent,
    NeedsReauth,
    PauseAccount,
    PlatformError,
    Published,
    RetryAfter,
    RetryBackoff,
    Unknown,
)
from kit.publishing import Deferred
from kit.sandbox import Fault

SECOND = timedelta(seconds=1)
LATER = datetime.now(UTC) + timedelta(hours=1)
BLIND = "It may be published, but could not be looked up: "


class BlindX:
    """A platform that answers neither a new post nor, as ordered, a look-up."""

    def __init__(self, look_up: PlatformError | None = None) -> None:
        self.look_up = look_up
        self.sent = 0
        self.looks: list[datetime] = []
        self.takes: Callable[[], None] = lambda: None

    async def refresh(self, *_: Any) -> Any:
        raise AssertionError("its token lasts")

    async def create_post(self, *_: Any, **__: Any) -> Any:
        self.sent += 1
        raise Unknown("no answer")

    async def recent_posts(self, *_: Any, **__: Any) -> tuple[Any, ...]:
        self.looks.append(datetime.now(UTC))
        self.takes()
        if self.look_up:
            raise self.look_up
        return ()


async def test_the_same_text_of_another_publication_is_not_adopted(
    rabbit: Press, travel: Travel
) -> None:
    first = await rabbit.approved("Hello")
    await rabbit.t.drain()
    second = await rabbit.approved("Hello")
    await _until_settled(rabbit, travel)
    assert rabbit.x.texts == ["Hello"]
    assert (await rabbit.row(first)).remote_post_id == rabbit.x.posts[0]["id"]
    row = await rabbit.row(second)
    assert (row.state.value, row.remote_post_id) == ("FAILED", None)
    assert row.error == "The account has a post with the same text already."


async def test_a_duplicate_refusal_without_a_duplicate_to_see_is_for_a_person(
    rabbit: Press, travel: Travel
) -> None:
    rabbit.x.fault(Fault.DUPLICATE)
    post = await rabbit.approved("Hello")
    await _until_settled(rabbit, travel)
    assert (await rabbit.state(post), rabbit.x.texts) == ("FAILED", [])


async def test_a_duplicate_refusal_of_what_an_earlier_attempt_posted_is_adopted(
    rabbit: Press, travel: Travel
) -> None:
    rabbit.x.fault(Fault.ERROR_AFTER_COMMIT)
    post = await rabbit.approved("Hello")
    await rabbit.t.drain()
    row = await rabbit.row(post)
    await rabbit.publications.released(row, row.attempt_id, "X hid it for long")
    travel(timedelta(minutes=10))
    with_duplicate = await rabbit.publish(post)
    assert isinstance(with_duplicate, Deferred)
    assert ((await rabbit.row(post)).error or "").startswith("ProbablyDuplicate: X answered 403")
    await _until_settled(rabbit, travel)
    assert (await rabbit.state(post), rabbit.x.texts) == ("PUBLISHED", ["Hello"])


async def test_one_post_is_never_two_publications(rabbit: Press) -> None:
    """Even where two look it up at once."""
    first, second = await rabbit.approved("Hello"), await rabbit.approved("Hello")
    await rabbit.t.drain()
    assert [await rabbit.state(post) for post in (first, second)] == ["PUBLISHED", "UNKNOWN"]
    found = Published(rabbit.x.posts[0]["id"], "url")
    assert not await rabbit.publications.published(await rabbit.row(second), found)
    assert await rabbit.state(second) == "UNKNOWN"


async def test_an_older_post_with_the_same_text_is_not_ours(rabbit: Press, travel: Travel) -> None:
    rabbit.x.post("Hello")
    travel(timedelta(minutes=1))
    post = await rabbit.approved("Hello")
    await _until_settled(rabbit, travel)
    assert (await rabbit.state(post), rabbit.x.texts) == ("FAILED", ["Hello"])


async def test_the_pauses_between_look_ups_double_until_it_is_sent_again(
    start: Start, travel: Travel
) -> None:
    x = BlindX()
    async with start(in_place_of_x(x)) as rabbit:
        post = await rabbit.approved("Hello")
        began = datetime.now(UTC)
        await rabbit.t.drain()
        while x.sent < 2:
            travel(await rabbit.due(post) - datetime.now(UTC) + SECOND / 50)
            await rabbit.t.drain()
        looks = [(look - began) / SECOND for look in x.looks]
        assert looks == pytest.approx([1, 2, 4, 8, 16], rel=0.1, abs=0.5)


async def test_a_look_up_tells_what_was_there_when_it_began(start: Start, travel: Travel) -> None:
    """A slow one ends when the platform had the time to show the post, but did not look then."""
    x = BlindX()
    async with start(in_place_of_x(x)) as rabbit:
        post = await rabbit.approved("Hello")
        await rabbit.t.drain()
        travel(SECOND)
        x.takes = lambda: travel(20 * SECOND)
        await rabbit.t.drain()
        assert (await rabbit.state(post), len(x.looks), x.sent) == ("UNKNOWN", 1, 1)


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (NeedsReauth("n"), "NEEDS_REAUTH", f"{BLIND}NeedsReauth: n"),
        (FailPermanent("f"), "FAILED", f"{BLIND}FailPermanent: f"),
        (RetryBackoff("b"), "UNKNOWN", "Unknown: no answer"),
        (RetryAfter("r", at=LATER), "UNKNOWN", "Unknown: no answer"),
        (PauseAccount("p", until=LATER), "UNKNOWN", "Unknown: no answer"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, PlatformError) else "",
)
async def test_a_post_that_cannot_be_looked_up_is_never_sent_again(
    start: Start, travel: Travel, error: PlatformError, state: str, reason: str
) -> None:
    x = BlindX(error)
    async with start(in_place_of_x(x)) as rabbit:
        post = await rabbit.approved("Hello")
        await rabbit.t.drain()
        travel(SECOND)
        runs = await rabbit.t.drain()
        assert runs == (3 if isinstance(error, RetryBackoff) else 1)
        row = await rabbit.row(post)
        assert (row.state.value, row.error) == (state, reason)
        if isinstance(error, RetryAfter | PauseAccount):
            assert await rabbit.due(post) == LATER
            assert await rabbit.scheduled() == 1
        travel(timedelta(days=2))
        await rabbit.t.drain()
        assert x.sent == 1


async def _until_settled(rabbit: Press, travel: Travel) -> None:
    while await rabbit.t.drain() or rabbit.t.enqueued:
        travel(SECOND)
