"""With every backend in memory SecondMe is one process, and does the same."""

import json
from collections.abc import AsyncIterator

import pytest
from tests.secondme.conftest import ON_REDIS, Start
from tests.secondme.running import ADA


async def test_in_memory_messages_are_answered_and_pauses_are_told(
    environment: pytest.MonkeyPatch, start: Start
) -> None:
    for module in ON_REDIS:
        environment.delenv(f"HUTCH_{module}__BACKEND")
    environment.setenv("REDIS_URL", "redis://127.0.0.1:9")
    async with start() as me:
        await me.hooked()
        await me.connect()
        ada = await me.enabled(ADA)
        async with me.client.stream("GET", "/api/events") as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == "event: listening"
            await me.post(f"/api/contacts/{ada}/pause")
            told = [line async for line in _until(lines, "expiresAt")][-1]
        event = json.loads(told.removeprefix("data: "))
        assert (event["contactId"], event["action"]) == (ada, "pause")
        await me.write(ADA, "paused")
        await me.come_to("PAUSED", "paused")
        await me.post(f"/api/contacts/{ada}/resume")
        await me.write(ADA, "hello")
        await me.come_to("ANSWERED", "hello")
        assert len(me.phone.answers()) == 1


async def _until(lines: AsyncIterator[str], word: str) -> AsyncIterator[str]:
    async for line in lines:
        yield line
        if word in line:
            return
