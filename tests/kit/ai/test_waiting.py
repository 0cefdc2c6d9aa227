"""How long a server says to wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from kit.waiting import after_duration, retry_after

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        (" 90 ", 90),
        ("1.5", 1.5),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30),
        ("Sun, 01 Mar 2026 14:00:30 +0200", 30),
        ("999999999", timedelta(days=31).total_seconds()),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("9" * 400, None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None):
    with time_machine.travel(NOW, tick=False):
        at = retry_after(header)

    assert at == (None if seconds is None else NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1),
        ("6m0s", 360),
        ("1m30.5s", 90.5),
        ("120ms", 0.12),
        ("2d1h", 176_400),
        (None, None),
        ("", None),
        ("5", None),
        ("1s later", None),
        ("1s" * 30, None),
    ],
)
def test_after_duration(text: str | None, seconds: float | None):
    with time_machine.travel(NOW, tick=False):
        at = after_duration(text)

    assert at == (None if seconds is None else NOW + timedelta(seconds=seconds))
