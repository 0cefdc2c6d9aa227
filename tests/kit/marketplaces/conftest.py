from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from kit.marketplaces import EbayClient, MarketplaceSettings
from kit.sandbox import PlatformName, SandboxState, serving


@dataclass(frozen=True)
class Market:
    """A sandbox that really listens; every test finds everything for sale and no token."""

    url: str
    state: SandboxState
    http: httpx2.AsyncClient

    async def fault(self, fault: str, **more: Any) -> None:
        order = {"platform": "ebay", "fault": fault} | more
        answer = await self.http.post(f"{self.url}/_sandbox/faults", json=order)
        assert answer.status_code == 201, answer.text


@pytest.fixture(scope="session")
async def open_market(http: httpx2.AsyncClient) -> AsyncIterator[Market]:
    state = SandboxState()
    async with serving(state) as url:
        yield Market(url, state, http)


@pytest.fixture
def market(open_market: Market) -> Iterator[Market]:
    # The server holds this very object, so it begins anew in its place.
    open_market.state.ebay.__init__()
    yield open_market
    assert open_market.state.faults.take(PlatformName.EBAY) is None, "a fault was left behind"


@pytest.fixture
def client(market: Market) -> Callable[..., EbayClient]:
    def client(**settings: Any) -> EbayClient:
        known = {
            "ebay_base_url": market.url,
            "ebay_client_id": "app",
            "ebay_client_secret": SecretStr("app-secret"),
        }
        return EbayClient(market.http, MarketplaceSettings(**(known | settings)))

    return client


@pytest.fixture
def ebay(client: Callable[..., EbayClient]) -> EbayClient:
    return client()
