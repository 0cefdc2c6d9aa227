import pytest

from hutch.errors import SettingsError
from hutch.settings import CoreSettings, HttpSettings, load


def test_the_app_that_commands_mean(monkeypatch):
    assert load(CoreSettings).app is None
    monkeypatch.setenv("HUTCH_APP", "shop.module:app")
    assert load(CoreSettings).app == "shop.module:app"


def test_a_workers_health_port(monkeypatch):
    assert load(HttpSettings).health_port is None
    monkeypatch.setenv("HUTCH_HTTP__HEALTH_PORT", "9000")
    assert load(HttpSettings).health_port == 9000


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
@pytest.mark.parametrize("name", ["PORT", "HEALTH_PORT"])
def test_what_is_no_port(name, port, monkeypatch):
    monkeypatch.setenv(f"HUTCH_HTTP__{name}", port)
    with pytest.raises(SettingsError, match=f"HUTCH_HTTP__{name}='{port}'"):
        load(HttpSettings)
