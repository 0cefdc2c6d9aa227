"""Bridges: what browsers get, over server-sent events and WebSockets, on both backends."""

import asyncio
import json
from typing import Any, cast

import pytest
from tests.hutch_pubsub.conftest import Start, starting
from tests.hutch_pubsub.live import (
    COMPLETED,
    MAINTENANCE,
    Maintenance,
    job_done,
    live,
    sent,
    served,
)
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from hutch_pubsub import Events, InvalidChannel, everybody, only
from hutch_redis import Redis

MINE, OTHER = COMPLETED.of(user=7), COMPLETED.of(user=8)
BUSY = Maintenance(message="at noon", severity="info")


@pytest.mark.req("R24-42", "R24-46", "R24-47", "C-17")
async def test_a_client_hears_its_own_user_and_what_is_for_all(start: Start) -> None:
    async with start(live) as t, served(t) as client, client.stream("GET", "/live/7") as stream:
        events, heard = t.get(Events), sent(stream)
        async with asyncio.timeout(5):
            assert await anext(heard) == {"event": "listening", "data": ""}
            await events.publish(OTHER, job_done("not mine"))
            await events.publish(MINE, job_done("j1"))
            first = await anext(heard)
            await events.publish(MAINTENANCE.of(), BUSY)
            second = await anext(heard)
    assert first["event"] == "jobs:completed"
    assert json.loads(first["data"]) == {"jobId": "j1", "queue": "publish", "status": "completed"}
    assert first["id"].endswith("-0,")
    assert (second["event"], json.loads(second["data"])["message"]) == (
        "system:maintenance",
        "at noon",
    )


@pytest.mark.req("R24-47")
async def test_another_users_channel_is_refused(start: Start) -> None:
    # A stream that is not refused does not end.
    async with start(live) as t, served(t) as client, asyncio.timeout(5):
        for path in ("/live/8", "/live/*", "/live/%2A", "/live/everything"):
            answer = await client.get(path)
            assert answer.status_code == 403, path
            assert "may not hear jobs:completed" in answer.json()["detail"]
        assert t.get(Events).stats().subscribers == 0


async def test_a_client_that_comes_back_hears_what_it_missed(start: Start) -> None:
    async with start(live) as t, served(t) as client, asyncio.timeout(5):
        events = t.get(Events)
        async with client.stream("GET", "/live/7") as stream:
            heard = sent(stream)
            await anext(heard)
            await events.publish(MINE, job_done("j1"))
            last = (await anext(heard))["id"]
        await events.publish(MINE, job_done("j2"))
        headers = {"last-event-id": last}
        async with client.stream("GET", "/live/7", headers=headers) as stream:
            heard = sent(stream)
            await anext(heard)
            assert json.loads((await anext(heard))["data"])["jobId"] == "j2"


async def test_a_made_up_position_is_a_gap(start: Start) -> None:
    async with start(live) as t, served(t) as client, asyncio.timeout(5):
        headers = {"last-event-id": "../../etc"}
        async with client.stream("GET", "/live/7", headers=headers) as stream:
            heard = sent(stream)
            assert (await anext(heard))["event"] == "listening"
            assert (await anext(heard))["event"] == "gap"


async def test_an_idle_stream_pings(on_memory: Start) -> None:
    async with (
        on_memory(live) as t,
        served(t) as client,
        client.stream("GET", "/live/7") as stream,
        asyncio.timeout(5),
    ):
        lines = stream.aiter_lines()
        while await anext(lines) != ": ping":
            pass


async def test_a_lost_connection_is_a_gap(on_redis: Start, redis: Redis) -> None:
    async with (
        on_redis(live) as t,
        served(t) as client,
        client.stream("GET", "/live/7") as stream,
        asyncio.timeout(5),
    ):
        heard = sent(stream)
        await anext(heard)
        await cast(Any, redis.state).execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        assert (await anext(heard))["event"] == "gap"


async def test_who_leaves_is_forgotten(start: Start) -> None:
    async with start(live) as t, served(t) as client:
        events = t.get(Events)
        async with client.stream("GET", "/live/7") as stream:
            await anext(sent(stream))
            assert events.stats().subscribers == 1
        async with asyncio.timeout(5):
            while events.stats().subscribers:
                await asyncio.sleep(0.01)


async def test_without_redis_the_browser_is_asked_to_come_back() -> None:
    start = starting("redis", "redis://127.0.0.1:1", "none")
    async with start(live) as t, served(t) as client, client.stream("GET", "/live/7") as stream:
        assert await anext(sent(stream)) == {"event": "gap", "retry": "2000", "data": ""}
    async with (
        start(live) as t,
        served(t) as client,
        connect(_url(client, "/live/notices")) as socket,
    ):
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1013


def _url(client: Any, path: str) -> str:
    return f"ws://{client.base_url.host}:{client.base_url.port}{path}"


@pytest.mark.req("R24-47")
async def test_a_socket_hears_its_own_user(start: Start) -> None:
    async with start(live) as t, served(t) as client:
        events = t.get(Events)
        headers = {"x-user": "7"}
        async with (
            connect(_url(client, "/live/7/socket"), additional_headers=headers) as socket,
            asyncio.timeout(5),
        ):
            assert json.loads(await socket.recv()) == {"event": "listening"}
            await events.publish(OTHER, job_done("not mine"))
            await events.publish(MINE, job_done("j1"))
            told = json.loads(await socket.recv())
            await socket.send("nobody listens to the client")
        assert told["event"] == "jobs:completed"
        assert told["data"]["jobId"] == "j1"
        await events.publish(MINE, job_done("j2"))
        again = _url(client, f"/live/7/socket?after={told['id']}")
        async with connect(again, additional_headers=headers) as socket, asyncio.timeout(5):
            await socket.recv()
            assert json.loads(await socket.recv())["data"]["jobId"] == "j2"
        async with asyncio.timeout(5):
            while events.stats().subscribers:
                await asyncio.sleep(0.01)


@pytest.mark.req("R24-47")
async def test_a_socket_to_another_user_is_not_accepted(start: Start) -> None:
    async with start(live) as t, served(t) as client:
        with pytest.raises(InvalidStatus) as refused:
            await connect(_url(client, "/live/8/socket"), additional_headers={"x-user": "7"})
    assert refused.value.response.status_code == 403


async def test_a_socket_ends_with_the_app(on_memory: Start) -> None:
    async with (
        on_memory(live) as t,
        served(t) as client,
        connect(_url(client, "/live/notices")) as socket,
        asyncio.timeout(5),
    ):
        await socket.recv()
        await t.app.stop_services()
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1001


async def test_a_stream_ends_so_that_its_client_is_asked_again(on_memory: Start) -> None:
    async with on_memory(live) as t, served(t) as client, asyncio.timeout(5):
        async with client.stream("GET", "/live/7/briefly") as stream:
            assert [event["event"] async for event in sent(stream)] == ["listening"]
        async with connect(_url(client, "/live/notices/briefly")) as socket:
            await socket.recv()
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
        assert t.get(Events).stats().subscribers == 0
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1012


def test_only_ones_own_scope_passes() -> None:
    own = only(user=7)
    assert own(MINE)
    assert own(MAINTENANCE.of())
    assert not own(OTHER)
    assert not own(COMPLETED.all())
    assert not only(brand=7)(MINE)
    with pytest.raises(InvalidChannel, match="name a part of the scope"):
        only()
    with pytest.raises(InvalidChannel, match="user=None"):
        only(user=None)  # type: ignore[arg-type]
    assert everybody(OTHER)
