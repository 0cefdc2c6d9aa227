"""Every row of X's error table: answers of the sandbox, then answers it does not give."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from kit.platforms import (
    FailPermanent,
    NeedsReauth,
    PauseAccount,
    PlatformError,
    PlatformSettings,
    ProbablyDuplicate,
    RefreshThenRetryOnce,
    RetryAfter,
    RetryBackoff,
    Unknown,
    XClient,
)

TOKEN = SecretStr("token")
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
EPOCH = int(NOON.timestamp())


def x_answering(status: int, **content: Any) -> XClient:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(status, **content))
    return XClient(httpx2.AsyncClient(transport=transport), PlatformSettings(x_client_id="client"))


def limit(window: str, remaining: int, reset: object) -> dict[str, str]:
    return {f"{window}-remaining": str(remaining), f"{window}-reset": str(reset)}


async def test_a_rate_limit_says_when(x: XClient, sandbox):
    await sandbox.fault("429", seconds=60)

    with pytest.raises(
        RetryAfter, match=r"X answered 429 Too Many Requests .* try again at 20"
    ) as e:
        await x.create_post(sandbox.token, "Hello")

    assert timedelta(seconds=50) < e.value.at - datetime.now(UTC) < timedelta(seconds=62)
    assert sandbox.posts == []


async def test_a_usage_cap_pauses_the_account(x: XClient, sandbox):
    await sandbox.fault("usage_capped")

    with pytest.raises(PauseAccount, match="the usage cap is reached; paused until") as e:
        await x.create_post(sandbox.token, "Hello")

    assert timedelta(hours=23) < e.value.until - datetime.now(UTC) < timedelta(hours=25)
    assert sandbox.posts == []


async def test_a_suspended_account_is_paused(x: XClient, sandbox):
    await sandbox.fault("suspended")

    with pytest.raises(PauseAccount, match="the account is suspended; paused until") as e:
        await x.create_post(sandbox.token, "Hello")

    assert timedelta(hours=23) < e.value.until - datetime.now(UTC) < timedelta(hours=25)


async def test_an_expired_token_is_to_be_refreshed(x: XClient, sandbox):
    await sandbox.fault("expired_token")

    for _ in range(2):
        with pytest.raises(RefreshThenRetryOnce, match=r"401 Unauthorized .* refresh the token"):
            await x.create_post(sandbox.token, "Hello")
    with pytest.raises(RefreshThenRetryOnce):
        await x.recent_posts(sandbox.token, sandbox.account["user_id"], NOON)


@pytest.mark.parametrize("by", ["repetition", "fault"])
async def test_a_duplicate_is_to_be_looked_up(x: XClient, sandbox, by: str):
    if by == "repetition":
        await x.create_post(sandbox.token, "Hello")
    else:
        await sandbox.fault("duplicate")

    with pytest.raises(ProbablyDuplicate, match="duplicate content; look it up") as e:
        await x.create_post(sandbox.token, "Hello")

    assert e.value.detail == "You are not allowed to create a Tweet with duplicate content."
    assert len(sandbox.posts) == (1 if by == "repetition" else 0)


async def test_a_bad_request_fails_for_good(x: XClient, sandbox):
    with pytest.raises(FailPermanent, match=r"400 Invalid Request .* will not be accepted"):
        await x.create_post(sandbox.token, "Hello", ["no-number"])

    assert sandbox.posts == []


async def test_an_error_of_x_leaves_a_post_unknown(x: XClient, sandbox):
    await sandbox.fault("5xx_after_commit")

    with pytest.raises(Unknown, match=r"503 Service Unavailable .* look it up"):
        await x.create_post(sandbox.token, "Hello")

    assert sandbox.posts == ["Hello"]


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
async def test_an_error_of_x_is_unknown_for_a_post_and_harmless_for_a_lookup(status: int):
    x = x_answering(status, text="<html>Over capacity</html>")

    with pytest.raises(Unknown):
        await x.create_post(TOKEN, "Hello")
    with pytest.raises(Unknown):
        await x.refresh(TOKEN)
    with pytest.raises(RetryBackoff, match=f"X answered {status} .*: try again later"):
        await x.recent_posts(TOKEN, "7", NOON)


@pytest.mark.parametrize(
    ("headers", "at"),
    [
        (limit("x-rate-limit", 0, EPOCH), NOON),
        (limit("x-rate-limit", 7, EPOCH) | limit("x-user-limit-24hour", 0, EPOCH + 9), 9),
        (limit("x-rate-limit", 0, EPOCH) | limit("x-app-limit-24hour", 0, EPOCH + 9), 9),
        (limit("x-rate-limit", 0, EPOCH) | limit("x-app-limit-24hour", 5, EPOCH + 9), NOON),
        ({"x-rate-limit-reset": str(EPOCH)}, NOON),
    ],
)
async def test_the_window_that_is_used_up_decides(headers: dict[str, str], at: Any):
    x = x_answering(429, json={"title": "Too Many Requests"}, headers=headers)

    with pytest.raises(RetryAfter) as e:
        await x.create_post(TOKEN, "Hello")

    assert e.value.at == (at if at is NOON else NOON + timedelta(seconds=at))


@pytest.mark.parametrize("headers", [{}, limit("x-rate-limit", 0, "soon")])
async def test_a_limit_without_a_time_backs_off(headers: dict[str, str]):
    with pytest.raises(RetryBackoff, match="names no time: try again later"):
        await x_answering(429, headers=headers).create_post(TOKEN, "Hello")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"title": "Invalid Request", "detail": "$.text: too long"}),
        (403, {"title": "Forbidden", "detail": "You are not permitted to perform this action."}),
        (404, {"title": "Not Found"}),
        (307, {}),
        (422, ["not an object"]),
    ],
)
async def test_any_other_refusal_is_permanent(status: int, body: Any):
    with pytest.raises(FailPermanent, match=f"X answered {status}"):
        await x_answering(status, json=body).create_post(TOKEN, "Hello")


async def test_what_x_says_is_kept_out_of_the_message():
    x = x_answering(400, json={"title": "Invalid Request", "detail": "bad text: private words"})

    with pytest.raises(FailPermanent) as e:
        await x.create_post(TOKEN, "private words")

    assert "private" not in f"{e.value} {e.value!r}"
    assert e.value.detail == "bad text: private words"


@pytest.mark.parametrize("content", [{"text": "OK"}, {"json": {"data": {"id": "not a number"}}}])
async def test_a_success_that_names_no_post_is_unknown(content: dict[str, Any]):
    with pytest.raises(Unknown, match=r"X answered 201 .* may have taken effect"):
        await x_answering(201, **content).create_post(TOKEN, "Hello")


async def test_a_spent_refresh_token_ends_the_connection(x: XClient, sandbox):
    first = SecretStr(sandbox.account["refresh_token"])
    tokens = await x.refresh(first)
    await x.create_post(tokens.access, "Hello")

    with pytest.raises(NeedsReauth, match=r"400 invalid_request .* connect the account again"):
        await x.refresh(first)
    with pytest.raises(NeedsReauth):
        await x.refresh(tokens.refresh)
    with pytest.raises(RefreshThenRetryOnce):
        await x.create_post(tokens.access, "Hello again")


@pytest.mark.parametrize(
    ("status", "error", "outcome"),
    [
        (400, "invalid_grant", NeedsReauth),
        (400, "invalid_request", NeedsReauth),
        (401, "invalid_client", FailPermanent),
        (401, "unauthorized_client", FailPermanent),
        (400, "", FailPermanent),
    ],
)
async def test_why_a_refresh_is_refused(status: int, error: str, outcome: type[PlatformError]):
    x = x_answering(status, json={"error": error})

    with pytest.raises(outcome):
        await x.refresh(TOKEN)
