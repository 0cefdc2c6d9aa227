from __future__ import annotations

import httpx2
import pytest

import hutch.testing
import kit.platforms
from hutch import Module
from kit.platforms import (
    FacebookClient,
    InstagramClient,
    LinkedInClient,
    Platform,
    PlatformError,
    WhatsAppClient,
    WhatsAppWebhook,
    XClient,
    platforms_module,
)


async def test_the_module_opens_one_client_and_closes_it():
    platforms = platforms_module()
    app = Module("app", imports=[platforms], exports=[platforms])

    async with hutch.testing.testing(app) as t:
        x = t.get(XClient)
        assert t.get(XClient) is x
        assert isinstance(x.http, httpx2.AsyncClient)
        assert not x.http.is_closed

    assert x.http.is_closed


async def test_the_environment_says_where_x_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HUTCH_PLATFORMS__X_BASE_URL", "http://127.0.0.1:8700")

    async with hutch.testing.testing(platforms_module()) as t:
        assert t.get(XClient).settings.x_base_url == "http://127.0.0.1:8700"


async def test_every_adapter_shares_the_client():
    async with hutch.testing.testing(platforms_module()) as t:
        adapters = [XClient, LinkedInClient, FacebookClient, InstagramClient, WhatsAppClient]
        assert {id(t.get(adapter).http) for adapter in adapters} == {id(t.get(XClient).http)}
        t.get(WhatsAppWebhook)


@pytest.mark.parametrize("adapter", [XClient, LinkedInClient, FacebookClient, InstagramClient])
def test_every_adapter_that_publishes_is_a_platform(adapter: type[object]):
    assert Platform in adapter.__mro__


def test_every_outcome_is_public():
    outcomes = {outcome.__name__ for outcome in PlatformError.__subclasses__()}

    assert outcomes == {
        "RetryAfter",
        "RetryBackoff",
        "RefreshThenRetryOnce",
        "PauseAccount",
        "NeedsReauth",
        "FailPermanent",
        "Unknown",
        "ProbablyDuplicate",
    }
    assert outcomes < set(kit.platforms.__all__)
