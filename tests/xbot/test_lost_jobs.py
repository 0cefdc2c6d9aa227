"""Jobs that Redis has lost: what they were to do is done after all."""

from datetime import timedelta

import pytest
from tests.xbot.running import TEXT, Bot

from hutch_outbox import Outbox
from hutch_queue import Queue
from xbot.jobs.pending import PendingJobs


async def test_a_post_whose_job_is_lost_is_found_again(
    idle: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await idle.write(TEXT)
    monkeypatch.setattr("xbot.services.posts.LOST_AFTER", timedelta(0))
    await idle.t.get(Queue).enqueue(PendingJobs.sweep())
    await idle.t.drain()
    assert (await idle.post(post))["status"] == "POSTED"


@pytest.mark.req("XB-31", "C-45")
async def test_a_tweet_whose_job_redis_has_lost_reaches_the_database(
    idle: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = idle.t.get(Queue)

    async def lost(*_: object, **__: object) -> str:
        return "as if it were stored"

    post = await idle.write(TEXT)
    await idle.t.get(Outbox).relay()
    with monkeypatch.context() as patch:
        patch.setattr(type(queue), "enqueue", lost)
        await idle.t.drain()
    assert (await idle.is_at(post, "POSTED"), await idle.stored()) == (True, [])
    monkeypatch.setattr("xbot.services.posts.LOST_AFTER", timedelta(0))
    await queue.enqueue(PendingJobs.sweep())
    assert await idle.t.drain() == 2
    [stored] = await idle.stored()
    assert (stored["postId"], stored["tags"]) == (post, ["tea"])
    assert stored["url"] == (await idle.post(post))["url"]
    await queue.enqueue(PendingJobs.sweep())
    assert await idle.t.drain() == 1  # it finds nothing to do
    assert idle.x.texts == [TEXT]
