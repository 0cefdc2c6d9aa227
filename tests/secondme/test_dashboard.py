"""What the dashboard hears and reads: soon, and whole again after a break."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from tests.secondme.running import ADA, BEN, Me


async def events(stream: httpx2.Response) -> AsyncIterator[tuple[str, Any]]:
    kind = ""
    async for line in stream.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "data" or line == "data: ":
            yield kind, json.loads(value) if value else None


@pytest.mark.req("SM-36", "SM-39")
async def test_pauses_and_messages_are_heard_within_a_second(me: Me) -> None:
    ada = await me.enabled(ADA)
    loop = asyncio.get_running_loop()
    async with me.client.stream("GET", "/api/events") as stream, asyncio.timeout(20):
        heard = events(stream)
        assert await anext(heard) == ("listening", None)
        for path, who, action in (
            (f"/api/contacts/{ada}/pause", ada, "pause"),
            (f"/api/contacts/{ada}/resume", ada, "resume"),
            ("/api/switch/stop", "ALL", "pause"),
            ("/api/switch/release", "ALL", "resume"),
        ):
            began = loop.time()
            await me.post(path)
            kind, event = await anext(heard)
            assert kind == "events:pause"
            assert (event["contactId"], event["action"]) == (who, action)
            assert loop.time() - began < 1
        await me.write(ADA, "hello")
        kinds = [await anext(heard) for _ in range(2)]
        assert [(kind, event["botSent"]) for kind, event in kinds] == [
            ("events:messages", False), ("events:messages", True),
        ]  # fmt: skip


@pytest.mark.req("SM-37")
async def test_who_comes_back_reads_what_was_missed(me: Me) -> None:
    ada = await me.enabled(ADA)
    async with me.client.stream("GET", "/api/events") as stream:
        assert await anext(events(stream)) == ("listening", None)
    await me.post(f"/api/contacts/{ada}/pause", json={"reason": "meanwhile"})
    await me.write(BEN, "meanwhile")
    await me.come_to("NOT_ENABLED", "meanwhile")
    async with me.client.stream("GET", "/api/events") as stream:
        assert await anext(events(stream)) == ("listening", None)
        state = await me.get("/api/state")
    shown = {one["id"]: one for one in state["contacts"]}
    assert shown[ada]["pauseReason"] == "meanwhile"
    assert [one["content"] for one in state["messages"]] == ["meanwhile"]
    assert state["connection"]["connected"] is True


async def test_the_page_leads_strangers_to_the_login(me: Me) -> None:
    async with httpx2.AsyncClient(base_url=me.client.base_url) as stranger:
        answer = await stranger.get("/", headers={"accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/monitor/login?next=/"
    page = (await me.client.get("/")).text
    assert 'data-api="/api"' in page
    for file in ("dashboard.js", "secondme.css"):
        assert f'"/static/{file}"' in page
        assert (await me.client.get(f"/static/{file}")).status_code == 200
