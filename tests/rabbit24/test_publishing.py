"""The main path: written, approved, published, told."""

import json

import pytest
from tests.rabbit24.running import Rabbit, payload

from rabbit24.jobs.publish import PublishJobs


@pytest.mark.req("R24-06", "R24-22", "R24-44")
async def test_an_approved_post_is_published_and_its_brand_is_told(rabbit: Rabbit) -> None:
    async with rabbit.listening() as heard:
        post = await rabbit.write("Hello from Hutch")
        assert rabbit.t.enqueued == []
        await rabbit.approve(post)
        assert rabbit.t.enqueued == [PublishJobs.publish_post(payload(post, "Hello from Hutch"))]
        assert await rabbit.t.drain() == 1
    [published] = rabbit.x.posts
    assert published.text == "Hello from Hutch"
    publication = await rabbit.read(post)
    url = f"{rabbit.x.url}/i/web/status/{published.id}"
    assert publication == {
        "socialAccountId": "x-main",
        "platform": "TWITTER",
        "state": "PUBLISHED",
        "platformPostId": published.id,
        "url": url,
        "error": None,
    }
    assert [json.loads(event) for event in heard] == [
        {"postId": post, "platform": "TWITTER", "url": url}
    ]
