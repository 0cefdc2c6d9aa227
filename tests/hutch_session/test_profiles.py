"""Profiles: what is refused, and where they come from."""

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest

from hutch import App, Module, bind
from hutch.settings import Profile
from hutch.testing import testing
from hutch_session import (
    InvalidProfile,
    SessionProfile,
    Sessions,
    SessionSettings,
    session_module,
)
from hutch_vault import KeysMissing


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": ""}, "a name has 1 to 32 of a-z 0-9 _ - and begins with a letter"),
        ({"name": "a.b"}, "a name has 1 to 32"),
        ({"name": "x" * 33}, "a name has 1 to 32"),
        ({"lifetime": timedelta(0)}, "lifetime, remembered and idle are a second or more"),
        ({"idle": timedelta(0)}, "lifetime, remembered and idle are a second or more"),
        ({"remembered": timedelta(-1)}, "lifetime, remembered and idle are a second or more"),
        ({"key": "session"}, r"key 'session' needs one part \{id\}, e.g. 'session:\{id\}'"),
        ({"key": "a:{id}:{id}"}, "needs one part"),
        ({"key": "session-{id}"}, "needs one part"),
        ({"plain": ("email", "userId")}, "plain 'userId' is a field of the record's own"),
    ],
)
def test_what_cannot_work_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidProfile, match=message):
        SessionProfile(**{"name": "short", **options})


async def opened(*modules: Module, settings: SessionSettings | None = None) -> Sessions:
    overrides = [bind(SessionSettings).value(settings)] if settings else []
    root = Module("app", imports=modules, exports=[Sessions])
    async with testing(root, *overrides) as t:
        return t.get(Sessions)


async def test_the_settings_describe_the_default_profile() -> None:
    settings = SessionSettings(lifetime=60, remembered=120)
    sessions = await opened(session_module(), settings=settings)
    made, remembered = await sessions.create(), await sessions.create(remember=True)
    assert made.expires - made.created == timedelta(minutes=1)
    assert remembered.expires - remembered.created == timedelta(minutes=2)


async def test_only_encrypted_sessions_need_the_vaults_keys() -> None:
    root = Module("app", imports=[session_module()], exports=[Sessions])
    for encrypted in (True, False):
        settings = SessionSettings(backend="memory", encrypted=encrypted)
        app = App(root, bind(SessionSettings).value(settings), profile=Profile.PRODUCTION)
        with pytest.raises(KeysMissing) if encrypted else nullcontext():
            async with app.started() as running:
                await running.get(Sessions).create({"a": 1})


async def test_modules_share_the_sessions_and_may_declare_alike() -> None:
    one, other = SessionProfile("one"), SessionProfile("other")
    again = Module("again", imports=[session_module(other, one)])
    sessions = await opened(session_module(one), again)
    assert (await sessions.create(profile="other")).profile == "other"


async def test_one_name_for_two_profiles_is_refused() -> None:
    longer = SessionProfile("one", lifetime=timedelta(days=9))
    again = Module("again", imports=[session_module(longer)])
    with pytest.raises(Exception, match="the session profile 'one' is declared twice"):
        await opened(session_module(SessionProfile("one")), again)
