"""What cannot be: each ends in a clear error, and changes nothing."""

from typing import Any

import pytest
from tests.xbot.running import Bot

NO_INSTANT = "9999-12-31T23:59:59-12:00"
TOO_EARLY = "0001-01-01T00:00:00+12:00"


@pytest.mark.parametrize("at", [NO_INSTANT, TOO_EARLY])
async def test_an_instant_that_no_calendar_has_in_utc(idle: Bot, at: str) -> None:
    problem = await idle.schedule(await idle.draft("Green tea"), 422, at=at)
    assert "has no place in the calendar of UTC" in problem["errors"][0]["msg"]
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
