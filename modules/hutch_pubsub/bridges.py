"""Bridges: events to browsers, by server-sent events or a WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from pydantic_core import to_json
from starlette.websockets import WebSocket, WebSocketDisconnect

from hutch.http import Event, EventStream
from hutch.http.request import STOPPING
from hutch_pubsub.access import Authorise, authorise_all
from hutch_pubsub.channel import Topic
from hutch_pubsub.errors import EventsUnavailable
from hutch_pubsub.port import Events, Gap, Message, Stream

COME_BACK = 2.0
"""Seconds after which a browser shall try again where the events are away."""
SIZE = 1000
"""How many events wait for a client."""
_AWAY, _TOO_SLOW, _STOPS, _OLD = 1013, 1008, 1001, 1012


async def sse(
    events: Events,
    *topics: Topic[Any],
    authorise: Authorise,
    last_event_id: str | None = None,
    ping: float = 15.0,
    send_timeout: float = 30.0,
    longest: float = 300.0,
) -> EventStream:
    """Answer a request with the events of topics, as they come.

    The first event is named ``listening``: what the client reads from then on is completed by
    the stream. One named ``gap`` says that events may be missing: read again. The others are
    named like their channel, ``posts:published``, with the value as JSON.

    Args:
        events: The port.
        topics: What to hear.
        authorise: Asked for each topic; ``only(user=...)``, ``everybody`` or one of your own.
        last_event_id: The header ``Last-Event-ID``: topics with a history go on from there.
        ping: Seconds between comments that keep proxies from closing the connection.
        send_timeout: Seconds that an event may wait for a client that does not read.
        longest: Seconds after which the stream ends, the browser comes back and is asked again.

    Raises:
        Forbidden: A topic is refused.
    """
    await authorise_all(topics, authorise)
    stream = _events(events, topics, last_event_id or None)
    return EventStream(stream, ping=ping, send_timeout=send_timeout, longest=longest)


async def ws(
    socket: WebSocket,
    events: Events,
    *topics: Topic[Any],
    authorise: Authorise,
    after: str | None = None,
    send_timeout: float = 30.0,
    longest: float = 300.0,
) -> None:
    """Serve a WebSocket connection with the events of topics, until one side ends.

    Each text is a JSON object: ``{"event": "posts:published", "data": ..., "id": ...}``;
    ``listening`` and ``gap`` mean what they do in ``sse`` and have no data.

    Args:
        socket: A connection that is not accepted yet.
        events: The port.
        topics: What to hear.
        authorise: Asked for each topic before the connection is accepted.
        after: The ``id`` of the last event that the client has.
        send_timeout: Seconds that an event may wait for a client that does not read.
        longest: Seconds after which it is closed with code 1012: come back, and be asked again.

    Raises:
        Forbidden: A topic is refused; the connection is not accepted.
    """
    await authorise_all(topics, authorise)
    await socket.accept()
    relay = _relay(socket, events, topics, after or None, send_timeout)
    stopping: asyncio.Event = socket.scope.get(STOPPING) or asyncio.Event()
    tasks = [asyncio.ensure_future(part) for part in (relay, _gone(socket), stopping.wait())]
    try:
        done, _ = await asyncio.wait(tasks, timeout=longest, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
    if tasks[2] in done:
        await socket.close(_STOPS, "The app stops.")
    if not done:
        await socket.close(_OLD, "Come back: you are asked again.")


async def _events(
    events: Events, topics: Sequence[Topic[Any]], after: str | None
) -> AsyncIterator[Event]:
    try:
        async with events.subscribe(*topics, after=after, size=SIZE) as stream:
            yield Event("", event="listening")
            async for item in stream:
                yield _event(item)
    except EventsUnavailable:
        # The response has begun; the browser comes back by itself.
        yield Event("", event="gap", retry=COME_BACK)


def _event(item: Message[Any] | Gap) -> Event:
    if isinstance(item, Gap):
        return Event("", event="gap")
    return Event(item.value.model_dump_json(by_alias=True), event=item.channel.kind, id=item.id)


async def _relay(
    socket: WebSocket,
    events: Events,
    topics: Sequence[Topic[Any]],
    after: str | None,
    send_timeout: float,
) -> None:
    try:
        async with events.subscribe(*topics, after=after, size=SIZE) as stream:
            await _send(socket, {"event": "listening"}, send_timeout)
            await _send_all(socket, stream, send_timeout)
    except EventsUnavailable:
        await socket.close(_AWAY, "The events are away; come back later.")


async def _send_all(socket: WebSocket, stream: Stream[Any], send_timeout: float) -> None:
    async for item in stream:
        if isinstance(item, Gap):
            await _send(socket, {"event": "gap"}, send_timeout)
        else:
            data = item.value.model_dump(mode="json", by_alias=True)
            message = {"event": item.channel.kind, "data": data, "id": item.id}
            await _send(socket, message, send_timeout)


async def _send(socket: WebSocket, message: dict[str, Any], send_timeout: float) -> None:
    try:
        async with asyncio.timeout(send_timeout):
            await socket.send_text(to_json(message).decode())
    except TimeoutError:
        raise WebSocketDisconnect(_TOO_SLOW) from None


async def _gone(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
