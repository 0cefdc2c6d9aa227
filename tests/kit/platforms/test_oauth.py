"""What becomes of a refresh when the platform does not know who asks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from kit.platforms import FacebookClient, LinkedInClient, PausePlatform, Platform, XClient

Script = Callable[..., tuple[Any, list[httpx2.Request]]]
CLIENTS: list[tuple[type[Platform], dict[str, str], str]] = [
    (XClient, {}, "platforms.x_client_id"),
    (LinkedInClient, {}, "platforms.linkedin_client_id and linkedin_client_secret"),
    (
        LinkedInClient,
        {"linkedin_client_id": "id"},
        "platforms.linkedin_client_id and linkedin_client_secret",
    ),
    (FacebookClient, {}, "platforms.facebook_app_id and facebook_app_secret"),
    (
        FacebookClient,
        {"facebook_app_secret": "secret"},
        "platforms.facebook_app_id and facebook_app_secret",
    ),
]


@pytest.mark.parametrize(("adapter", "settings", "named"), CLIENTS)
async def test_without_a_client_nothing_is_sent_and_the_setting_is_named(
    scripted: Script, adapter: type[Platform], settings: dict[str, str], named: str
) -> None:
    spent = httpx2.Response(400, json={"error": "invalid_request"})
    client, asked = scripted(adapter, spent, **settings)

    with pytest.raises(PausePlatform) as paused:
        await client.refresh(SecretStr("refresh-token"))

    assert str(paused.value).endswith(f" refreshes no token without an app: set {named}.")
    assert timedelta(0) < paused.value.until - datetime.now(UTC) <= timedelta(minutes=5)
    assert asked == []
