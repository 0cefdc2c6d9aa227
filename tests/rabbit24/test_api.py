"""Posts over HTTP: who may, what is refused and how, approving once, twice and without Redis."""

import asyncio
from datetime import timedelta

import pytest
from tests.rabbit24.conftest import Start, Travel
from tests.rabbit24.running import BEARER, Rabbit, payload

from hutch_queue import QueueAdmin
from rabbit24.jobs.publish import PublishJobs
from rabbit24.services.publications import PublicationNotFound

NEW = {"brandProfileId": "brand", "content": "Hello"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/posts"),
        ("GET", "/api/posts?brandProfileId=brand"),
        ("GET", "/api/posts/1"),
        ("POST", "/api/posts/1/approve"),
        ("GET", "/api/brands/brand/events"),
    ],
)
async def test_nobody_passes_without_the_operators_token(
    rabbit: Rabbit, method: str, path: str
) -> None:
    for headers in ({}, {"authorization": "Bearer a-token-of-somebody-else"}):
        del rabbit.client.headers["authorization"]
        answer = await rabbit.client.request(method, path, headers=headers, json=NEW)
        rabbit.client.headers.update(BEARER)
        assert answer.status_code == 401, answer.text
    assert (await rabbit.client.get("/api/posts?brandProfileId=brand")).json() == []


@pytest.mark.req("R24-49", "R24-50")
async def test_the_board_is_at_admin_queues_behind_a_login(rabbit: Rabbit) -> None:
    board = await rabbit.client.get("/admin/queues/", headers={"accept": "text/html"})
    assert (board.status_code, "saq" in board.text.lower()) == (200, True)
    del rabbit.client.headers["authorization"]
    assert (await rabbit.client.get("/admin/queues/api/queues")).status_code == 401
    page = await rabbit.client.get("/admin/queues/", headers={"accept": "text/html"})
    assert page.status_code == 303
    assert "/monitor/login" in page.headers["location"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "x" * 281,
            "content counts 281 characters on X, 1 more than the 280 it takes; shorten it.",
        ),
        ("兎" * 150, "content counts 300 characters on X, 20 more than"),
        ("", "it is empty; write something"),
        (" \n", "it is empty; write something"),
        ("a\0b", "it holds a NUL character, which cannot be stored; remove it"),
        ("x" * 10_001, "at most 10000 characters"),
    ],
)
async def test_content_that_x_would_not_take_is_refused(
    rabbit: Rabbit, content: str, said: str
) -> None:
    answer = await rabbit.client.post("/api/posts", json=NEW | {"content": content})
    assert answer.status_code == 422
    assert said in answer.text
    assert (await rabbit.client.get("/api/posts?brandProfileId=brand")).json() == []


@pytest.mark.parametrize(
    "body",
    [
        NEW | {"surprise": 1},
        NEW | {"brandProfileId": "a/b"},
        NEW | {"brandProfileId": "x" * 65},
        NEW | {"content": 7},
        {"content": "Hello"},
        {"brandProfileId": "brand"},
    ],
)
async def test_a_body_that_is_no_post_is_refused_by_name(
    rabbit: Rabbit, body: dict[str, object]
) -> None:
    answer = await rabbit.client.post("/api/posts", json=body)
    assert answer.status_code == 422
    [wrong] = {"surprise", "brandProfileId", "content"} & {
        word for word in ("surprise", "brandProfileId", "content") if word in answer.text
    }
    assert wrong in {"surprise", *NEW}


@pytest.mark.parametrize("content", ["x" * 280, "兎" * 140, "two\nlines", "https://e.example/" * 1])
async def test_content_within_the_limit_is_a_draft(rabbit: Rabbit, content: str) -> None:
    post = await rabbit.write(content)
    read = (await rabbit.client.get(f"/api/posts/{post}")).json()
    assert (read["content"], read["status"], read["publications"]) == (content, "DRAFT", [])
    assert (read["approvedAt"], rabbit.t.enqueued) == (None, [])


async def test_an_unknown_post_is_not_found(rabbit: Rabbit) -> None:
    for method, path in (("GET", "/api/posts/none"), ("POST", "/api/posts/none/approve")):
        answer = await rabbit.client.request(method, path)
        assert answer.status_code == 404
        assert answer.json()["detail"] == "There is no post 'none'."


@pytest.mark.parametrize("path", ["/api/posts/%00", "/api/posts?brandProfileId=%00"])
async def test_an_id_that_none_can_be_is_refused(rabbit: Rabbit, path: str) -> None:
    assert (await rabbit.client.get(path)).status_code in (404, 422)


async def test_a_brands_posts_are_listed_newest_first(rabbit: Rabbit) -> None:
    posts = [await rabbit.write(f"Post {n}") for n in range(3)]
    await rabbit.write("Elsewhere", brand="other")
    listed = await rabbit.client.get("/api/posts?brandProfileId=brand&limit=2")
    assert [post["id"] for post in listed.json()] == posts[:0:-1]
    assert (await rabbit.client.get("/api/posts?brandProfileId=brand&limit=0")).status_code == 422


async def test_a_post_approved_twice_has_one_job(rabbit: Rabbit) -> None:
    post = await rabbit.write("Hello")
    first = await rabbit.approve(post)
    assert (first["status"], first["publications"][0]["state"]) == ("APPROVED", "PENDING")
    assert await rabbit.approve(post) == first
    assert rabbit.t.enqueued == [PublishJobs.publish_post(payload(post, "Hello"))]
    assert await rabbit.t.drain() == 1
    assert (await rabbit.approve(post))["publications"][0]["state"] == "PUBLISHED"
    assert rabbit.t.enqueued == []


async def test_a_post_approved_by_many_at_once_has_one_job(rabbit: Rabbit) -> None:
    post = await rabbit.write("Hello")
    approvals = await asyncio.gather(*(rabbit.approve(post) for _ in range(5)))
    assert {len(approval["publications"]) for approval in approvals} == {1}
    assert await rabbit.t.drain() == 1
    assert rabbit.x.texts == ["Hello"]


async def test_a_job_of_a_post_that_nobody_approved_publishes_nothing(rabbit: Rabbit) -> None:
    post = await rabbit.write("Hello")
    with pytest.raises(PublicationNotFound, match=f"{post}' is not approved for the account"):
        await rabbit.publisher.publish(payload(post, "Hello"))
    assert rabbit.x.texts == []


async def test_approving_does_not_need_redis_and_the_sweep_makes_up_for_it(
    start: Start,
    environment: pytest.MonkeyPatch,
    redis_url: str,
    redis_prefix: str,
    travel: Travel,
) -> None:
    environment.setenv("HUTCH_QUEUE__BACKEND", "redis")
    environment.setenv("REDIS_PREFIX", redis_prefix)
    async with start() as rabbit:
        post = await rabbit.approved("Hello")
        assert await rabbit.state(post) == "PENDING"
    environment.setenv("REDIS_URL", redis_url)
    async with start() as rabbit:
        admin, jobs = rabbit.t.get(QueueAdmin), rabbit.t.app.get(PublishJobs)
        assert (await admin.stats("publish")).waiting == 0
        travel(timedelta(seconds=21))
        await jobs.sweep()
        await jobs.sweep()
        assert (await admin.stats("publish")).waiting == 1
