"""LinkedIn's adapter over a real socket, against the sandbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from kit.platforms import (
    FailPermanent,
    LinkedInClient,
    Metrics,
    RefreshThenRetryOnce,
    RetryBackoff,
    Unknown,
    refresh_once,
)
from kit.platforms.linkedin.text import escape, unescape

TOKEN = SecretStr("secret-token")
ME = "urn:li:person:me"
HOUR = timedelta(hours=1)


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - HOUR


async def test_a_post_is_published_and_found(linkedin: LinkedInClient, on_linkedin):
    text = r"50% (off) @shop #sale {a|b} <c> [d] ~e~ *f* g_h \i"
    published = await linkedin.create_post(on_linkedin.token, text, user_id=on_linkedin.user_id)

    assert on_linkedin.posts == [text]
    assert published.url == f"https://www.linkedin.com/feed/update/{published.id}"
    [post] = await linkedin.recent_posts(on_linkedin.token, on_linkedin.user_id, an_hour_ago())
    assert (post.id, post.url, post.text) == (published.id, published.url, text)
    assert abs(datetime.now(UTC) - post.created_at) < timedelta(seconds=10)
    assert await linkedin.post(on_linkedin.token, published.id) == post


async def test_the_sandbox_cuts_what_is_not_escaped_as_linkedin_does(on_linkedin, linkedin):
    call = {
        "author": on_linkedin.user_id,
        "commentary": "Save 50 (today only)",
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED"},
        "lifecycleState": "PUBLISHED",
    }
    headers = on_linkedin.headers | {
        "LinkedIn-Version": "202610",
        "X-Restli-Protocol-Version": "2.0.0",
    }
    url = f"{on_linkedin.url}/linkedin/rest/posts"

    assert (await on_linkedin.http.post(url, json=call, headers=headers)).status_code == 201
    assert on_linkedin.posts == ["Save 50 "]


@pytest.mark.parametrize("text", ["plain", r"\ < > # ~ _ | [ ] * ( ) { } @", "ä\n😀", r"\\("])
def test_what_is_escaped_is_read_as_it_was(text: str):
    assert unescape(escape(text)) == text


def test_hashtags_and_mentions_are_read_as_people_see_them():
    commentary = r"{hashtag|\#|sale} with @[The \(Big\) Shop](urn:li:organization:1)"

    assert unescape(commentary) == "#sale with The (Big) Shop"


@pytest.mark.parametrize("images", [1, 3])
async def test_images_are_uploaded_and_posted(linkedin: LinkedInClient, on_linkedin, images: int):
    urns = [
        await linkedin.upload_image(on_linkedin.token, on_linkedin.user_id, b"picture")
        for _ in range(images)
    ]
    await linkedin.create_post(on_linkedin.token, "", urns, user_id=on_linkedin.user_id)

    [post] = on_linkedin.state.linkedin.posts.of(on_linkedin.user_id)
    assert post.media_ids == tuple(urns)
    assert on_linkedin.state.linkedin.images[urns[0]].size == len(b"picture")


async def test_an_image_that_never_comes_is_given_up_for_now(on_linkedin):
    settings = LinkedInClient(on_linkedin.http, on_linkedin.settings(media_poll_limit=0.02))
    with pytest.raises(RetryBackoff, match=r"still being processed after 0.02 s"):
        await settings.upload_image(on_linkedin.token, on_linkedin.user_id, b"")


async def test_posts_are_read_to_the_last_page_and_no_further(linkedin, on_linkedin, travel):
    state = on_linkedin.state.linkedin
    author = state.accounts.by_id[on_linkedin.user_id]
    state.posts.add(author, "old", ())
    travel(7200)
    for number in range(203):
        state.posts.add(author, str(number), ())

    posts = await linkedin.recent_posts(on_linkedin.token, author.user_id, an_hour_ago())

    assert [post.text for post in posts] == [str(number) for number in reversed(range(203))]


@pytest.mark.req("R24-25")
async def test_likes_and_comments_are_counted(linkedin: LinkedInClient, on_linkedin):
    published = await linkedin.create_post(on_linkedin.token, "Hello", user_id=on_linkedin.user_id)
    likes = on_linkedin.state.linkedin.posts.get(published.id).likes

    found = await linkedin.metrics(on_linkedin.token, [published.id, "urn:li:share:1"])

    assert found == {published.id: Metrics(likes, None, likes // 7)}


@pytest.mark.parametrize(
    ("text", "media", "author", "message"),
    [
        ("a" * 3001, [], ME, "This post counts 3001 of LinkedIn's 3000: shorten it by 1."),
        (" ", [], ME, "This post is empty: give it text or media."),
        ("a", ["urn:li:image:1"] * 21, ME, "This post has 21 media; LinkedIn takes 20."),
        ("a", [], "me", "'me' is no LinkedIn author"),
        ("a", [], "urn:li:person:a/b", "'urn:li:person:a/b' is no LinkedIn author"),
    ],
)
async def test_what_linkedin_would_refuse_is_not_sent(scripted, text, media, author, message):
    linkedin, asked = scripted(LinkedInClient, httpx2.Response(500))

    with pytest.raises(FailPermanent) as refused:
        await linkedin.create_post(TOKEN, text, media, user_id=author)

    assert str(refused.value).startswith(message)
    assert asked == []


async def test_3000_characters_are_taken(linkedin: LinkedInClient, on_linkedin):
    await linkedin.create_post(on_linkedin.token, "(" * 3000, user_id=on_linkedin.user_id)

    assert on_linkedin.posts == ["(" * 3000]


@pytest.mark.parametrize("fault", ["5xx_after_commit", "response_lost_after_commit"])
async def test_a_post_whose_answer_is_lost_is_unknown_and_found(linkedin, on_linkedin, fault: str):
    await on_linkedin.fault(fault)

    with pytest.raises(Unknown, match="look it up"):
        await linkedin.create_post(on_linkedin.token, "Lost (?)", user_id=on_linkedin.user_id)

    [post] = await linkedin.recent_posts(on_linkedin.token, on_linkedin.user_id, an_hour_ago())
    assert post.says("Lost (?)")


async def test_a_slow_answer_is_an_answer(linkedin: LinkedInClient, on_linkedin):
    await on_linkedin.fault("slow", seconds=0.05)

    await linkedin.create_post(on_linkedin.token, "Slow", user_id=on_linkedin.user_id)

    assert on_linkedin.posts == ["Slow"]


async def test_an_expired_token_is_refreshed_and_the_post_sent_once(linkedin, on_linkedin):
    await on_linkedin.fault("expired_token")
    old = SecretStr(on_linkedin.account["refresh_token"])

    async def refresh() -> SecretStr:
        tokens = await linkedin.refresh(old)
        assert tokens.refresh == old
        assert timedelta(days=59) < tokens.expires_at - datetime.now(UTC) < timedelta(days=61)
        return tokens.access

    async def create(token: SecretStr) -> Any:
        return await linkedin.create_post(token, "Hello", user_id=on_linkedin.user_id)

    with pytest.raises(RefreshThenRetryOnce, match="401 EXPIRED_ACCESS_TOKEN"):
        await create(on_linkedin.token)
    await refresh_once(create, on_linkedin.token, refresh)
    assert on_linkedin.posts == ["Hello"]


async def test_a_post_is_found_by_what_is_read_of_it(scripted: Any) -> None:
    told = {"id": "urn:li:share:1", "commentary": "Hello", "createdAt": 1_790_000_000_000}
    linkedin, _ = scripted(LinkedInClient, httpx2.Response(200, json=told))

    found = await linkedin.post(TOKEN, "urn:li:share:1")

    assert (found.id, found.text) == ("urn:li:share:1", "Hello")
