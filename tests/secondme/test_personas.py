"""Personas: cached for half an hour, loaded from their store, which may be away."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import text
from tests.secondme.conftest import Start
from tests.secondme.running import ADA, Me

from hutch import bind
from kit.ai import Task, TemplateWriter, Writer, Written
from secondme.schemas import PersonaText
from secondme.services.errors import PersonaStoreUnavailable
from secondme.services.personas import DatabasePersonas, Personas, PersonaStore

FRIENDLY = {
    "styleGuide": "Write as to a friend.",
    "tone": "warm",
    "exampleMessages": ["Hey there!", "Sure!"],
}


async def test_a_contact_is_answered_in_the_voice_of_its_persona(me: Me) -> None:
    ada = await me.enabled(ADA)
    put = await me.client.put("/api/personas/friendly", json=FRIENDLY)
    assert put.status_code == 204
    chosen = {"personaId": "friendly"}
    assert (await me.client.put(f"/api/contacts/{ada}/persona", json=chosen)).status_code == 204
    await me.write(ADA, "hello")
    await me.come_to("ANSWERED", "hello")
    assert me.phone.answers()[0].startswith("Hey there!")
    changed = FRIENDLY | {"exampleMessages": ["Yo!"]}
    assert (await me.client.put("/api/personas/friendly", json=changed)).status_code == 204
    await me.write(ADA, "hello again")
    await me.come_to("ANSWERED", "hello again")
    assert me.phone.answers()[1].startswith("Yo!")
    assert await me.get("/api/personas/friendly") == changed


async def test_a_persona_that_is_not_there_cannot_be_chosen(me: Me) -> None:
    ada = await me.add(ADA)
    answer = await me.client.put(f"/api/contacts/{ada}/persona", json={"personaId": "nobody"})
    assert answer.status_code == 404
    assert "PUT /api/personas/nobody makes one" in answer.json()["detail"]
    [contact] = await me.get("/api/contacts")
    assert contact["personaId"] == "professional"


class Counted(PersonaStore):
    """A store behind the port that counts, and can be away."""

    def __init__(self) -> None:
        self.loaded = 0
        self.is_away = False

    async def load(self, id: str) -> PersonaText | None:
        if self.is_away:
            raise PersonaStoreUnavailable("The persona store is away: look at it.")
        self.loaded += 1
        return PersonaText.model_validate(FRIENDLY)

    async def save(self, id: str, persona: PersonaText) -> None:
        raise NotImplementedError


@pytest.mark.req("SM-07", "SM-30", "SM-34")
async def test_a_miss_loads_from_the_store_a_hit_does_not_and_away_is_an_error(
    start: Start,
) -> None:
    store = Counted()
    async with start(bind(PersonaStore).value(store)) as me:
        await me.hooked()
        await me.connect()
        await me.enabled(ADA)
        store.is_away = True
        answer = await me.client.get("/api/personas/professional")
        assert answer.status_code == 503
        assert answer.json()["detail"] == "The persona store is away: look at it."
        await me.write(ADA, "wait for me")
        await me.come_to("RECEIVED", "wait for me")
        store.is_away = False
        await me.come_to("ANSWERED", "wait for me")
        store.is_away = True
        await me.write(ADA, "it is cached")
        await me.come_to("ANSWERED", "it is cached")
        assert store.loaded == 1
        client: Any = me.redis.cache
        await client.delete(me.redis.key("CACHE", "persona", "professional"))
        store.is_away = False
        await me.write(ADA, "again")
        await me.come_to("ANSWERED", "again")
        assert store.loaded == 2


@pytest.mark.req("SM-30")
async def test_a_database_that_is_away_is_named_with_what_to_look_at(start: Start) -> None:
    async with start(services=False) as me:
        store = me.t.get(PersonaStore)
        assert isinstance(store, DatabasePersonas)
        async with store.database.session() as session:
            await session.execute(text("DROP TABLE persona"))
        with pytest.raises(PersonaStoreUnavailable, match=r"'professional'.*look at DATABASE_URL"):
            await me.t.get(Personas).get("professional")


class Told(TemplateWriter):
    """A model that keeps what it was told."""

    facts: Mapping[str, str]

    async def write(self, task: Task, facts: Mapping[str, str]) -> Written:
        self.facts = facts
        return await super().write(task, facts)


async def test_a_long_message_is_quoted_in_part_and_told_in_full(start: Start) -> None:
    writer = Told()
    async with start(bind(Writer).value(writer)) as me:
        await me.hooked()
        await me.connect()
        await me.enabled(ADA)
        long = "long " * 800
        await me.write(ADA, long)
        await me.come_to("ANSWERED", long)
        assert writer.facts["message"] == long
        assert len(me.phone.answers()[0]) < 400
