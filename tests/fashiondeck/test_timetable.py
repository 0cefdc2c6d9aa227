"""The daily schedules: one each, at the times of the settings, also after data was lost."""

from datetime import UTC, datetime

import pytest
import time_machine
from tests.fashiondeck.conftest import Start
from tests.fashiondeck.running import NAMES, Deck, until

from fashiondeck.jobs import timetable
from fashiondeck.jobs.timetable import Timetable
from hutch_queue import QueueAdmin, QueueUnavailable, Schedules

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.req("FD-14", "FD-18", "FD-23", "C-50")
async def test_said_ten_times_it_is_one_schedule_each(deck: Deck) -> None:
    with time_machine.travel(NOON, tick=False):
        for _ in range(10):
            await deck.t.get(Timetable).store()
        schedules = deck.t.get(Schedules)
        [refresh] = await schedules.list("product-refresh")
        [digest] = await schedules.list("analytics")
    assert refresh.next == datetime(2026, 3, 11, 2, tzinfo=UTC)
    assert digest.next == datetime(2026, 3, 11, tzinfo=UTC)
    assert (refresh.missed, digest.missed) == ("run", "run")


@pytest.mark.req("FD-14", "FD-15", "FD-18")
async def test_what_nobody_waits_for_gives_way(deck: Deck) -> None:
    deck.ebay.leave("bags", 1)
    await deck.ask("bags")
    await deck.client.post("/api/insights")
    await deck.t.drain()
    admin = deck.t.get(QueueAdmin)
    found = {name: await admin.jobs(name, "completed") for name in admin.names()}
    assert {name: [job.priority for job in jobs] for name, jobs in found.items()} == {
        "product-refresh": [-10],
        "analytics": [-10],
        "embeddings": [0],
    }


@pytest.mark.req("FD-14")
async def test_at_two_every_category_is_refreshed_once(deck: Deck) -> None:
    for name in NAMES:
        deck.ebay.leave(name, 2)
    with time_machine.travel(NOON, tick=False) as clock:
        await deck.t.get(Timetable).store()
        clock.move_to(datetime(2026, 3, 11, 1, 59, 59, tzinfo=UTC))
        await deck.t.drain()
        assert deck.ebay.state.ebay.calls == 0
        clock.move_to(datetime(2026, 3, 11, 2, tzinfo=UTC))
        await deck.t.drain()
        await deck.t.get(Timetable).store()
        await deck.t.drain()
        assert deck.ebay.state.ebay.calls == len(NAMES)
    assert (await deck.catalogue())["products"] == 2 * len(NAMES)


@pytest.mark.req("C-50")
async def test_times_are_those_of_the_time_zone(start: Start, told: pytest.MonkeyPatch) -> None:
    told.setenv("HUTCH_FASHIONDECK__TZ", "Europe/Berlin")
    async with start() as deck:
        with time_machine.travel(NOON, tick=False):
            await deck.t.get(Timetable).store()
            [refresh] = await deck.t.get(Schedules).list("product-refresh")
    assert refresh.next == datetime(2026, 3, 11, 1, tzinfo=UTC)


async def test_a_worker_stores_them_and_stores_them_again_when_they_are_lost(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timetable, "AGAIN", 0.01)
    async with start(services=True) as deck:
        schedules = deck.t.get(Schedules)

        async def there() -> bool:
            return len(await schedules.list("analytics")) == 1

        await until(there)
        await schedules.remove("analytics", "daily")
        await until(there)


async def test_a_queue_that_is_away_keeps_no_worker_from_starting(
    deck: Deck, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes = iter([QueueUnavailable("away"), None])
    stored: list[int] = []

    async def store(self: Timetable) -> None:
        outcome = next(outcomes)
        if outcome:
            raise outcome
        stored.append(1)
        raise InterruptedError

    monkeypatch.setattr(timetable, "AGAIN", 0.0)
    monkeypatch.setattr(Timetable, "store", store)
    with pytest.raises(InterruptedError):
        await deck.t.get(Timetable).keep()
    assert stored == [1]
    assert "daily schedules are stored when the queue is back" in capsys.readouterr().out


def test_a_time_zone_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from fashiondeck.settings import FashiondeckSettings

    with pytest.raises(ValueError, match="'Mars/North' is no time zone of this machine"):
        FashiondeckSettings(tz="Mars/North")
