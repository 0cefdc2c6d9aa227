"""Times to live, as they are written in code and in settings."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hutch.errors import SettingsError
from hutch.settings import load
from hutch_cache import CacheSettings, Entry, InvalidEntry
from hutch_cache.durations import seconds_of

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@settings(deadline=None)
@given(st.integers(1, 999_999_999), st.sampled_from(sorted(UNITS)))
def test_a_number_with_a_unit_is_that_many_seconds(number: int, unit: str) -> None:
    assert seconds_of(f"{number}{unit}", "here") == number * UNITS[unit]


@settings(deadline=None)
@given(st.timedeltas(min_value=timedelta(milliseconds=1)))
def test_a_timedelta_is_its_seconds(duration: timedelta) -> None:
    assert seconds_of(duration, "here") == duration.total_seconds()


def test_none_is_no_end() -> None:
    assert seconds_of(None, "here") is None


@pytest.mark.req("FD-07")
@pytest.mark.parametrize(
    "wrong",
    ["5", "", "0", "0s", "-1h", "6 h", "6H", "1.5h", "h", "1h30m", "٦h", 5, 0, 6.0, True,
     timedelta(0), timedelta(seconds=-1), timedelta(microseconds=1)],
)  # fmt: skip
@pytest.mark.parametrize("option", ["ttl", "stale", "negative"])
def test_anything_else_is_refused_by_name(wrong: Any, option: str) -> None:
    options: dict[str, Any] = {"ttl": "1h", option: wrong}
    with pytest.raises(InvalidEntry) as raised:
        Entry("products", str | None, **options)  # pyright: ignore
    assert str(raised.value) == (
        f"Entry('products', {option}=...): {wrong!r} cannot be used; use a timedelta, or a whole "
        'number above 0 with its unit: "90s", "30m", "6h" or "1d", or None for no end.'
    )


@pytest.mark.req("FD-07")
def test_settings_take_the_same_and_0_for_no_expiry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_CACHE__TTLS", '{"products": "6h", "embeddings": 0, "looks": "0"}')
    assert load(CacheSettings).ttls == {"products": 21600.0, "embeddings": None, "looks": None}


def test_a_setting_can_stand_in_its_own_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_CACHE__TTLS__PRODUCTS", "30m")
    assert load(CacheSettings).ttls == {"products": 1800.0}


@pytest.mark.parametrize("wrong", ['"5"', '"0h"', "-1", "3600", "true", "null", '"soon"'])
def test_wrong_settings_are_refused(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_CACHE__TTLS", f'{{"products": {wrong}}}')
    with pytest.raises(SettingsError, match=r"HUTCH_CACHE__TTLS=.*cannot be used; use a timedelta"):
        load(CacheSettings)
