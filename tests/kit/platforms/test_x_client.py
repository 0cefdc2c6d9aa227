from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from pydantic import SecretStr, ValidationError

from kit.platforms import (
    FailPermanent,
    NeedsReauth,
    PlatformSettings,
    XClient,
    refresh_once,
)

TOKEN = SecretStr("secret-token")
LAST_HOUR = timedelta(hours=1)


def scripted(answer: httpx2.Response, **settings: str) -> tuple[XClient, list[httpx2.Request]]:
    """X as one fixed answer, and what it was asked."""
    asked: list[httpx2.Request] = []

    def answer_all(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return answer

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer_all))
    return XClient(http, PlatformSettings(**settings)), asked


async def test_a_post_is_published(x: XClient, sandbox):
    published = await x.create_post(sandbox.token, "Hello", ["1146654567674912769"])

    [stored] = sandbox.state.x.posts.of(sandbox.account["user_id"])
    assert (stored.text, stored.media_ids) == ("Hello", ("1146654567674912769",))
    assert published.id == stored.id
    assert published.url == f"https://x.com/i/web/status/{stored.id}"


async def test_a_post_may_be_media_alone(x: XClient, sandbox):
    await x.create_post(sandbox.token, "", ["1"])

    assert sandbox.posts == [""]


async def test_280_is_sent_and_281_is_not(x: XClient, sandbox):
    await x.create_post(sandbox.token, "漢" * 140)
    with pytest.raises(FailPermanent, match=r"counts 282 of X's 280 .*shorten it by 2\.$"):
        await x.create_post(sandbox.token, "字" * 141)

    assert sandbox.posts == ["漢" * 140]


@pytest.mark.parametrize(
    ("text", "media", "message"),
    [
        ("a" * 281, [], "This post counts 281 of X's 280"),
        (" \n", [], "This post is empty: give it text or media."),
        ("five", ["1", "2", "3", "4", "5"], "This post has 5 media; X takes 4."),
    ],
)
async def test_what_x_would_refuse_is_not_sent(text: str, media: list[str], message: str):
    x, asked = scripted(httpx2.Response(500))

    with pytest.raises(FailPermanent) as refused:
        await x.create_post(TOKEN, text, media)

    assert str(refused.value).startswith(message)
    assert asked == []


async def test_own_posts_are_found_as_they_were_written(x: XClient, sandbox):
    text = 'Q&A <today> "now": https://example.com/a?b=1&copy=2, https://example.org'
    published = await x.create_post(sandbox.token, text)

    since = datetime.now(UTC) - LAST_HOUR
    [post] = await x.recent_posts(sandbox.token, sandbox.account["user_id"], since)

    assert (post.id, post.url, post.text) == (published.id, published.url, text)
    assert post.says(text)
    assert abs(datetime.now(UTC) - post.created_at) < timedelta(seconds=10)


async def test_own_posts_are_read_to_the_last_page(x: XClient, sandbox):
    author = sandbox.state.x.accounts.by_id[sandbox.account["user_id"]]
    for number in range(203):
        sandbox.state.x.posts.add(author, str(number), ())

    posts = await x.recent_posts(sandbox.token, author.user_id, datetime.now(UTC) - LAST_HOUR)

    assert [post.text for post in posts] == [str(number) for number in reversed(range(203))]


async def test_posts_before_since_are_left_out(x: XClient, sandbox):
    await x.create_post(sandbox.token, "old")

    since = datetime.now(UTC) + timedelta(seconds=1)
    assert await x.recent_posts(sandbox.token, sandbox.account["user_id"], since) == ()


async def test_an_account_that_cannot_be_seen_is_no_proof_of_no_posts(x: XClient, sandbox):
    with pytest.raises(FailPermanent, match="without what was asked for"):
        await x.recent_posts(sandbox.token, "42", datetime.now(UTC))


async def test_attachments_are_no_words_of_the_post():
    body = {
        "data": [
            {
                "id": "1",
                "text": "Look https://t.co/photo",
                "created_at": "2026-11-01T00:00:00.000Z",
                "entities": {"urls": [{"url": "https://t.co/photo", "media_key": "3_1"}]},
            }
        ],
        "meta": {"result_count": 1},
    }
    x, _ = scripted(httpx2.Response(200, json=body))

    [post] = await x.recent_posts(TOKEN, "7", datetime.now(UTC))

    assert post.says("Look")


