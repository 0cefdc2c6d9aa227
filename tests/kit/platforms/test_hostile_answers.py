"""Answers that no platform should give: each ends in an outcome, none in a surprise."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from kit.platforms import (
    FacebookClient,
    FailPermanent,
    InstagramClient,
    LinkedInClient,
    PlatformSettings,
    ProbablyDuplicate,
    RetryAfter,
    RetryBackoff,
    Unknown,
    WhatsAppClient,
    XClient,
    read_events,
)
from kit.waiting import after_duration, retry_after

TOKEN = SecretStr("secret-token")
HUGE = ["1e400", "1e18", "-5", "1" + "0" * 30]


@pytest.mark.parametrize("number", HUGE)
async def test_a_post_stays_published_whatever_the_meter_says(scripted, number: str):
    told = f'{{"call_count": 99, "estimated_time_to_regain_access": {number}}}'
    headers = {"x-business-use-case-usage": f'{{"1": [{told}]}}', "x-app-usage": told}
    facebook, _ = scripted(
        FacebookClient, httpx2.Response(200, json={"id": "1_2"}, headers=headers)
    )

    published = await facebook.create_post(TOKEN, "Hello", user_id="1")

    assert published.id == "1_2"
    with pytest.raises(RetryAfter) as later:
        await facebook.create_post(TOKEN, "Hello again", user_id="1")
    assert later.value.at <= datetime.now(UTC) + timedelta(days=31)


@pytest.mark.parametrize("page", ["<html>We will be back soon.</html>", "", '{"data": ['])
async def test_a_page_in_place_of_json_ends_nothing(scripted: Any, page: str) -> None:
    x, _ = scripted(XClient, httpx2.Response(200, text=page))

    with pytest.raises(RetryBackoff, match=r"X answered 200 to GET .* without JSON: try again"):
        await x.recent_posts(TOKEN, "7", datetime.now(UTC))
    with pytest.raises(Unknown, match="may have taken effect"):
        await x.create_post(TOKEN, "Hello")


@pytest.mark.parametrize("reset", ["9" * 12, "1" + "0" * 30, "9" * 5000, "٣٣"])
async def test_a_reset_that_is_no_instant_is_none(scripted, reset: str):
    headers = [(b"x-rate-limit-reset", reset.encode()), (b"x-rate-limit-remaining", b"0")]
    x, _ = scripted(XClient, httpx2.Response(429, headers=headers))

    with pytest.raises(RetryBackoff, match="names no time"):
        await x.create_post(TOKEN, "Hello")


@pytest.mark.parametrize(
    "header", ["Fri, 31 Dec 9999 23:59:59 -0100", "Mon, 01 Jan 0001 00:00:00 +0100", "9" * 9]
)
def test_nobody_waits_for_ever(header: str):
    at = retry_after(header)

    assert at is None or at <= datetime.now(UTC) + timedelta(days=31)


def test_a_span_without_end_is_cut():
    at = after_duration("9" * 38 + "d")

    assert at is not None
    assert at <= datetime.now(UTC) + timedelta(days=31)


@pytest.mark.parametrize("seconds", [10**18, -(10**18), 10**30])
async def test_new_tokens_are_kept_however_long_they_say_to_last(scripted, seconds: int):
    pair = {"access_token": "a2", "refresh_token": "r2", "expires_in": seconds}
    x, _ = scripted(XClient, httpx2.Response(200, json=pair), x_client_id="app")

    tokens = await x.refresh(TOKEN)

    assert tokens.refresh.get_secret_value() == "r2"


async def test_tokens_without_an_end_or_a_new_refresh_token_are_kept(scripted):
    # Both are optional: RFC 6749, sections 5.1 and 6.
    x, _ = scripted(XClient, httpx2.Response(200, json={"access_token": "a2"}), x_client_id="app")

    tokens = await x.refresh(TOKEN)

    assert tokens.access.get_secret_value() == "a2"
    assert tokens.refresh == TOKEN
    assert timedelta(0) < tokens.expires_at - datetime.now(UTC) <= timedelta(hours=2)


async def test_a_list_whose_pages_lead_nowhere_is_no_proof(scripted):
    entry = {"id": "1_2", "message": "a", "created_time": "2026-11-21T10:00:00+0000"}
    for cursors in ({}, {"cursors": {"after": "same"}}):
        page = {"data": [entry], "paging": {"next": "https://example.com"} | cursors}
        facebook, asked = scripted(FacebookClient, httpx2.Response(200, json=page))
        with pytest.raises(FailPermanent, match=r"the same page again.*not all of it was read"):
            await facebook.recent_posts(TOKEN, "1", datetime.now(UTC))
        assert len(asked) <= 2


async def test_a_timeline_whose_pages_lead_nowhere_is_no_proof(scripted):
    page = {"data": [], "meta": {"result_count": 0, "next_token": "same"}}
    x, asked = scripted(XClient, httpx2.Response(200, json=page))

    with pytest.raises(FailPermanent, match=r"the same page again.*not all of it was read"):
        await x.recent_posts(TOKEN, "7", datetime.now(UTC))

    assert len(asked) == 2


@pytest.mark.parametrize(
    "address",
    [
        "http://www.linkedin.com/up?secret=1",
        "https://evil.example/up?secret=1",
        "https://notlinkedin.com/up?secret=1",
        "https://[/up?secret=1",
        "file:///etc/passwd?secret=1",
    ],
)
async def test_the_token_goes_to_linkedin_only(scripted, address: str):
    place = {"value": {"uploadUrl": address, "image": "urn:li:image:1"}}
    linkedin, asked = scripted(LinkedInClient, httpx2.Response(200, json=place))

    with pytest.raises(FailPermanent, match="an address that is not LinkedIn's") as refused:
        await linkedin.upload_image(TOKEN, "urn:li:person:a", b"picture")

    assert "secret" not in str(refused.value)
    assert len(asked) == 1


async def test_the_token_goes_to_any_host_of_linkedin():
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        place = {"uploadUrl": "https://www.linkedin.com/up?secret=1", "image": "urn:li:image:1"}
        return httpx2.Response(200, json={"value": place, "status": "AVAILABLE"})

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    linkedin = LinkedInClient(http, PlatformSettings())

    assert await linkedin.upload_image(TOKEN, "urn:li:person:a", b"picture") == "urn:li:image:1"
    assert [request.url.host for request in asked] == [
        "api.linkedin.com", "www.linkedin.com", "api.linkedin.com",
    ]  # fmt: skip


async def test_a_container_that_was_published_is_not_made_again(instagram, on_instagram):
    token, user = on_instagram.token, on_instagram.user_id
    container = await instagram.prepare(token, "Once", ["https://e.com/a.png"], user_id=user)
    await instagram.publish(token, container, user_id=user)

    with pytest.raises(ProbablyDuplicate, match="is published already: look it up"):
        await instagram.publish(token, container, user_id=user)
    with pytest.raises(ProbablyDuplicate, match="is published already: look it up"):
        await instagram.wait(token, container)


async def test_a_container_of_which_nothing_is_known_is_unknown():
    gone = {"error": {"code": 24, "error_subcode": 2207008, "message": "gone"}}

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(500 if request.method == "GET" else 400, json=gone)

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    instagram = InstagramClient(http, PlatformSettings())

    with pytest.raises(Unknown, match="may have been published before"):
        await instagram.publish(TOKEN, "2", user_id="1")


@pytest.mark.parametrize("timestamp", [10**18, "9" * 40, -(10**18), "soon", None])
def test_one_message_that_cannot_be_read_does_not_lose_its_neighbours(timestamp: Any):
    good = {"from": "49", "id": "wamid.1", "timestamp": "1749416383", "type": "text"}
    bad = good | {"id": "wamid.2", "timestamp": timestamp, "text": {"body": "private"}}
    status = {"id": "wamid.3", "status": "read", "timestamp": timestamp}
    values = [{"messages": [bad, good], "statuses": [status, "odd"]}, "odd", {"messages": "odd"}]
    changes = [{"field": "messages", "value": value} for value in values]
    body = json.dumps({"entry": [{"id": "1"}, {"id": "2", "changes": changes}]}).encode()

    assert [event.id for event in read_events(body)] == ["wamid.1"]


async def test_a_whatsapp_answer_is_no_surprise_either(scripted):
    headers = {"x-app-usage": '{"call_count": 1e400}'}
    answer = httpx2.Response(200, json={"messages": [{"id": "wamid.1"}]}, headers=headers)
    whatsapp, _ = scripted(WhatsAppClient, answer)

    assert await whatsapp.send_text(TOKEN, "1", to="+49151123456", body="Hi") == "wamid.1"
