"""The times at which jobs run by themselves."""

from datetime import UTC, datetime

from hutch_queue.crontab import Cron


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