@pytest.mark.parametrize("parameter", ["tweet.fields", "post.fields"])
async def test_the_query_for_own_posts(parameter: str):
    x, asked = scripted(
        httpx2.Response(200, json={"meta": {"result_count": 0}}), x_fields_parameter=parameter
    )
    berlin = datetime.fromisoformat("2026-11-01T12:00:00.9+01:00")

    assert await x.recent_posts(TOKEN, "7", berlin) == ()
    assert asked[0].url.path == "/2/users/7/tweets"
    assert dict(asked[0].url.params) == {
        "start_time": "2026-11-01T11:00:00Z",
        "max_results": "100",
        parameter: "created_at,entities",
    }


async def test_a_user_id_is_a_number():
    x, asked = scripted(httpx2.Response(500))

    with pytest.raises(FailPermanent, match=r"'\.\./me' is no X user id: it is a number"):
        await x.recent_posts(TOKEN, "../me", datetime.now(UTC))
    assert asked == []


async def test_since_needs_a_time_zone():
    x, asked = scripted(httpx2.Response(500))

    with pytest.raises(ValueError, match="since=2026-11-01T00:00:00 has no time zone"):
        await x.recent_posts(TOKEN, "7", datetime(2026, 11, 1))
    assert asked == []


async def test_the_token_is_sent_and_shown_nowhere():
    x, asked = scripted(httpx2.Response(400, json={"title": "Invalid Request"}))

    with pytest.raises(FailPermanent) as refused:
        await x.create_post(TOKEN, "private words")

    assert asked[0].headers["Authorization"] == "Bearer secret-token"
    shown = f"{x!r} {refused.value!r} {refused.value} {asked[0]!r} {asked[0].headers!r}"
    assert "secret-token" not in shown
    assert "private" not in shown


async def test_tokens_stay_out_of_the_finest_logs(
    x: XClient, sandbox, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)

    await x.create_post(sandbox.token, "private words")
    tokens = await x.refresh(SecretStr(sandbox.account["refresh_token"]))

    assert "POST" in caplog.text
    for secret in (
        sandbox.account["access_token"],
        sandbox.account["refresh_token"],
        tokens.access.get_secret_value(),
        tokens.refresh.get_secret_value(),
        "private",
    ):
        assert secret not in caplog.text


@pytest.mark.parametrize("url", ["api.x.com", "https://api.x.com/", "ftp://x", "https://"])
def test_an_address_that_cannot_work_is_refused_at_start(url: str):
    with pytest.raises(ValidationError, match="x_base_url"):
        PlatformSettings(x_base_url=url)


@pytest.mark.parametrize("token", ["", "secret\n", "s\u00e9cret", "two words"])
async def test_what_is_no_token_is_not_sent_and_not_quoted(token: str):
    x, asked = scripted(httpx2.Response(500))

    with pytest.raises(NeedsReauth, match="connect the account again") as refused:
        await x.create_post(SecretStr(token), "Hello")

    assert asked == []
    assert refused.value.__cause__ is refused.value.__context__ is None


async def test_a_confidential_client_signs_its_refresh():
    answer = {"access_token": "a", "refresh_token": "r", "expires_in": 7200}
    x, asked = scripted(
        httpx2.Response(200, json=answer), x_client_id="id", x_client_secret="client-secret"
    )

    tokens = await x.refresh(TOKEN)

    assert asked[0].headers["Authorization"] == "Basic aWQ6Y2xpZW50LXNlY3JldA=="
    assert "client-secret" not in repr(x)
    assert tokens.access.get_secret_value() == "a"
    assert timedelta(minutes=119) < tokens.expires_at - datetime.now(UTC) < timedelta(minutes=121)
    assert "'a'" not in repr(tokens)


async def test_an_expired_token_is_refreshed_and_the_post_sent_once(x: XClient, sandbox):
    await sandbox.fault("expired_token")

    async def refresh() -> SecretStr:
        return (await x.refresh(SecretStr(sandbox.account["refresh_token"]))).access

    await refresh_once(lambda token: x.create_post(token, "Hello"), sandbox.token, refresh)

    assert sandbox.posts == ["Hello"]


async def test_an_image_is_uploaded_and_shown(x: XClient, sandbox):
    image = await x.upload_image(sandbox.token, b"\x89PNG a picture")
    await x.create_post(sandbox.token, "Hello", [image])

    [stored] = sandbox.state.x.posts.of(sandbox.user_id)
    assert stored.media_ids == (image,)


async def test_an_image_that_is_empty_is_refused(x: XClient, sandbox):
    with pytest.raises(FailPermanent, match="400"):
        await x.upload_image(sandbox.token, b"")
