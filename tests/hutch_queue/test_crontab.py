"""The times at which jobs run by themselves."""

from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from hutch_queue import ticker
from hutch_queue.crontab import Cron
from hutch_queue.in_memory import MemoryQueue
from hutch_queue.lab import Journal, clock


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_fields_are_read_in_their_time_zone() -> None:
    berlin = Cron("0 3 * * *", "Europe/Berlin")
    assert berlin.next(at("2026-01-10T12:00")) == at("2026-01-11T02:00")
    assert berlin.next(at("2026-07-10T12:00")) == at("2026-07-11T01:00")


def test_a_tick_is_after_the_given_time() -> None:
    assert Cron("0 3 * * *").next(at("2026-01-10T03:00")) == at("2026-01-11T03:00")


def test_a_sixth_field_is_the_second() -> None:
    assert Cron("* * * * * */20").next(at("2026-01-10T03:00:05")) == at("2026-01-10T03:00:20")


def test_names_of_months_and_days_are_known() -> None:
    assert Cron("0 3 * MAR FRI").next(at("2026-01-10T00:00")) == at("2026-03-06T03:00")


async def test_a_run_that_cannot_be_stored_is_tried_again(
    on_memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, refusals = MemoryQueue.add, [OSError("full"), OSError("full")]

    def full_at_first(self: MemoryQueue, new: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return add(self, new)

    monkeypatch.setattr(MemoryQueue, "add", full_at_first)
    monkeypatch.setattr(ticker, "PAUSE", 0.01)
    with structlog.testing.capture_logs() as lines:
        async with on_memory()(clock) as app:
            await app.get(Journal).until(1)
    told = [(line["job"], line["error"]) for line in lines if "not stored" in line["event"]]
    assert told == [("Clock.tick", "OSError")] * 2
