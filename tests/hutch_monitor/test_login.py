"""The login, as it stands before the monitor."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.hutch_auth.apps import PASSWORD
from tests.hutch_monitor.apps import HERE, LOGIN, OPERATOR, PAGE, log_in, settings

from hutch import Module, bind
from hutch.testing import Testing, testing
from hutch_auth import AuthSettings, Users, auth_module
from hutch_database import DatabaseSettings
from hutch_monitor import monitor_module


async def test_login_leads_back_to_where_one_was_going(t: Testing) -> None:
    asked = await t.client.get("/monitor/health?x=1", headers=PAGE)
    assert asked.status_code == 303
    page = await t.client.get(asked.headers["location"])
    found = re.search(r'name="next" value="([^"]*)"', page.text)
    assert found
    data = {"token": OPERATOR, "next": found[1]}
    answer = await t.client.post(LOGIN, data=data, headers=HERE)
    assert answer.headers["location"] == "/monitor/health?x=1"


async def test_login_leads_to_the_start_page(t: Testing) -> None:
    answer = await t.client.post(LOGIN, data={"token": OPERATOR}, headers=HERE)
    assert answer.headers["location"] == "/monitor/"
    page = await t.client.get("/monitor/", headers=PAGE)
    assert "operator" in page.text


async def test_logging_out_leads_to_the_login(t: Testing) -> None:
    await log_in(t)
    answer = await t.client.post("/monitor/logout", headers=HERE)
    assert answer.headers["location"] == LOGIN
    assert (await t.client.get("/monitor/")).status_code == 401


@pytest.fixture
async def team(tmp_path: Path) -> AsyncIterator[Testing]:
    """The monitor for users with accounts."""
    url = SecretStr(f"sqlite:///{tmp_path / 'app.db'}")
    module = Module("team", imports=[monitor_module(auth=auth_module())], exports=[Users])
    overrides = (
        bind(AuthSettings).value(settings()),
        bind(DatabaseSettings).value(DatabaseSettings(url=url, upgrade_at_start=True)),
    )
    async with testing(module, *overrides) as t:
        yield t


async def enter(t: Testing, name: str) -> None:
    data = {"name": name, "password": PASSWORD}
    answer = await t.client.post(LOGIN, data=data, headers=HERE)
    assert answer.status_code == 303, answer.text


@pytest.mark.req("R24-50", "X-16")
async def test_users_with_a_role_see_the_monitor(team: Testing) -> None:
    await team.get(Users).add("ada", PASSWORD, ["viewer"])
    await enter(team, "ada")
    page = await team.client.get("/monitor/", headers=PAGE)
    assert '<span class="who">ada</span>' in page.text
    path = "/monitor/saq/api/queues/x/jobs/y/retry"
    assert (await team.client.post(path, headers=HERE)).status_code == 403


async def test_users_without_a_role_can_go_out_again(team: Testing) -> None:
    await team.get(Users).add("bea", PASSWORD, ["editor"])
    await enter(team, "bea")
    page = await team.client.get("/monitor/", headers=PAGE)
    assert page.status_code == 403
    assert "This needs the role viewer; you are a editor." in page.text
    assert 'action="/monitor/logout"' in page.text
    assert (await team.client.post("/monitor/logout", headers=HERE)).status_code == 303
    assert (await team.client.get("/monitor/")).status_code == 401


async def test_tokens_of_the_settings_work_beside_accounts(team: Testing) -> None:
    await log_in(team)
    assert (await team.client.get("/monitor/", headers=PAGE)).status_code == 200
