"""The times at which jobs run by themselves."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hutch_queue import InvalidJob
from hutch_queue.schedules.crontab import Cron
from hutch_queue.schedules.recurrence import Every, Recurrence

BERLIN = "Europe/Berlin"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# Clocks that change at night, at midnight, to the day before, by half an hour, twice a year more
# than others, in the south, and never.
ZONES = (
    BERLIN,
    "America/New_York",
    "America/Santiago",
    "America/Havana",
    "America/Scoresbysund",
    "Atlantic/Azores",
    "Asia/Beirut",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Asia/Kathmandu",
    "UTC",
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ticks(cron: Cron, after: datetime) -> Iterator[datetime]:
    while True:
        after = cron.next(after)
        yield after


def in_berlin(spec: str, after: str, count: int) -> list[str]:
    found = islice(ticks(Cron(spec, BERLIN), at(after)), count)
    return [f"{tick.astimezone(ZoneInfo(BERLIN)):%d. %H:%M %Z}" for tick in found]


def test_fields_are_read_in_their_time_zone() -> None:
    berlin = Cron("0 3 * * *", BERLIN)
    assert berlin.next(at("2026-01-10T12:00")) == at("2026-01-11T02:00")
    assert berlin.next(at("2026-07-10T12:00")) == at("2026-07-11T01:00")


def test_a_tick_is_after_the_given_time() -> None:
    assert Cron("0 3 * * *").next(at("2026-01-10T03:00")) == at("2026-01-11T03:00")


def test_a_sixth_field_is_the_second() -> None:
    assert Cron("* * * * * */20").next(at("2026-01-10T03:00:05")) == at("2026-01-10T03:00:20")


def test_names_of_months_and_days_are_known() -> None:
    assert Cron("0 3 * MAR FRI").next(at("2026-01-10T00:00")) == at("2026-03-06T03:00")


SPRING = "2026-03-28T22:45"
AUTUMN = "2026-10-24T21:45"


@pytest.mark.req("X-10")
@pytest.mark.parametrize(
    ("spec", "spring", "autumn"),
    [
        (
            "30 2 * * *",
            ["29. 03:00 CEST", "30. 02:30 CEST"],
            ["25. 02:30 CEST", "26. 02:30 CET"],
        ),
        (
            "0 2 * * *",
            ["29. 03:00 CEST", "30. 02:00 CEST"],
            ["25. 02:00 CEST", "26. 02:00 CET"],
        ),
        (
            "*/30 2 * * *",
            ["29. 03:00 CEST", "30. 02:00 CEST"],
            ["25. 02:00 CEST", "25. 02:30 CEST", "26. 02:00 CET"],
        ),
        (
            "0 */2 * * *",
            ["29. 00:00 CET", "29. 03:00 CEST", "29. 04:00 CEST"],
            ["25. 00:00 CEST", "25. 02:00 CEST", "25. 04:00 CET"],
        ),
        (
            "30 * * * *",
            ["29. 00:30 CET", "29. 01:30 CET", "29. 03:30 CEST", "29. 04:30 CEST"],
            [
                "25. 00:30 CEST",
                "25. 01:30 CEST",
                "25. 02:30 CEST",
                "25. 02:30 CET",
                "25. 03:30 CET",
            ],
        ),
    ],
)
def test_nights_in_which_the_clock_changes(spec: str, spring: list[str], autumn: list[str]) -> None:
    assert in_berlin(spec, SPRING, len(spring)) == spring
    assert in_berlin(spec, AUTUMN, len(autumn)) == autumn


def test_a_repeated_hour_far_away_is_found_from_before_and_within() -> None:
    twice = Cron("30 * 25 10 *", BERLIN)
    first, second = at("2026-10-25T00:30"), at("2026-10-25T01:30")
    assert first in list(islice(ticks(twice, at("2026-01-01T00:00")), 4))
    assert twice.next(first) == second
    assert twice.next(second) == at("2026-10-25T02:30")
    assert twice.next(first + timedelta(seconds=1)) == second


def test_a_skipped_hour_is_not_taken_for_a_repeated_one() -> None:
    beirut = Cron("30 * 29 3 *", "Asia/Beirut")  # at midnight of that day the clock says 01:00
    assert beirut.next(at("2025-10-25T20:15")) == at("2026-03-28T22:30")


@cache
def changes(zone: str) -> list[datetime]:
    """The hours before which the clock is changed, in four years."""
    hours = [at("2024-01-01T00:00") + i * HOUR for i in range(4 * 365 * 24)]
    local = ZoneInfo(zone)
    offsets = [hour.astimezone(local).utcoffset() for hour in hours]
    found = [hour for hour, (a, b) in zip(hours, pairwise(offsets), strict=False) if a != b]
    return found or hours[:1]


@st.composite
def nights(draw: st.DrawFn) -> tuple[str, datetime]:
    """A time zone, and a time up to a day before its clock changes."""
    zone = draw(st.sampled_from(ZONES))
    change = draw(st.sampled_from(changes(zone)))
    return zone, change - draw(st.integers(0, 26 * 60)) * MINUTE


minutes = st.lists(st.integers(0, 59), min_size=1, max_size=3, unique=True)
hours = st.lists(st.integers(0, 23), min_size=1, max_size=5, unique=True)


def joined(numbers: list[int]) -> str:
    return ",".join(map(str, sorted(numbers)))


@pytest.mark.req("X-10")
@settings(max_examples=60, deadline=None)
@given(night=nights(), minute=minutes)
def test_an_hourly_job_runs_whenever_the_clock_shows_its_minute(
    night: tuple[str, datetime], minute: list[int]
) -> None:
    zone, begin = night
    end = begin + timedelta(hours=40)
    times = [begin + i * MINUTE for i in range(1, 40 * 60 + 1)]
    shown = [time for time in times if time.astimezone(ZoneInfo(zone)).minute in minute]
    found = ticks(Cron(f"{joined(minute)} * * * *", zone), begin)
    assert [next(found) for _ in shown] == shown
    assert next(found) > end


@pytest.mark.req("X-10")
@settings(max_examples=60, deadline=None)
@given(night=nights(), minute=minutes, hour=hours)
def test_a_daily_time_comes_when_the_clock_first_shows_it_or_a_later_one(
    night: tuple[str, datetime], minute: list[int], hour: list[int]
) -> None:
    zone, begin = night
    local = ZoneInfo(zone)
    # What the clock has shown before counts: one may begin in the repeated hour.
    reached = max(
        (begin - i * MINUTE).astimezone(local).replace(tzinfo=None) for i in range(3 * 60)
    )
    expected: list[datetime] = []
    for i in range(1, 40 * 60 + 1):
        time = begin + i * MINUTE
        shown = time.astimezone(local).replace(tzinfo=None)
        passed = [reached + j * MINUTE for j in range(1, (shown - reached) // MINUTE + 1)]
        if any(each.minute in minute and each.hour in hour for each in passed):
            expected.append(time)
        reached = max(reached, shown)
    found = ticks(Cron(f"{joined(minute)} {joined(hour)} * * *", zone), begin)
    assert [next(found) for _ in expected] == expected


@pytest.mark.req("X-10", "FD-20")
@settings(max_examples=60, deadline=None)
@given(night=nights(), hour=st.integers(0, 23), minute=st.integers(0, 59))
def test_a_daily_job_runs_once_for_each_day_and_never_twice_at_one_time(
    night: tuple[str, datetime], hour: int, minute: int
) -> None:
    zone, begin = night
    found = list(islice(ticks(Cron(f"{minute} {hour} * * *", zone), begin), 5))
    local = [tick.astimezone(ZoneInfo(zone)) for tick in found]
    # What the clock skips comes late, past midnight where it skips the day's last hour.
    on_time = [(tick.hour, tick.minute) == (hour, minute) for tick in local]
    days = [
        (tick if exact else tick - HOUR).date() for tick, exact in zip(local, on_time, strict=True)
    ]
    assert days == [days[0] + timedelta(days=i) for i in range(5)]
    assert len({tick.replace(tzinfo=None) for tick in local}) == 5


@pytest.mark.req("FD-20")
def test_who_is_late_in_a_repeated_hour_finds_the_next_days_tick() -> None:
    late = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 for the second time
    tomorrow = datetime(2026, 10, 26, 1, 30, tzinfo=UTC)
    assert Cron("30 2 * * *", "Europe/Berlin").next(late) == tomorrow


SPECS = (
    "* * * * *", "*/7 * * * *", "30 2 * * *", "0 0 * * *", "15 1,2,3 * * 0", "0 12 31 * *",
    "0 0 29 2 *", "* * * * * */13", "45 23 L * *", "@hourly", "10 * 25-31 3,10 *",
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(night=nights(), spec=st.sampled_from(SPECS), part=st.integers(0, 999))
def test_ticks_rise_and_do_not_depend_on_where_one_looks_from(
    night: tuple[str, datetime], spec: str, part: int
) -> None:
    zone, begin = night
    cron = Cron(spec, zone)
    first, second = islice(ticks(cron, begin), 2)
    assert begin < first < second
    assert cron.next(begin + (first - begin) * part / 1000) == first
    assert cron.next(first + (second - first) * part / 1000) == second


@given(
    st.timedeltas(timedelta(seconds=1), timedelta(days=400)),
    st.timedeltas(timedelta(0), timedelta(days=4000)),
)
def test_an_interval_is_real_time_and_keeps_its_beat(period: timedelta, late: timedelta) -> None:
    due = at("2026-03-28T23:59")
    following = Every(period).following(due, due + late)
    period -= period % timedelta(milliseconds=1)
    assert due + late < following <= due + late + period
    assert (following - due) % period == timedelta(0)


@pytest.mark.parametrize(
    "tz", ["Europe/Nowhere", "Europe", "", "../etc", "/etc/passwd", "x" * 500, "a\0b", "zone.tab"]
)
def test_an_unknown_time_zone_is_refused(tz: str) -> None:
    with pytest.raises(InvalidJob, match="no such time zone; use a name such as 'Europe/Berlin'"):
        Cron("0 3 * * *", tz)


@pytest.mark.parametrize(
    "spec", ["", "* * *", "60 * * * *", "0 24 * * *", "H 0 * * *", "R 0 * * *"]
)
def test_what_is_no_crontab_line_is_refused(spec: str) -> None:
    with pytest.raises(InvalidJob, match="not a crontab line; write minute, hour, day, month, we"):
        Cron(spec)


def test_a_day_that_never_comes_is_refused() -> None:
    with pytest.raises(InvalidJob, match=r"'0 0 30 2 \*'\): it never comes, as the 30th of Febr"):
        Cron("0 0 30 2 *")


@pytest.mark.parametrize("seconds", [0, -1, 0.999, 40_000 * 86_400])
def test_an_interval_has_a_length_that_makes_sense(seconds: float) -> None:
    with pytest.raises(InvalidJob, match="give an interval of a second to 36500 days"):
        Every(timedelta(seconds=seconds))


def test_a_recurrence_has_a_known_policy() -> None:
    with pytest.raises(InvalidJob, match="missed='late': use 'run' or 'skip'"):
        Recurrence(Cron("* * * * *"), "late")  # type: ignore[arg-type]
