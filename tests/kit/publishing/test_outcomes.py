"""Each outcome of a platform: the state it leads to, and whether it uses up an attempt."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.kit.publishing.conftest import Start, Travel
from tests.kit.publishing.press import ATTEMPTS
from tests.kit.publishing.running import Press, in_place_of_x

from kit.platforms import (
    FailPermanent,
    NeedsReauth,
    PauseAccount,
    PlatformError,
    ProbablyDuplicate,
    RefreshThenRetryOnce,
    RetryAfter,
    RetryBackoff,
    Unknown,
)
from kit.publishing import Deferred, PublicationNotFound
from kit.sandbox import Fault

LATER = datetime.now(UTC) + timedelta(hours=1)
OUTCOMES = [
    (RetryAfter("r", at=LATER), "DEFERRED"),
    (PauseAccount("p", until=LATER), "DEFERRED"),
    (Unknown("u"), "UNKNOWN"),
    (ProbablyDuplicate("d"), "UNKNOWN"),
    (RetryBackoff("b"), "PENDING"),
    (NeedsReauth("n"), "NEEDS_REAUTH"),
    (FailPermanent("f"), "FAILED"),
]


class RefusingX:
    """A platform that always answers the same."""

    def __init__(self, error: PlatformError) -> None:
        self.error = error
        self.calls = 0

    async def refresh(self, *_: Any) -> Any:
        raise AssertionError("its token lasts")

    async def create_post(self, *_: Any, **__: Any) -> Any:
        self.calls += 1
        raise self.error


def test_the_table_has_every_outcome() -> None:
    every = set(PlatformError.__subclasses__()) - {RefreshThenRetryOnce}
    assert {type(error) for error, _ in OUTCOMES} == every


@pytest.mark.parametrize(
    ("error", "state"), OUTCOMES, ids=[type(error).__name__ for error, _ in OUTCOMES]
)
async def test_the_state_after_a_refusal(start: Start, error: PlatformError, state: str) -> None:
    x = RefusingX(error)
    async with start(in_place_of_x(x)) as rabbit:
        post = await rabbit.approved("Hello")
        runs = await rabbit.t.drain()
        row = await rabbit.row(post)
        assert (row.state.value, row.remote_url) == (state, None)
        assert row.error == f"{type(error).__name__}: {error}"
        waits = state in ("DEFERRED", "UNKNOWN")
        assert await rabbit.scheduled() == waits
        assert runs == x.calls == (ATTEMPTS if isinstance(error, RetryBackoff) else 1)
        if not waits:
            assert rabbit.t.enqueued == []


@pytest.mark.parametrize("state", ["FAILED", "NEEDS_REAUTH"])
async def test_what_needs_a_person_is_left_to_them(start: Start, state: str) -> None:
    x = RefusingX(next(error for error, becomes in OUTCOMES if becomes == state))
    async with start(in_place_of_x(x)) as rabbit:
        post = await rabbit.approved("Hello")
        await rabbit.t.drain()
        assert await rabbit.publish(post) is None
        assert x.calls == 1


async def test_a_rate_limit_reschedules_without_using_an_attempt(
    rabbit: Press, travel: Travel
) -> None:
    rabbit.x.fault(Fault.RATE_LIMITED, times=ATTEMPTS + 1, seconds=60)
    post = await rabbit.approved("Hello")
    for _ in range(ATTEMPTS + 1):
        before = datetime.now(UTC)
        assert await rabbit.t.drain() == 1
        assert await rabbit.state(post) == "DEFERRED"
        assert timedelta(60) > await rabbit.due(post) - before >= timedelta(seconds=59)
        assert len(rabbit.t.enqueued) == 1
        assert await rabbit.t.drain() == 0, "it must wait until the limit resets"
        travel(await rabbit.due(post) - datetime.now(UTC))
    assert await rabbit.t.drain() == 1
    assert await rabbit.state(post) == "PUBLISHED"
    assert rabbit.x.texts == ["Hello"]


async def test_a_limit_that_has_just_reset_is_not_forgotten(start: Start, travel: Travel) -> None:
    x = RefusingX(RetryAfter("r", at=datetime.now(UTC) - timedelta(seconds=1)))
    async with start(in_place_of_x(x)) as rabbit:
        await rabbit.approved("Hello")
        for calls in range(1, ATTEMPTS + 2):
            assert await rabbit.t.drain() == 1
            assert (x.calls, await rabbit.scheduled()) == (calls, 1)
            travel(timedelta(seconds=1))


@pytest.mark.parametrize("fault", [Fault.USAGE_CAPPED, Fault.SUSPENDED])
async def test_a_paused_account_is_tried_again_after_a_day(
    rabbit: Press, travel: Travel, fault: Fault
) -> None:
    rabbit.x.fault(fault)
    grant = rabbit.x.grant
    grant.pair = replace(grant.pair, expires_at=datetime.now(UTC) + timedelta(days=2))
    post = await rabbit.approved("Hello")
    await rabbit.t.drain()
    assert ((await rabbit.row(post)).error or "").startswith("PauseAccount: X answered 4")
    travel(timedelta(hours=23, minutes=59))
    assert await rabbit.t.drain() == 0
    travel(timedelta(minutes=1))
    assert await rabbit.t.drain() == 1
    assert await rabbit.state(post) == "PUBLISHED"


async def test_a_job_that_comes_too_early_waits_on(rabbit: Press, travel: Travel) -> None:
    rabbit.x.fault(Fault.RATE_LIMITED, seconds=60)
    post = await rabbit.approved("Hello")
    await rabbit.t.drain()
    assert isinstance(await rabbit.publish(post), Deferred)
    assert (rabbit.x.texts, await rabbit.state(post)) == ([], "DEFERRED")
    travel(timedelta(seconds=61))
    assert await rabbit.t.drain() == 1
    assert rabbit.x.texts == ["Hello"]


async def test_an_expired_token_is_refreshed_and_the_post_sent(rabbit: Press) -> None:
    rabbit.x.fault(Fault.EXPIRED_TOKEN)
    post = await rabbit.approved("Hello")
    assert await rabbit.t.drain() == 1
    assert (await rabbit.state(post), rabbit.x.texts) == ("PUBLISHED", ["Hello"])
    assert rabbit.book.tokens[rabbit.x.account.id].access == rabbit.x.tokens.access


async def test_a_revoked_connection_needs_its_owner(rabbit: Press) -> None:
    rabbit.x.grant.revoked = True
    post = await rabbit.approved("Hello")
    assert await rabbit.t.drain() == 1
    row = await rabbit.row(post)
    assert row.state.value == "NEEDS_REAUTH"
    assert (row.error or "").startswith("NeedsReauth: X answered 400 invalid_request")


async def test_a_post_waits_for_the_setting_that_a_refresh_needs(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    environment.delenv("HUTCH_PLATFORMS__X_CLIENT_ID")
    async with start() as rabbit:
        rabbit.x.fault(Fault.EXPIRED_TOKEN)
        post = await rabbit.approved("Hello")
        assert (await rabbit.t.drain(), await rabbit.scheduled()) == (1, 1)
        row = await rabbit.row(post)
        assert row.state.value == "DEFERRED"
        assert (row.error or "").endswith("set platforms.x_client_id.")


async def test_x_that_cannot_be_reached_uses_up_the_attempts(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HUTCH_PLATFORMS__X_BASE_URL", "http://127.0.0.1:1")
    async with start() as rabbit:
        post = await rabbit.approved("Hello")
        assert await rabbit.t.drain() == ATTEMPTS
        row = await rabbit.row(post)
        assert (row.state.value, row.remote_post_id, rabbit.t.enqueued) == ("PENDING", None, [])


async def test_an_account_that_is_disconnected_meanwhile_is_named(rabbit: Press) -> None:
    post = await rabbit.approved("Hello")
    rabbit.book.accounts.clear()
    await rabbit.t.drain()
    row = await rabbit.row(post)
    assert (row.state.value, row.error, rabbit.x.texts) == (
        "NEEDS_REAUTH",
        "NeedsReauth: The account 'twitter' is not connected: connect it.",
        [],
    )


async def test_a_closed_gate_defers_and_uses_no_attempt(rabbit: Press, travel: Travel) -> None:
    rabbit.book.closed_until = datetime.now(UTC) + timedelta(hours=5)
    post = await rabbit.approved("Hello")
    for _ in range(ATTEMPTS + 1):
        await rabbit.t.drain()
    row = await rabbit.row(post)
    assert (row.state.value, row.not_before) == ("DEFERRED", rabbit.book.closed_until)
    assert (row.error, rabbit.x.texts) == ("The limit of posts is reached.", [])
    rabbit.book.closed_until = None
    travel(timedelta(hours=5))
    assert await rabbit.t.drain() == 1
    assert (await rabbit.state(post), rabbit.book.asked) == ("PUBLISHED", [row.id, row.id])


async def test_a_post_that_nobody_approved_is_named(rabbit: Press) -> None:
    with pytest.raises(PublicationNotFound, match="'p1' is not approved for the account 'twitter'"):
        await rabbit.publisher.publish(rabbit.outgoing("p1", "Hello"))
