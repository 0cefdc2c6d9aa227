"""What cannot be: each ends in a clear error, and changes nothing."""

from typing import Any

import pytest
from tests.xbot.running import Bot

ENDS = ("9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+12:00")


@pytest.mark.parametrize("at", ENDS)
async def test_an_instant_at_the_ends_of_the_calendar(idle: Bot, at: str) -> None:
    problem = await idle.schedule(await idle.draft("Green tea"), 422, at=at)
    assert "not between the years 2000 and 2200" in problem["errors"][0]["msg"]
    assert await idle.ask("GET", "/api/posts") == []
    before = await idle.ask("GET", "/api/account")
    await idle.ask("PUT", "/api/account", 422, json=idle.x.account | {"expiresAt": at})
    assert await idle.ask("GET", "/api/account") == before


@pytest.mark.parametrize(
    ("key", "body"),
    [
        ("bandit_priors", '{"version": 0, "value": {"baseline": 1e999}}'),
        ("bandit_priors", '{"version": 0, "value": {"baseline": NaN}}'),
        ("rate_limits", '{"version": 0, "value": {"postingPerHour": 1e30}}'),
        ("rate_limits", f'{{"version": {10**30}, "value": {{"postingPerHour": 3}}}}'),
    ],
)
async def test_numbers_that_nobody_can_store(idle: Bot, key: str, body: str) -> None:
    before = await idle.ask("GET", "/api/config")
    headers: dict[str, Any] = {"content-type": "application/json"}
    await idle.ask("PUT", f"/api/config/{key}", 422, content=body, headers=headers)
    assert await idle.ask("GET", "/api/config") == before


async def test_a_topic_that_cannot_be_one(idle: Bot) -> None:
    await idle.ask("GET", "/api/tweets/stored", 422, params={"topic": "tea\0"})


@pytest.mark.parametrize("name", ["accessToken", "refreshToken"])
@pytest.mark.parametrize("token", ["", "a secret\n", "ein secret-Schlüssel", "secret" * 1_000])
async def test_a_token_that_no_request_can_carry(idle: Bot, name: str, token: str) -> None:
    before = await idle.ask("GET", "/api/account")
    answer = await idle.client.put("/api/account", json=idle.x.account | {name: token})
    assert answer.status_code == 422
    assert "copy it again" in answer.json()["errors"][0]["msg"]
    assert "secret" not in answer.text
    assert await idle.ask("GET", "/api/account") == before
