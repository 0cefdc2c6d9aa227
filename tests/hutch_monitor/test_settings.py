import pytest

from hutch.settings import load
from hutch_monitor import MonitorSettings


def test_arguments_are_hidden_unless_the_setting_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(MonitorSettings).show_arguments is False
    monkeypatch.setenv("HUTCH_MONITOR__SHOW_ARGUMENTS", "true")
    assert load(MonitorSettings).show_arguments is True
