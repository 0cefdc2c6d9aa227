"""Facebook's adapter over a real socket, against the sandbox."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from pydantic import SecretStr

from kit.platforms import (
    FacebookClient,
    FailPermanent,
    Metrics,
    NeedsReauth,
    PauseAccount,
    ProbablyDuplicate,
    RetryAfter,
    RetryBackoff,
    Unknown,
)
from kit.sandbox import SandboxState, serving
from kit.sandbox.facebook import FacebookState

TOKEN = SecretStr("secret-token")


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


async def test_a_post_is_published_and_found(facebook: FacebookClient, on_facebook):
    text = "Hello & <all> 😀 https://example.com/a?b=1"
    published = await facebook.create_post(on_facebook.token, text, user_id=on_facebook.user_id)

    assert on_facebook.posts == [text]
    assert published.id.startswith(f"{on_facebook.user_id}_")
    [post] = await facebook.recent_posts(on_facebook.token, on_facebook.user_id, an_hour_ago())
    assert (post.id, post.text) == (published.id, text)
    assert post.url == f"{on_facebook.url}/facebook/{post.id}"
    assert abs(datetime.now(UTC) - post.created_at) < timedelta(seconds=10)


async def test_photos_are_fetched_first_and_then_posted(facebook: FacebookClient, on_facebook):
    token, page = on_facebook.token, on_facebook.user_id
    photos = [
        await facebook.upload_photo(token, page, f"https://cdn.example.com/{number}.jpg")
        for number in range(2)
    ]
    await facebook.create_post(token, "", photos, user_id=page)

    [post] = on_facebook.state.facebook.posts.of(page)
    assert post.media_ids == tuple(photos)


async def test_posts_are_read_to_the_last_page(facebook: FacebookClient, on_facebook, caplog):
    caplog.set_level(logging.DEBUG)
    author = on_facebook.state.facebook.accounts.by_id[on_facebook.user_id]
    for number in range(203):
        on_facebook.state.facebook.posts.add(author, str(number), ())

    posts = await facebook.recent_posts(on_facebook.token, author.user_id, an_hour_ago())

    assert [post.text for post in posts] == [str(number) for number in reversed(range(203))]
    assert on_facebook.account["access_token"] not in caplog.text


async def test_posts_before_since_are_left_out(facebook: FacebookClient, on_facebook):
    await facebook.create_post(on_facebook.token, "old", user_id=on_facebook.user_id)

    since = datetime.now(UTC) + timedelta(seconds=2)
    assert await facebook.recent_posts(on_facebook.token, on_facebook.user_id, since) == ()


@pytest.mark.req("R24-25")
async def test_likes_shares_and_comments_are_counted(facebook: FacebookClient, on_facebook):
    token, page = on_facebook.token, on_facebook.user_id
    first, second = [await facebook.create_post(token, text, user_id=page) for text in "ab"]

    found = await facebook.metrics(token, [first.id, second.id, f"{page}_1"])

    likes = {
        post.id: post.likes for post in on_facebook.state.facebook.posts.of(on_facebook.user_id)
    }
    assert found == {id_: Metrics(n, n // 5, n // 7) for id_, n in likes.items()}


async def test_a_post_that_nobody_shared_has_no_shares(scripted):
    none = {"summary": {"total_count": 0}}
    answer = httpx2.Response(200, json={"id": "1_2", "reactions": none, "comments": none})
    facebook, _ = scripted(FacebookClient, answer)

    assert await facebook.metrics(TOKEN, ["1_2"]) == {"1_2": Metrics(0, 0, 0)}


@pytest.mark.parametrize(
    ("text", "media", "page", "message"),
    [
        ("a" * 63_207, [], "1", "This post counts 63207 of Facebook's 63206: shorten it by 1."),
        ("", [], "1", "This post is empty"),
        ("a", ["1"] * 11, "1", "This post has 11 media; Facebook takes 10."),
        ("a", [], "me/feed", "'me/feed' is no Facebook Page id: it is a number."),
        ("a", ["x"], "1", "'x' is no Facebook photo id"),
    ],
)
async def test_what_facebook_would_refuse_is_not_sent(scripted, text, media, page, message):
    facebook, asked = scripted(FacebookClient, httpx2.Response(500))

    with pytest.raises(FailPermanent) as refused:
        await facebook.create_post(TOKEN, text, media, user_id=page)

    assert str(refused.value).startswith(message)
    assert asked == []


async def test_a_rate_limit_says_for_how_many_minutes(facebook: FacebookClient, on_facebook):
    await on_facebook.fault("429", seconds=600)

    with pytest.raises(RetryAfter, match="Facebook answered 400 code 32 to POST") as e:
        await facebook.create_post(on_facebook.token, "Hello", user_id=on_facebook.user_id)

    assert timedelta(minutes=9) < e.value.at - datetime.now(UTC) <= timedelta(minutes=10)
    assert on_facebook.posts == []


async def test_calls_slow_down_before_the_limit_is_reached(connect, http):
    state = SandboxState(facebook=FacebookState(calls_per_hour=10))
    async with serving(state) as url:
        page = await connect(url, state, "facebook")
        facebook = FacebookClient(http, page.settings(graph_slow_down_at=50))
        for number in range(5):
            await facebook.create_post(page.token, str(number), user_id=page.user_id)

        with pytest.raises(RetryAfter, match=r"platforms\.graph_slow_down_at") as e:
            await facebook.create_post(page.token, "one more", user_id=page.user_id)
        assert timedelta(minutes=4) < e.value.at - datetime.now(UTC) <= timedelta(minutes=5)

        other = await connect(url, state, "facebook")
        await facebook.create_post(other.token, "another account", user_id=other.user_id)
        assert len(page.posts) == 5


async def test_calls_go_on_when_they_had_a_rest(connect, http, travel):
    state = SandboxState(facebook=FacebookState(calls_per_hour=10))
    async with serving(state) as url:
        page = await connect(url, state, "facebook")
        facebook = FacebookClient(http, page.settings(graph_slow_down_at=10))
        await facebook.create_post(page.token, "a", user_id=page.user_id)
        with pytest.raises(RetryAfter):
            await facebook.create_post(page.token, "b", user_id=page.user_id)

        travel(301)
        await facebook.create_post(page.token, "b", user_id=page.user_id)
        assert page.posts == ["b", "a"]


async def test_a_limit_that_is_reached_is_refused_by_facebook(connect, http):
    state = SandboxState(facebook=FacebookState(calls_per_hour=1))
    async with serving(state) as url:
        page = await connect(url, state, "facebook")
        impatient = [FacebookClient(http, page.settings()) for _ in range(2)]
        await impatient[0].create_post(page.token, "a", user_id=page.user_id)

        with pytest.raises(RetryAfter, match="code 32") as e:
            await impatient[1].create_post(page.token, "b", user_id=page.user_id)
        assert timedelta(minutes=58) < e.value.at - datetime.now(UTC) <= timedelta(minutes=60)


async def test_a_blocked_page_is_paused(facebook: FacebookClient, on_facebook):
    await on_facebook.fault("suspended")

    with pytest.raises(PauseAccount, match=r"code 368 .* the account is blocked; paused until"):
        await facebook.create_post(on_facebook.token, "Hello", user_id=on_facebook.user_id)


@pytest.mark.parametrize("by", ["repetition", "fault"])
async def test_a_duplicate_is_to_be_looked_up(facebook: FacebookClient, on_facebook, by: str):
    if by == "repetition":
        await facebook.create_post(on_facebook.token, "Hello", user_id=on_facebook.user_id)
    else:
        await on_facebook.fault("duplicate")

    with pytest.raises(ProbablyDuplicate, match=r"code 506 .* look it up"):
        await facebook.create_post(on_facebook.token, "Hello", user_id=on_facebook.user_id)


@pytest.mark.parametrize("fault", ["5xx_after_commit", "response_lost_after_commit"])
async def test_a_post_whose_answer_is_lost_is_unknown_and_found(facebook, on_facebook, fault: str):
    await on_facebook.fault(fault)

    with pytest.raises(Unknown, match="look it up"):
        await facebook.create_post(on_facebook.token, "Lost", user_id=on_facebook.user_id)

    [post] = await facebook.recent_posts(on_facebook.token, on_facebook.user_id, an_hour_ago())
    assert post.says("Lost")


async def test_a_token_that_ended_needs_its_owner(facebook: FacebookClient, on_facebook):
    await on_facebook.fault("expired_token")

    with pytest.raises(NeedsReauth, match=r"401 code 190 .* connect the account again"):
        await facebook.create_post(on_facebook.token, "Hello", user_id=on_facebook.user_id)
    with pytest.raises(NeedsReauth):
        await facebook.refresh(on_facebook.token)


async def test_a_token_is_exchanged_in_time_and_goes_into_no_address(
    facebook: FacebookClient, on_facebook, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)

    tokens = await facebook.refresh(on_facebook.token)
    await facebook.create_post(tokens.access, "Hello", user_id=on_facebook.user_id)

    assert tokens.refresh == tokens.access
    assert timedelta(days=59) < tokens.expires_at - datetime.now(UTC) < timedelta(days=61)
    assert "POST" in caplog.text
    for secret in (on_facebook.account["access_token"], tokens.access.get_secret_value()):
        assert secret not in caplog.text
    assert "app-secret" not in caplog.text


async def test_an_upload_that_breaks_may_be_repeated(scripted):
    facebook, _ = scripted(FacebookClient, httpx2.Response(500, json={"error": {"code": 2}}))

    with pytest.raises(RetryBackoff, match=r"code 2 .* try again later"):
        await facebook.upload_photo(TOKEN, "1", "https://example.com/a.jpg")


async def test_what_was_posted_and_the_token_are_shown_nowhere(scripted):
    error = {"message": "bad: private words", "type": "private", "code": 100}
    facebook, asked = scripted(FacebookClient, httpx2.Response(400, json={"error": error}))

    with pytest.raises(FailPermanent) as e:
        await facebook.create_post(TOKEN, "private words", user_id="1")

    assert asked[0].headers["Authorization"] == "Bearer secret-token"
    assert asked[0].url.path == "/v25.0/1/feed"
    assert e.value.detail == "bad: private words"
    shown = f"{e.value} {e.value!r} {facebook!r}"
    assert "private" not in shown
    assert "secret" not in shown
