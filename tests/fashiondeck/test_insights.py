"""Insights: what the searches of each day tell."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine, event, select
from tests.fashiondeck.conftest import Start, Travel
from tests.fashiondeck.running import Deck

from fashiondeck.models import Query
from fashiondeck.services.queries import Queries
from hutch_queue import QueueAdmin

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


async def made(deck: Deck) -> list[dict[str, object]]:
    asked = await deck.client.post("/api/insights")
    assert (asked.status_code, asked.json()["queue"]) == (202, "analytics")
    await deck.t.drain()
    answer = await deck.client.get("/api/insights")
    return list(answer.raise_for_status().json())


@pytest.mark.req("FD-45")
async def test_the_log_becomes_insights(deck: Deck) -> None:
    deck.ebay.leave("bags", 10)
    await deck.refresh("bags")
    for query in ("bag", "Bag", "bag ", "zzzz qqqq", "backpack"):
        await deck.search(query)
    await deck.search("bag", page=2)
    assert (await deck.client.get("/api/insights")).json() == []
    [insight] = await made(deck)
    expected = {"searches": 5, "queries": 3, "hits": 2, "hitRate": 40.0, "empty": 1}
    assert {name: insight[name] for name in expected} == expected
    assert insight["top"] == [
        {"query": "bag", "searches": 3},
        {"query": "backpack", "searches": 1},
        {"query": "zzzz qqqq", "searches": 1},
    ]
    assert insight["unanswered"] == [{"query": "zzzz qqqq", "searches": 1}]


@pytest.mark.req("FD-45", "FD-18")
async def test_a_day_is_told_again_when_it_is_over_and_then_no_more(deck: Deck) -> None:
    queries = deck.t.get(Queries)
    with time_machine.travel(NOON, tick=False) as clock:
        await queries.note("bag", 3, hit=False)
        assert await queries.digest() == [NOON.date()]
        assert await queries.digest() == [NOON.date()], "of a part of it"
        clock.shift(timedelta(hours=6))
        await queries.note("bag", 3, hit=True)
        clock.move_to(NOON + timedelta(hours=12))
        assert await queries.digest() == [NOON.date()]
        assert await queries.digest() == []
        [insight] = await queries.insights(7)
        assert (insight.searches, insight.hits) == (2, 1)


async def test_no_days_log_is_read_row_by_row(deck: Deck) -> None:
    queries = deck.t.get(Queries)
    for number in range(60):
        await queries.note(f"bag {number % 12:02}", number % 2, hit=False)
    read: list[str] = []

    def note(*told: Any) -> None:
        read.append(told[2])

    with listening(Engine, "before_cursor_execute", note):
        await queries.digest()
    of_log = [text for text in read if 'FROM "query"' in text and "DELETE" not in text]
    assert len(of_log) == 4
    assert not [text for text in of_log if "count(" not in text and "min(" not in text]
    [insight] = await queries.insights(1)
    assert (insight.searches, insight.queries, insight.empty) == (60, 12, 30)
    assert insight.top["top"] == [{"query": f"bag {n:02}", "searches": 5} for n in range(10)]
    missed = [{"query": f"bag {n:02}", "searches": 5} for n in range(0, 12, 2)]
    assert insight.top["unanswered"] == missed


@contextmanager
def listening(target: Any, name: str, hear: Callable[..., None]) -> Iterator[None]:
    event.listen(target, name, hear)
    try:
        yield
    finally:
        event.remove(target, name, hear)


@pytest.mark.req("FD-21")
async def test_days_that_were_missed_are_made_up_for(deck: Deck) -> None:
    queries = deck.t.get(Queries)
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(3):
            await queries.note("bag", 3, hit=False)
            clock.shift(timedelta(days=2))
        await queries.digest()
    insights = await queries.insights(7)
    days = [NOON.date() + timedelta(days=number) for number in (4, 2, 0)]
    assert [insight.day for insight in insights] == days


async def test_a_day_is_that_of_the_time_zone(start: Start, told: pytest.MonkeyPatch) -> None:
    told.setenv("HUTCH_FASHIONDECK__TZ", "America/New_York")
    async with start() as deck:
        queries = deck.t.get(Queries)
        with time_machine.travel(datetime(2026, 3, 10, 3, tzinfo=UTC), tick=False):
            await queries.note("bag", 3, hit=False)
            [day] = await queries.digest()
        assert day.isoformat() == "2026-03-09"


async def test_old_queries_go_and_their_insights_stay(deck: Deck) -> None:
    queries = deck.t.get(Queries)
    with time_machine.travel(NOON, tick=False) as clock:
        await queries.note("bag", 3, hit=False)
        clock.shift(timedelta(days=31))
        assert await queries.digest() == [NOON.date()]
        clock.shift(timedelta(days=1))
        await queries.note("bag", 3, hit=False)
        assert await queries.digest() == [(NOON + timedelta(days=32)).date()]
    assert len(await queries.insights(7)) == 2
    async with queries.database.session() as session:
        [left] = await session.scalars(select(Query))
    assert left.at == NOON + timedelta(days=32)


@pytest.mark.req("FD-18", "FD-19")
async def test_analytics_is_tried_once_and_run_again_by_hand(
    deck: Deck, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = Queries.digest

    async def broken(self: Queries) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(Queries, "digest", broken)
    await deck.search("bag")
    assert await made(deck) == []
    admin = deck.t.get(QueueAdmin)
    [failed] = await admin.jobs("analytics", "failed")
    assert (failed.attempt, failed.attempts) == (1, 1)
    monkeypatch.setattr(Queries, "digest", digest)
    assert await admin.replay("analytics", failed.id) == [failed.id]
    await deck.t.drain()
    assert len((await deck.client.get("/api/insights")).json()) == 1


async def test_operators_alone_read_what_people_look_for(deck: Deck) -> None:
    del deck.client.headers["authorization"]
    assert (await deck.client.get("/api/insights")).status_code == 401
    assert (await deck.client.post("/api/insights")).status_code == 401


async def test_a_query_travels_in_no_job(deck: Deck, travel: Travel) -> None:
    await deck.search("a gift for marianne")
    await made(deck)
    admin = deck.t.get(QueueAdmin)
    found = [job for name in admin.names() for job in await admin.jobs(name, "completed")]
    assert found
    assert "marianne" not in repr([(job.id, job.arguments, job.log) for job in found])
