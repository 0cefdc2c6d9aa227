"""Limits and counters as values: what they refuse, and what a calendar says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutch_ratelimit import (
    InvalidLimit,
    MemoryLimiter,
    fixed_window,
    gcra,
    per_day,
    per_hour,
    per_minute,
    sliding_window,
)
from hutch_ratelimit.limits import MOST
from hutch_redis import InvalidKey

MINUTE = timedelta(minutes=1)
NOTHING = timedelta(0)
anything: Any = None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: per_day(0), "per_day(0, tz='UTC'): use a number from 1 to"),
        (lambda: per_hour(-1), "per_hour(-1, tz='UTC'): use a number from 1"),
        (lambda: per_minute(MOST + 1), "use a number from 1 to 1000000000000"),
        (lambda: per_day(anything), "the number must be an int"),
        (lambda: per_day(True), "the number must be an int"),
        (lambda: per_day(50, tz="Europe/Berln"), "tz='Europe/Berln'): no such time zone"),
        (lambda: per_day(50, tz=""), "no such time zone"),
        (lambda: fixed_window(0, MINUTE), "fixed_window(0, 0:01:00): use a number from 1"),
        (lambda: fixed_window(1, NOTHING), "fixed_window(1, 0:00:00): a window has a millisecond"),
        (lambda: fixed_window(1, -MINUTE), "a window has a millisecond or more"),
        (lambda: fixed_window(1, timedelta(days=9999)), "at most 3660 days"),
        (lambda: sliding_window(1, NOTHING), "sliding_window(1, 0:00:00): a window has"),
        (lambda: sliding_window(MOST, MINUTE), "number times window is too large"),
        (lambda: gcra(0, MINUTE), "gcra(0, 0:01:00): use 1 or more"),
        (lambda: gcra(1, NOTHING), "at most one in a microsecond"),
        (lambda: gcra(1, MINUTE, burst=0), "gcra(burst=0), one in 0:01:00: use a number from 1"),
        (lambda: gcra(1, timedelta(days=99), burst=99), "within 3660 days"),
        (lambda: per_day(1, away=anything or "shut"), "away='shut': use 'open', 'closed' or"),
    ],
)  # fmt: skip
def test_a_limit_that_cannot_work_is_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(InvalidLimit) as raised:
        make()
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((), "(50 a day).at(): give the counter a name"),
        (("",), "at(''): a part must not be empty"),
        (("a", "b\n"), "must not be empty or have control characters"),
        (("\ud800",), "control characters"),
        ((None,), "at(None): the parts of a counter's name are str or int"),
        ((True,), "at(True): the parts of"),
        ((1.5,), "at(1.5): the parts of"),
    ],
)
def test_a_name_that_cannot_be_a_counters_is_refused(parts: Any, message: str) -> None:
    with pytest.raises(InvalidLimit) as raised:
        per_day(50).at(*parts)
    assert message in str(raised.value)


async def test_a_name_that_is_too_long_is_refused_in_memory_as_in_redis() -> None:
    with pytest.raises(InvalidKey, match="at most 512 are allowed"):
        await MemoryLimiter().take(per_day(1).at("x" * 600))


def test_limits_are_values_that_say_what_they_are() -> None:
    assert per_day(50) == per_day(50, tz="UTC") != per_day(50, tz="Europe/Berlin")
    assert len({per_hour(1), per_hour(1), per_hour(2)}) == 2
    texts = {
        str(per_day(50, tz="Europe/Berlin")): "50 a day (Europe/Berlin)",
        str(per_hour(1)): "1 an hour",
        str(fixed_window(10, MINUTE)): "10 in 0:01:00",
        str(sliding_window(10, MINUTE)): "10 in any 0:01:00",
        str(gcra(1, MINUTE, burst=5)): "one in 0:01:00, 5 at once",
    }
    assert all(said == meant for said, meant in texts.items())


def test_a_rate_is_rounded_to_what_is_never_too_much() -> None:
    assert gcra(3, timedelta(seconds=1)).interval == timedelta(microseconds=333_334)
    assert gcra(1_000_000, timedelta(seconds=1)).interval == timedelta(microseconds=1)


def _at(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@pytest.mark.req("R24-29", "XB-08", "XB-09", "C-13", "C-37")
def test_stamps_name_the_period() -> None:
    now = _at(datetime(2026, 11, 21, 23, 4, 5, tzinfo=UTC))
    assert per_day(1).period(now).stamp == "2026-11-21"
    assert per_day(1, tz="Europe/Berlin").period(now).stamp == "2026-11-22"
    assert per_hour(1).period(now).stamp == "2026-11-21T23"
    assert per_minute(1).period(now).stamp == "2026-11-21T2304"


@given(
    moment=st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)),
    zone=st.sampled_from(sorted(available_timezones())),
)
def test_every_moment_is_within_its_day(moment: datetime, zone: str) -> None:
    now = _at(moment.replace(tzinfo=UTC))
    day = per_day(1, tz=zone).period(now)
    assert day.start <= now < day.end
    assert day.stamp == f"{moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)):%Y-%m-%d}"


@given(
    moment=st.datetimes(datetime(2016, 1, 1), datetime(2060, 1, 1)),
    zone=st.sampled_from(sorted(available_timezones())),
)
def test_one_day_follows_the_other(moment: datetime, zone: str) -> None:
    day = per_day(1, tz=zone).period(_at(moment.replace(tzinfo=UTC)))
    following = per_day(1, tz=zone).period(day.end)
    assert following.start == day.end
    assert following.stamp > day.stamp


@pytest.mark.parametrize(
    ("zone", "moment", "hours"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, 12, tzinfo=UTC), 23),
        ("Europe/Berlin", datetime(2026, 10, 25, 12, tzinfo=UTC), 25),
        ("Africa/Cairo", datetime(2026, 4, 24, 12, tzinfo=UTC), 23),  # its midnight is skipped
        ("Africa/Cairo", datetime(2026, 4, 23, 12, tzinfo=UTC), 24),
        ("America/Havana", datetime(2026, 11, 1, 12, tzinfo=UTC), 25),  # its midnight comes twice
        ("Pacific/Apia", datetime(2011, 12, 29, 22, tzinfo=UTC), 24),  # the next date is skipped
    ],
)
def test_days_at_a_change_of_the_clock(zone: str, moment: datetime, hours: int) -> None:
    day = per_day(1, tz=zone).period(_at(moment))
    assert day.end - day.start == hours * 3_600_000
