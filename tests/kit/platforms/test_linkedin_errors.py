"""What LinkedIn's refusals mean: answers of the sandbox, then answers it does not give."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from kit.platforms import (
    FailPermanent,
    LinkedInClient,
    NeedsReauth,
    NotFound,
    PausePlatform,
    PlatformError,
    ProbablyDuplicate,
    RefreshThenRetryOnce,
    RetryAfter,
    RetryBackoff,
    Unknown,
)

TOKEN = SecretStr("secret-token")
ME = "urn:li:person:me"


async def test_the_days_limit_ends_at_midnight_utc(linkedin: LinkedInClient, on_linkedin):
    await on_linkedin.fault("429")

    with pytest.raises(RetryAfter, match="429 TOO_MANY_REQUESTS") as e:
        await linkedin.create_post(on_linkedin.token, "Hello", user_id=on_linkedin.user_id)

    assert (e.value.at.hour, e.value.at.minute, e.value.at.tzinfo) == (0, 0, UTC)
    assert timedelta() < e.value.at - datetime.now(UTC) <= timedelta(days=1)
    assert on_linkedin.posts == []


async def test_a_retired_version_pauses_the_platform(linkedin: LinkedInClient, on_linkedin):
    await on_linkedin.fault("426")

    with pytest.raises(PausePlatform, match=r"NONEXISTENT_VERSION.*linkedin_version\.") as e:
        await linkedin.create_post(on_linkedin.token, "Hello", user_id=on_linkedin.user_id)
    assert e.value.until - datetime.now(UTC) <= timedelta(minutes=5)


async def test_a_refused_account_needs_its_owner(linkedin: LinkedInClient, on_linkedin):
    await on_linkedin.fault("suspended")

    with pytest.raises(NeedsReauth, match=r"403 ACCESS_DENIED .*: connect the account again"):
        await linkedin.create_post(on_linkedin.token, "Hello", user_id=on_linkedin.user_id)


async def test_a_duplicate_names_the_post_which_is_looked_up(linkedin, on_linkedin):
    first = await linkedin.create_post(on_linkedin.token, "Hello", user_id=on_linkedin.user_id)

    with pytest.raises(ProbablyDuplicate, match="422 DUPLICATE_POST") as e:
        await linkedin.create_post(on_linkedin.token, "Hello", user_id=on_linkedin.user_id)

    assert e.value.post_id == first.id
    found = await linkedin.post(on_linkedin.token, e.value.post_id)
    assert found is not None
    assert found.says("Hello")


async def test_a_duplicate_may_name_a_post_that_is_not_there(linkedin, on_linkedin):
    await on_linkedin.fault("duplicate")

    with pytest.raises(ProbablyDuplicate) as e:
        await linkedin.create_post(on_linkedin.token, "Hello", user_id=on_linkedin.user_id)

    assert e.value.post_id
    assert await linkedin.post(on_linkedin.token, e.value.post_id) is None


async def test_an_unknown_refresh_token_needs_its_owner(linkedin: LinkedInClient, on_linkedin):
    with pytest.raises(NeedsReauth, match=r"400 invalid_request .* connect the account again"):
        await linkedin.refresh(SecretStr("made up"))


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (400, {"code": "ILLEGAL_ARGUMENT"}, FailPermanent),
        (401, {"code": "REVOKED_ACCESS_TOKEN"}, NeedsReauth),
        (401, {}, RefreshThenRetryOnce),
        (404, {}, NotFound),
        (408, {}, Unknown),
        (422, {"errorDetails": {"inputErrors": [{"code": "OTHER"}]}}, FailPermanent),
        (302, {}, FailPermanent),
        (500, {}, Unknown),
        (504, {}, Unknown),
    ],
)
async def test_what_linkedins_refusals_mean(
    scripted, status: int, body: dict[str, Any], outcome: type[PlatformError]
):
    linkedin, _ = scripted(LinkedInClient, httpx2.Response(status, json=body))

    with pytest.raises(PlatformError) as e:
        await linkedin.create_post(TOKEN, "Hello", user_id=ME)

    assert type(e.value) is outcome


async def test_a_broken_look_up_may_be_repeated(scripted):
    linkedin, _ = scripted(LinkedInClient, httpx2.Response(502, text="<html>"))

    with pytest.raises(RetryBackoff, match="LinkedIn answered 502"):
        await linkedin.recent_posts(TOKEN, ME, datetime.now(UTC))


@pytest.mark.parametrize("headers", [{}, {"x-restli-id": "urn:li:comment:1"}])
async def test_a_success_that_names_no_post_is_unknown(scripted, headers: dict[str, str]):
    linkedin, _ = scripted(LinkedInClient, httpx2.Response(201, headers=headers))

    with pytest.raises(Unknown, match=r"LinkedIn answered 201 .* may have taken effect"):
        await linkedin.create_post(TOKEN, "Hello", user_id=ME)


async def test_what_was_posted_and_the_token_are_shown_nowhere(scripted):
    answer = httpx2.Response(400, json={"message": "bad: private words", "code": "private words"})
    linkedin, asked = scripted(LinkedInClient, answer)

    with pytest.raises(FailPermanent) as e:
        await linkedin.create_post(TOKEN, "private words", user_id=ME)

    assert asked[0].headers["Authorization"] == "Bearer secret-token"
    assert asked[0].headers["LinkedIn-Version"] == "202610"
    assert e.value.detail == "bad: private words"
    shown = f"{e.value} {e.value!r} {linkedin!r}"
    assert "private" not in shown
    assert "secret" not in shown


async def test_an_upload_address_stays_out_of_messages(scripted):
    body = {
        "value": {
            "uploadUrl": "https://up.linkedin.com/x?signature=hush",
            "image": "urn:li:image:1",
        }
    }
    answers = iter([httpx2.Response(200, json=body), httpx2.Response(403)])
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(lambda _: next(answers)))
    linkedin, _ = scripted(LinkedInClient, httpx2.Response(500))

    with pytest.raises(NeedsReauth, match="to PUT the address it gave") as e:
        await LinkedInClient(http, linkedin.settings).upload_image(TOKEN, ME, b"picture")

    assert "hush" not in f"{e.value!r}"
