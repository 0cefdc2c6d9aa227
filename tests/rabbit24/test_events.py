"""Events: told to whoever may listen, over server-sent events and WebSockets."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from tests.rabbit24.conftest import Start
from tests.rabbit24.running import Person, Rabbit, sent_events, served, serving
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from hutch_pubsub import EventsUnavailable
from rabbit24.jobs.publish import PublishJobs

LISTENING = ("listening", "")


async def until(stream: httpx2.Response, kind: str) -> Any:
    async for found, data in sent_events(stream):
        if found == kind:
            return json.loads(data)
    raise AssertionError(f"no {kind} came")


@pytest.mark.req("R24-42", "R24-44", "R24-47")
async def test_a_user_hears_of_their_own_jobs_and_posts_alone(rabbit: Rabbit, ada: Person) -> None:
    x = await ada.connect()
    async with (
        rabbit.user() as bob,
        served(rabbit, ada.client) as client,
        served(rabbit, bob.client) as elsewhere,
        client.stream("GET", "/api/events") as stream,
        elsewhere.stream("GET", "/api/events") as theirs,
        asyncio.timeout(10),
    ):
        mine, other = sent_events(stream), sent_events(theirs)
        assert await anext(mine) == await anext(other) == LISTENING
        post = await ada.approved("Hello", x)
        await rabbit.drain()
        heard = dict([await anext(mine), await anext(mine)])
        [one] = (await ada.read(post))["publications"]
        assert json.loads(heard["posts:published"]) == {
            "postId": post, "platform": "TWITTER", "url": one["url"],
        }  # fmt: skip
        assert json.loads(heard["jobs:completed"]) == {
            "jobId": f"{post}-{x.id}", "queue": "publish", "status": "completed",
        }  # fmt: skip
        theirs_x = await bob.connect()
        their_post = await bob.approved("Theirs", theirs_x)
        await rabbit.drain()
        _, first = await anext(other)
        assert their_post in first


@pytest.mark.req("R24-43")
async def test_a_job_that_fails_is_told_once_it_has_failed_for_good(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HUTCH_PLATFORMS__X_BASE_URL", "http://127.0.0.1:1")
    async with (
        start() as rabbit,
        rabbit.user() as ada,
        served(rabbit, ada.client) as client,
        client.stream("GET", "/api/events") as stream,
        asyncio.timeout(10),
    ):
        heard = sent_events(stream)
        assert await anext(heard) == LISTENING
        x = await ada.connect()
        post = await ada.approved("Hello", x)
        await rabbit.drain()
        end = {"message": "The end", "severity": "info"}
        await rabbit.operator.post("/api/admin/maintenance", json=end)
        kind, data = await anext(heard)
        told = {"jobId": f"{post}-{x.id}", "queue": "publish", "error": "TryLater"}
        assert (kind, json.loads(data)) == ("jobs:failed", told)
        assert (await anext(heard))[0] == "system:maintenance", "it is told once"


@pytest.mark.req("R24-47")
async def test_a_websocket_gets_the_same_and_only_ones_own(rabbit: Rabbit, ada: Person) -> None:
    x = await ada.connect()
    cookies = "; ".join(f"{name}={value}" for name, value in ada.client.cookies.items())
    async with serving(rabbit.t.app.http) as url, asyncio.timeout(10):
        place = f"{url.replace('http', 'ws')}/api/socket"
        with pytest.raises(InvalidStatus):
            await connect(place, origin=url).__aenter__()  # type: ignore[arg-type]
        headers = {"cookie": cookies}
        async with connect(place, origin=url, additional_headers=headers) as socket:  # type: ignore[arg-type]
            assert json.loads(await socket.recv())["event"] == "listening"
            post = await ada.approved("Hello", x)
            await rabbit.drain()
            heard = [json.loads(await socket.recv()) for _ in range(2)]
            assert {item["event"] for item in heard} == {"posts:published", "jobs:completed"}
            assert all(post in json.dumps(item["data"]) for item in heard)


@pytest.mark.req("R24-47")
async def test_another_users_channels_are_refused(rabbit: Rabbit, ada: Person) -> None:
    post = await ada.write("Mine")
    # A stream that is not refused does not end.
    async with rabbit.user() as bob, asyncio.timeout(10):
        await bob.ask("GET", f"/api/users/{ada.id}/events", 403)
        await bob.ask("GET", f"/api/brands/{ada.brand}/events", 404)
        await bob.ask("GET", f"/api/posts/{post}/events", 403)


@pytest.mark.req("R24-46")
async def test_maintenance_is_told_to_everybody(rabbit: Rabbit, ada: Person) -> None:
    told = {"message": "We are back in five minutes.", "severity": "warning"}
    async with (
        served(rabbit, ada.client) as client,
        client.stream("GET", "/api/events") as stream,
        asyncio.timeout(10),
    ):
        heard = sent_events(stream)
        assert await anext(heard) == LISTENING
        answer = await rabbit.operator.post("/api/admin/maintenance", json=told)
        assert answer.status_code == 202
        kind, data = await anext(heard)
        assert (kind, json.loads(data)) == ("system:maintenance", told)
    refused = await rabbit.operator.post("/api/admin/maintenance", json=told | {"severity": "x"})
    assert refused.status_code == 422


@pytest.mark.req("R24-48")
async def test_who_missed_an_event_reads_the_state(rabbit: Rabbit, ada: Person) -> None:
    x = await ada.connect()
    post = await ada.approved("Hello", x)
    await rabbit.drain()
    [listed] = await ada.ask("GET", f"/api/posts?brandProfileId={ada.brand}")
    assert (listed["id"], listed["publications"][0]["state"]) == (post, "PUBLISHED")


@pytest.mark.req("R24-48")
async def test_a_job_does_not_need_that_its_event_is_heard(
    rabbit: Rabbit, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise EventsUnavailable("Redis did not answer.")

    x = await ada.connect()
    post = await ada.approved("Hello", x)
    jobs = rabbit.t.app.get(PublishJobs)
    monkeypatch.setattr(type(jobs.events), "publish", away)
    await rabbit.drain()
    assert (await ada.states(post), x.texts) == ({"TWITTER": "PUBLISHED"}, ["Hello"])
