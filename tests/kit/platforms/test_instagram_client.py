"""Instagram's adapter over a real socket, against the sandbox."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from pydantic import SecretStr

from kit.platforms import (
    ContainerGone,
    ContainerState,
    FailPermanent,
    InstagramClient,
    Metrics,
    NeedsReauth,
    PauseAccount,
    ProbablyDuplicate,
    RetryAfter,
    RetryBackoff,
    Unknown,
)
from kit.sandbox import SandboxState, serving
from kit.sandbox.instagram import InstagramState

TOKEN = SecretStr("secret-token")
PICTURE = "https://cdn.example.com/a.jpg?signature=1"
VIDEO = "https://cdn.example.com/a.MP4"


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


@pytest.mark.parametrize("media", [[PICTURE], [VIDEO], [PICTURE, VIDEO, PICTURE]])
async def test_a_post_is_published_and_found(instagram: InstagramClient, on_instagram, media):
    token, user = on_instagram.token, on_instagram.user_id
    published = await instagram.create_post(token, "Hello 😀", media, user_id=user)

    [stored] = on_instagram.state.instagram.posts.of(user)
    assert (stored.text, stored.media_ids) == ("Hello 😀", tuple(media))
    assert published.url == f"{on_instagram.url}/instagram/p/{published.id}"
    [post] = await instagram.recent_posts(token, user, an_hour_ago())
    assert (post.id, post.url, post.text) == (published.id, published.url, "Hello 😀")


async def test_a_slow_container_is_waited_for(instagram: InstagramClient, on_instagram):
    token, user = on_instagram.token, on_instagram.user_id
    await on_instagram.fault("slow_container", seconds=0.1)

    container = await instagram.prepare(token, "Slow", [PICTURE], user_id=user)
    assert await instagram.state(token, container) is ContainerState.IN_PROGRESS
    with pytest.raises(RetryBackoff, match="400 code 9007/2207027"):
        await instagram.publish(token, container, user_id=user)
    assert on_instagram.posts == []
    await instagram.wait(token, container)
    await instagram.publish(token, container, user_id=user)

    assert on_instagram.posts == ["Slow"]


async def test_a_container_that_takes_too_long_is_given_up_for_now(on_instagram):
    instagram = InstagramClient(on_instagram.http, on_instagram.settings(media_poll_limit=0.02))
    await on_instagram.fault("slow_container", seconds=60)

    with pytest.raises(RetryBackoff, match=r"container \d+ is still being processed after"):
        await instagram.create_post(
            on_instagram.token, "Slow", [PICTURE], user_id=on_instagram.user_id
        )


async def test_media_that_cannot_be_used_fail_for_good(instagram: InstagramClient, on_instagram):
    token, user = on_instagram.token, on_instagram.user_id
    await on_instagram.fault("broken_media", times=2)

    with pytest.raises(FailPermanent, match=r"cannot use the media of the container \d+"):
        await instagram.create_post(token, "Broken", [PICTURE], user_id=user)
    container = await instagram.prepare(token, "Broken", [PICTURE], user_id=user)
    with pytest.raises(ContainerGone, match="2207032"):
        await instagram.publish(token, container, user_id=user)
    assert on_instagram.posts == []


async def test_a_container_ends_after_a_day(instagram: InstagramClient, on_instagram, travel):
    token, user = on_instagram.token, on_instagram.user_id
    container = await instagram.prepare(token, "Late", [PICTURE], user_id=user)

    travel(24 * 60 * 60 + 1)

    with pytest.raises(ContainerGone, match=r"has ended: make a new one"):
        await instagram.wait(token, container)
    with pytest.raises(ContainerGone, match=r"2207008 .* make a new container"):
        await instagram.publish(token, container, user_id=user)


@pytest.mark.parametrize("fault", ["5xx_after_commit", "response_lost_after_commit"])
async def test_the_container_tells_what_became_of_a_lost_answer(instagram, on_instagram, fault):
    token, user = on_instagram.token, on_instagram.user_id
    container = await instagram.prepare(token, "Lost", [PICTURE], user_id=user)
    await on_instagram.fault(fault)

    with pytest.raises(Unknown, match="look it up"):
        await instagram.publish(token, container, user_id=user)

    assert await instagram.state(token, container) is ContainerState.PUBLISHED
    with pytest.raises(ProbablyDuplicate, match="is published already"):
        await instagram.publish(token, container, user_id=user)
    [post] = await instagram.recent_posts(token, user, an_hour_ago())
    assert post.says("Lost")
    assert on_instagram.posts == ["Lost"]


async def test_a_container_whose_answer_is_lost_may_be_made_again(scripted):
    instagram, _ = scripted(InstagramClient, httpx2.ReadTimeout("slow"))

    with pytest.raises(RetryBackoff, match=r"/media was not answered \(ReadTimeout\)"):
        await instagram.prepare(TOKEN, "Hello", [PICTURE], user_id="1")
    with pytest.raises(Unknown, match=r"/media_publish was sent but not answered"):
        await instagram.publish(TOKEN, "2", user_id="1")


async def test_a_post_whose_address_is_not_told_is_published(on_instagram, instagram):
    container = await instagram.prepare(
        on_instagram.token, "Hello", [PICTURE], user_id=on_instagram.user_id
    )

    def flaky(request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            return httpx2.Response(500)
        return httpx2.Response(200, json={"id": container})

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(flaky))
    published = await InstagramClient(http, on_instagram.settings()).publish(
        TOKEN, container, user_id=on_instagram.user_id
    )

    assert (published.id, published.url) == (container, "")


@pytest.mark.req("R24-25")
async def test_likes_shares_and_comments_are_counted(instagram: InstagramClient, on_instagram):
    token, user = on_instagram.token, on_instagram.user_id
    published = await instagram.create_post(token, "Hello", [PICTURE], user_id=user)
    likes = on_instagram.state.instagram.posts.get(published.id).likes

    found = await instagram.metrics(token, [published.id, "1"])

    assert found == {published.id: Metrics(likes, likes // 5, likes // 7)}


async def test_an_insight_that_is_not_there_is_not_zero(scripted):
    told = [{"name": "likes", "total_value": {"value": 3}}, {"name": "shares", "values": []}]
    instagram, _ = scripted(InstagramClient, httpx2.Response(200, json={"data": told}))

    assert await instagram.metrics(TOKEN, ["1"]) == {"1": Metrics(3, None, None)}


async def test_posts_are_read_until_since(instagram: InstagramClient, on_instagram, travel):
    state = on_instagram.state.instagram
    author = state.accounts.by_id[on_instagram.user_id]
    for number in range(120):
        state.posts.add(author, f"old {number}", ())
    travel(7200)
    for number in range(130):
        state.posts.add(author, str(number), ())

    posts = await instagram.recent_posts(on_instagram.token, author.user_id, an_hour_ago())

    assert [post.text for post in posts] == [str(number) for number in reversed(range(130))]


async def test_the_daily_cap_is_told_and_waited_for(connect, http):
    state = SandboxState(instagram=InstagramState(posts_per_day=1))
    async with serving(state) as url:
        one = await connect(url, state, "instagram")
        instagram = InstagramClient(http, one.settings())
        await instagram.create_post(one.token, "a", [PICTURE], user_id=one.user_id)

        with pytest.raises(RetryAfter, match="2207042") as e:
            await instagram.create_post(one.token, "b", [PICTURE], user_id=one.user_id)

        assert timedelta(minutes=59) < e.value.at - datetime.now(UTC) <= timedelta(hours=1)
        assert one.posts == ["a"]


@pytest.mark.parametrize(
    ("fault", "outcome", "message"),
    [
        ("429", RetryAfter, "code 32 .* try again at"),
        ("usage_capped", RetryAfter, "code 9/2207042 .* try again at"),
        ("suspended", PauseAccount, "code 25/2207050 .* the account is blocked"),
        ("expired_token", NeedsReauth, "code 190 .* connect the account again"),
    ],
)
async def test_a_refusal_publishes_nothing(instagram, on_instagram, fault, outcome, message):
    await on_instagram.fault(fault)

    with pytest.raises(outcome, match=message):
        await instagram.create_post(
            on_instagram.token, "Hello", [PICTURE], user_id=on_instagram.user_id
        )

    assert on_instagram.posts == []


@pytest.mark.parametrize(
    ("text", "media", "message"),
    [
        ("a" * 2201, [PICTURE], "This post counts 2201 of Instagram's 2200: shorten it by 1."),
        ("a", [], "Instagram takes no post without a picture or a video."),
        ("", [], "This post is empty"),
        ("a", [PICTURE] * 11, "This post has 11 media; Instagram takes 10."),
        ("a", ["/var/media/a.jpg"], "Instagram fetches media itself: give their public"),
        ("a", ["file:///a.jpg"], "Instagram fetches media itself: give their public"),
    ],
)
async def test_what_instagram_would_refuse_is_not_sent(scripted, text, media, message):
    instagram, asked = scripted(InstagramClient, httpx2.Response(500))

    with pytest.raises(FailPermanent) as refused:
        await instagram.create_post(TOKEN, text, media, user_id="1")

    assert str(refused.value).startswith(message)
    assert asked == []


async def test_a_token_is_extended_when_it_is_a_day_old(
    instagram: InstagramClient, on_instagram, travel, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    with pytest.raises(FailPermanent, match="400 code 100 to GET /refresh_access_token"):
        await instagram.refresh(on_instagram.token)

    travel(24 * 60 * 60 + 1)
    tokens = await instagram.refresh(on_instagram.token)

    assert timedelta(days=59) < tokens.expires_at - datetime.now(UTC) < timedelta(days=61)
    await instagram.recent_posts(tokens.access, on_instagram.user_id, an_hour_ago())
    assert on_instagram.account["access_token"] not in caplog.text


async def test_a_token_that_ended_cannot_be_extended(instagram: InstagramClient):
    with pytest.raises(NeedsReauth, match="code 190"):
        await instagram.refresh(SecretStr("made-up"))
