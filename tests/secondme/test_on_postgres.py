"""The main path on a real PostgreSQL."""

from typing import Any

import pytest
from tests.postgres import Server
from tests.secondme.conftest import Start
from tests.secondme.running import ADA, BEN, incoming, told


async def test_on_postgres_messages_are_answered_stopped_and_reviewed(
    environment: pytest.MonkeyPatch, start: Start, postgres: Server
) -> None:
    environment.setenv("DATABASE_URL", await postgres.new_database())
    async with start() as me:
        await me.hooked()
        await me.connect()
        await me.enabled(ADA)
        await me.write(ADA, "hello 👋\0")
        await me.come_to("ANSWERED", "hello 👋\0")
        await me.post("/api/switch/stop", 422, json={"reason": "\0"})
        await me.post("/api/switch/stop", json={"reason": "a test"})
        await me.post("/api/switch/stop")
        late: dict[str, Any] = incoming(BEN, "late", age=900)
        await me.hook(told(me.phone.id, {"messages": [incoming(ADA, "held"), late]}))
        await me.come_to("PAUSED", "held")
        await me.come_to("REVIEW", "late")
        await me.post("/api/switch/release")
        persona = {"styleGuide": "short", "tone": "dry", "exampleMessages": []}
        for _ in range(2):
            answer = await me.client.put("/api/personas/professional", json=persona)
            assert answer.status_code == 204
        unreadable = persona | {"tone": "\0"}
        answer = await me.client.put("/api/personas/professional", json=unreadable)
        assert answer.status_code == 422
        await me.write(ADA, "dry")
        await me.come_to("ANSWERED", "dry")
        assert me.phone.answers()[1].startswith("Thank you.")
