"""Settings that would fail later, when they are used."""

import pytest

from hutch.errors import SettingsError
from hutch.settings import load
from hutch_queue import QueueSettings


@pytest.mark.parametrize("name", ["SHUTDOWN_GRACE", "LEASE"])
def test_seconds_are_finite(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"HUTCH_QUEUE__{name}", "inf")
    with pytest.raises(SettingsError, match=f"HUTCH_QUEUE__{name}='inf'.*: .*finite number"):
        load(QueueSettings)
