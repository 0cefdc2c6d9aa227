"""What the doctor finds, in this process."""

import asyncio

import pytest
from pydantic import BaseModel, SecretStr

from hutch import App, Module, Settings, bind, diagnosis
from hutch.contributions import Health, Service
from hutch.diagnosis import State, diagnose, settings_of


class Limits(BaseModel):
    most: int = 5


class DrinkSettings(Settings, section="drinks"):
    """A test's own."""

    size: int = 3
    url: str = "store://localhost"
    password: SecretStr = SecretStr("sesame")
    limits: Limits = Limits()


class Owner(BaseModel):
    name: str = "Ann"
    token: str = ""


class PartySettings(Settings, section="party"):
    owner: Owner = Owner()
    limits: Limits = Limits()
    tables: dict[str, str] = {}
    mirror: str = "store://me:hush@mirror"


class Cellar: ...


class Bar: ...


closed: list[str] = []


@pytest.fixture(autouse=True)
def clean():
    closed.clear()


async def cellar(settings: DrinkSettings):
    if settings.size == 0:
        raise OSError(f"nothing at {settings.url}")
    yield Cellar()
    closed.append("cellar")


async def bar(cellar: Cellar):
    yield Bar()
    closed.append("bar")


async def is_stocked(cellar: Cellar) -> str:
    return "12 bottles"


async def has_guests() -> None:
    raise LookupError("nobody came")


async def serve(bar: Bar):
    raise AssertionError("the doctor starts no service")
    yield


def app(required=False):
    guests = Health("guests", has_guests, required=required)
    return App(
        Module(
            "pub",
            providers=[DrinkSettings, bind(Cellar).open(cellar), bind(Bar).open(bar)],
            contributions=[Health("stock", is_stocked), guests, Service("counter", serve)],
        )
    )


async def look(app):
    return {(f.kind, f.name): f for f in await diagnose(app)}


async def test_a_sound_app():
    found = await look(app())
    states = {name: finding.state for name, finding in found.items()}
    assert states.pop(("health", "guests")) is State.WARNING
    assert set(states.values()) == {State.OK}
    assert ("settings", "HUTCH_DRINKS__*") in states
    assert ("resource", "Cellar (pub)") in states
    assert found["health", "stock"].detail == "12 bottles"
    assert closed == ["bar", "cellar"]


async def test_a_required_check_that_fails():
    finding = (await look(app(required=True)))["health", "guests"]
    assert finding.state is State.FAILED
    assert finding.detail == "LookupError: nobody came"
    assert finding.remedy == "The app is not ready while this check fails."


async def test_a_resource_that_fails_skips_only_what_needs_it(monkeypatch):
    monkeypatch.setenv("HUTCH_DRINKS__SIZE", "0")
    monkeypatch.setenv("HUTCH_DRINKS__URL", "store://me:hush@cellar")
    found = await look(app())
    failed = found["resource", "Cellar (pub)"]
    assert failed.state is State.FAILED
    assert failed.detail == "OSError: nothing at store://***@cellar"
    assert failed.remedy == "Check HUTCH_DRINKS__*."
    skipped = found["resource", "Bar (pub)"]
    assert (skipped.state, skipped.detail) == (State.SKIPPED, "needs Cellar")
    skipped = found["health", "stock"]
    assert (skipped.state, skipped.detail) == (State.SKIPPED, "needs Cellar")
    assert found["health", "guests"].state is State.WARNING


async def test_a_resource_that_never_opens(monkeypatch):
    async def never(settings: DrinkSettings):
        await asyncio.Event().wait()
        yield Cellar()

    monkeypatch.setattr(diagnosis, "TIME_LIMIT", 0.01)
    module = Module("m", providers=[DrinkSettings, bind(Cellar).open(never)], exports=[Cellar])
    finding = (await look(App(module)))["resource", "Cellar (m)"]
    assert finding.state is State.FAILED
    assert finding.detail == "TimeoutError: it did not open within 0.01 s"


async def test_settings_that_are_wrong_fail_by_name(monkeypatch):
    monkeypatch.setenv("HUTCH_DRINKS__SIZE", "many")
    monkeypatch.setenv("HUTCH_DRINKS__SISE", "1")
    found = await look(app())
    assert "HUTCH_DRINKS__SIZE='many'" in found["settings", "HUTCH_DRINKS__*"].detail
    assert "did you mean HUTCH_DRINKS__SIZE?" in found["settings", "names"].detail
    assert found["resource", "Cellar (pub)"].detail == "needs DrinkSettings"
    assert ("resource", "DrinkSettings (pub)") not in found


async def test_a_choice_that_cannot_be_made_leaves_the_rest_unopened(monkeypatch):
    def by() -> str:
        raise KeyError("which")

    module = Module(
        "m",
        providers=[bind(Cellar).choose(by, one=Cellar)],
        exports=[Cellar],
        contributions=[Health("stock", is_stocked)],
    )
    found = await look(App(module))
    assert found["resource", "choice of backends"].detail == "KeyError: 'which'"
    assert found["health", "stock"].state is State.SKIPPED


def test_settings_and_where_they_come_from(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("HUTCH_DRINKS__LIMITS__MOST=7\n")
    monkeypatch.setenv("HUTCH_DRINKS__PASSWORD", "hush")
    monkeypatch.setenv("HUTCH_DRINKS__URL", "store://me:hush@cellar")
    found = {s.name: (s.value, s.source) for s in settings_of(app())}
    assert {name: value for name, value in found.items() if "DRINKS" in name} == {
        "HUTCH_DRINKS__SIZE": ("3", "default"),
        "HUTCH_DRINKS__URL": ("store://***@cellar", "the environment"),
        "HUTCH_DRINKS__PASSWORD": ("***", "the environment"),
        "HUTCH_DRINKS__LIMITS__MOST": ("7", ".env"),
    }


def test_what_is_set_at_once_or_part_by_part_is_not_called_a_default(monkeypatch):
    class Party:
        def __init__(self, settings: PartySettings) -> None: ...

    monkeypatch.setenv("HUTCH_PARTY__OWNER", '{"name": "Bob", "token": "hush"}')
    monkeypatch.setenv("HUTCH_PARTY__LIMITS", '{"most": 9}')
    monkeypatch.setenv("HUTCH_PARTY__TABLES__NORTH", "oak")
    monkeypatch.setenv("HUTCH_PARTY__TABLES__API_KEY", "hush")
    module = Module("m", providers=[PartySettings, Party], exports=[Party])
    found = {s.name: (s.value, s.source) for s in settings_of(App(module))}
    assert {name: value for name, value in found.items() if "PARTY" in name} == {
        "HUTCH_PARTY__OWNER": ("***", "the environment"),
        "HUTCH_PARTY__LIMITS": ('{"most": 9}', "the environment"),
        "HUTCH_PARTY__TABLES__NORTH": ("oak", "the environment"),
        "HUTCH_PARTY__TABLES__API_KEY": ("***", "the environment"),
        "HUTCH_PARTY__MIRROR": ("store://***@mirror", "default"),
    }
