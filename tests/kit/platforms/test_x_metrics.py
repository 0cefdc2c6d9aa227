from __future__ import annotations

import httpx2
import pytest
from pydantic import SecretStr

from kit.platforms import Metrics, XClient

TOKEN = SecretStr("secret-token")


@pytest.mark.req("R24-25")
async def test_likes_shares_and_comments_are_counted(x: XClient, sandbox):
    author = sandbox.state.x.accounts.by_id[sandbox.user_id]
    posts = [sandbox.state.x.posts.add(author, str(number), ()) for number in range(101)]

    found = await x.metrics(sandbox.token, [*(post.id for post in posts), "42"])

    likes = {post.id: post.likes for post in posts}
    assert found == {id_: Metrics(n, n // 5 + n // 11, n // 7) for id_, n in likes.items()}
    assert await x.metrics(sandbox.token, []) == {}


async def test_metrics_have_new_names_in_the_new_specification(scripted):
    metrics = {"like_count": 4, "repost_count": 3, "quote_count": 2, "reply_count": 1}
    answer = httpx2.Response(200, json={"data": [{"id": "7", "public_metrics": metrics}]})
    x, asked = scripted(XClient, answer, x_fields_parameter="post.fields")

    assert await x.metrics(TOKEN, ["7"]) == {"7": Metrics(4, 5, 1)}
    assert dict(asked[0].url.params) == {"ids": "7", "post.fields": "public_metrics"}
