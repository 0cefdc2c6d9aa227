from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from starlette.types import Message
from structlog.testing import capture_logs

from hutch import Module
from hutch.http import Event, EventStream, Header, controller, get
from hutch.testing import testing as started

if TYPE_CHECKING:
    from .conftest import Serve


class Tick(BaseModel):
    n: int


class Ticker:
    """Streams under the test's control."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.waiting = asyncio.Event()
        self.closed = asyncio.Event()

    async def ticks(self, first: int, size: int = 0) -> AsyncIterator[Event]:
        try:
            yield Event(Tick(n=first), event="tick", id=str(first), retry=1.5)
            while size:
                yield Event("x" * size)
            self.waiting.set()
            await self.go.wait()
            yield Event("bye")
        finally:
            await asyncio.sleep(0)  # closing may itself wait
            self.closed.set()

    async def broken(self) -> AsyncIterator[Event]:
        yield Event(1)
        raise TimeoutError("the source, not the client")


@controller("/")
class Streams:
    def __init__(self, ticker: Ticker) -> None:
        self.ticker = ticker

    @get("/ticks")
    async def ticks(
        self, last_event_id: Annotated[int | None, Header()] = None, ping: float = 15
    ) -> EventStream:
        return EventStream(self.ticker.ticks((last_event_id or 0) + 1), ping=ping)

    @get("/brief")
    async def brief(self) -> EventStream:
        return EventStream(self.ticker.ticks(1), longest=0.2)

    @get("/flood")
    async def flood(self) -> EventStream:
        return EventStream(self.ticker.ticks(1, size=100_000), send_timeout=0.2)

    @get("/broken")
    async def broken(self) -> EventStream:
        return EventStream(self.ticker.broken())


def app() -> Module:
    return Module("app", providers=[Ticker], controllers=[Streams], exports=[Ticker])


async def test_events_arrive_as_they_come_and_the_stream_ends(serve: Serve) -> None:
    async with serve(app()) as it:
        ticker = it.app.get(Ticker)
        async with it.client.stream("GET", "/ticks", headers={"last-event-id": "7"}) as response:
            assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert response.headers["cache-control"] == "no-store"
            text = response.aiter_text()
            assert await anext(text) == 'event: tick\nid: 8\nretry: 1500\ndata: {"n":8}\n\n'
            ticker.go.set()
            assert await anext(text) == "data: bye\n\n"
            assert [rest async for rest in text] == []
        assert ticker.closed.is_set()


async def test_the_source_is_closed_when_the_client_leaves(serve: Serve) -> None:
    async with serve(app()) as it:
        ticker = it.app.get(Ticker)
        reader, writer = await it.connect()
        writer.write(b"GET /ticks HTTP/1.1\r\nhost: x\r\n\r\n")
        await reader.readuntil(b'data: {"n":1}\n\n')
        await ticker.waiting.wait()
        assert not ticker.closed.is_set()
        writer.close()
        async with asyncio.timeout(5):
            await ticker.closed.wait()


async def test_the_stream_ends_when_the_app_stops(serve: Serve) -> None:
    async with serve(app()) as it:
        ticker = it.app.get(Ticker)
        async with it.client.stream("GET", "/ticks") as response:
            await ticker.waiting.wait()
            it.app.app.stopping.set()
            async with asyncio.timeout(5):
                assert (await response.aread()).endswith(b'data: {"n":1}\n\n')
        assert ticker.closed.is_set()


async def test_the_stream_ends_when_it_has_lasted_long_enough(serve: Serve) -> None:
    async with serve(app()) as it, asyncio.timeout(5):
        answer = await it.client.get("/brief")
        assert answer.text.endswith('data: {"n":1}\n\n')
        assert it.app.get(Ticker).closed.is_set()


async def test_a_client_that_does_not_read_is_given_up(serve: Serve) -> None:
    async with serve(app()) as it:
        ticker = it.app.get(Ticker)
        _, writer = await it.connect()
        writer.write(b"GET /flood HTTP/1.1\r\nhost: x\r\n\r\n")
        async with asyncio.timeout(5):
            await ticker.closed.wait()
        writer.close()


async def test_pings_keep_the_connection(serve: Serve) -> None:
    async with serve(app()) as it:
        reader, writer = await it.connect()
        writer.write(b"GET /ticks?ping=0.01 HTTP/1.1\r\nhost: x\r\n\r\n")
        async with asyncio.timeout(5):
            await reader.readuntil(b": ping\n\n")
        writer.close()
        await it.app.get(Ticker).closed.wait()


async def test_head_begins_no_stream() -> None:
    async with started(app()) as t:
        response = await t.client.head("/ticks")
        assert (response.status_code, response.content) == (200, b"")


class Hand:
    """A source that is no generator."""

    def __init__(self) -> None:
        self.closed = 0

    def __aiter__(self) -> Hand:
        return self

    async def __anext__(self) -> Event:
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("method", ["HEAD", "GET"])
async def test_a_source_is_closed_even_if_nobody_asked_it(method: str) -> None:
    async def send(message: Message) -> None: ...

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    hand = Hand()
    await EventStream(hand)({"type": "http", "method": method}, gone, send)
    assert hand.closed


async def test_an_error_of_the_source_is_logged_once(serve: Serve) -> None:
    async with serve(app()) as it:
        with capture_logs() as logs:
            answer = await it.send(b"GET /broken HTTP/1.1\r\nhost: x\r\n\r\n")
        assert answer.count(b"data: 1\n\n") == 1
        assert not answer.endswith(b"0\r\n\r\n")  # the client can tell that it was cut
        assert [log["event"] for log in logs] == ["response broken off"]
        assert "the source" in str(logs[0]["exc_info"])


async def test_cancelling_closes_the_source() -> None:
    ticker = Ticker()
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    stream = EventStream(ticker.ticks(1))
    task = asyncio.create_task(stream({"type": "http", "method": "GET"}, receive, send))
    await ticker.waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ticker.closed.is_set()
    assert len(sent) == 2


@given(st.text())
def test_any_text_survives_the_wire(data: str) -> None:
    try:
        wire = Event(data).encode().decode()
    except UnicodeEncodeError:
        return
    assert wire.endswith("\n\n")
    lines = wire.removesuffix("\n\n").split("\n")
    assert all(line.startswith("data: ") and "\r" not in line for line in lines)
    expected = data.replace("\r\n", "\n").replace("\r", "\n")
    assert "\n".join(line.removeprefix("data: ") for line in lines) == expected


@pytest.mark.parametrize("value", ["a\nb", "a\r", "a\0"])
def test_kind_and_id_are_one_line(value: str) -> None:
    for event in (Event("x", event=value), Event("x", id=value)):
        with pytest.raises(ValueError, match="must be one line without NUL"):
            event.encode()


def test_data_that_is_no_text_is_json() -> None:
    values: list[Any] = [None, 1, {"a": [1]}, Tick(n=1)]
    decoded = [json.loads(Event(v).encode().removeprefix(b"data: ")) for v in values]
    assert decoded == [None, 1, {"a": [1]}, {"n": 1}]
