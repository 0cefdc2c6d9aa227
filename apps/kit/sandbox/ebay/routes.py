"""eBay's endpoints: the application token, search, one item, and the pictures."""

from __future__ import annotations

import asyncio
import base64
import html
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from kit.sandbox.ebay import errors, shapes
from kit.sandbox.ebay.picture import picture
from kit.sandbox.ebay.requests import currency, read_search
from kit.sandbox.ebay.state import LIFETIME, EbayState
from kit.sandbox.faults import Fault, FaultOrder, Faults, PlatformName

SCOPE = "https://api.ebay.com/oauth/api_scope"
Serve = Callable[[Request, FaultOrder | None], Awaitable[dict[str, Any]]]


def ebay_routes(state: EbayState, faults: Faults) -> list[Route]:
    """List the routes of eBay. Faults strike searches and item calls."""
    ebay = _Ebay(state, faults)
    return [
        Route("/identity/v1/oauth2/token", ebay.token, methods=["POST"]),
        Route(f"{shapes.BROWSE}/item_summary/search", ebay.search, methods=["GET"]),
        Route(f"{shapes.BROWSE}/item/{{item_id}}", ebay.item, methods=["GET"]),
        Route("/ebay-pictures/{number:int}.png", ebay.picture, methods=["GET"]),
        Route("/itm/{number:int}", ebay.page, methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True)
class _Ebay:
    state: EbayState
    faults: Faults

    async def token(self, request: Request) -> Response:
        form = await request.form()
        if not _names_a_client(request.headers.get("Authorization", "")):
            raise errors.oauth(401, "invalid_client")
        if form.get("grant_type") != "client_credentials":
            raise errors.oauth(400, "unsupported_grant_type")
        if form.get("scope") != SCOPE:
            raise errors.oauth(400, "invalid_scope")
        token = self.state.new_token()
        seconds = int(LIFETIME.total_seconds())
        kind = "Application Access Token"
        return JSONResponse({"access_token": token, "expires_in": seconds, "token_type": kind})

    async def search(self, request: Request) -> Response:
        return await self._serve(request, self._search)

    async def item(self, request: Request) -> Response:
        return await self._serve(request, self._item)

    async def picture(self, request: Request) -> Response:
        listing = self.state.find(f"v1|{request.path_params['number']}|0")
        if listing is None:
            return Response(status_code=404)
        return Response(picture(listing), media_type="image/png")

    async def page(self, request: Request) -> Response:
        number = request.path_params["number"]
        listing = self.state.find(f"v1|{number}|0")
        if listing is None:
            return Response(status_code=404)
        title = html.escape(listing.title)
        return HTMLResponse(
            f"<!doctype html><title>{title}</title><h1>{title}</h1>"
            f'<img src="/ebay-pictures/{number}.png" alt="">'
        )

    async def _serve(self, request: Request, serve: Serve) -> Response:
        order = self.faults.take(PlatformName.EBAY)
        self.state.calls += 1
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if order:
            await self._strike(order, token)
        if scheme.lower() != "bearer" or not self.state.accepts(token):
            raise errors.unauthorized()
        return JSONResponse(await serve(request, order))

    async def _strike(self, order: FaultOrder, token: str) -> None:
        match order.fault:
            case Fault.RATE_LIMITED:
                raise errors.limited(order.seconds)
            case Fault.SERVER_ERROR:
                raise errors.broken()
            case Fault.EXPIRED_TOKEN:
                self.state.expire(token)
            case Fault.SLOW:
                await asyncio.sleep(order.seconds)
            case _:
                pass

    async def _search(self, request: Request, order: FaultOrder | None) -> dict[str, Any]:
        search = read_search(request.query_params)
        money = currency(request.headers.get("X-EBAY-C-MARKETPLACE-ID"))
        base = str(request.base_url).rstrip("/")
        found = search.choose(self.state.for_sale())
        window = found[search.offset : search.offset + search.limit]
        shown = [shapes.summary(one, base, money) for one in window]
        if order and order.fault is Fault.MALFORMED_ITEM and shown:
            shown[0] |= {"price": {"value": "a lot"}}
        if order and order.fault is Fault.CHANGING_PAGE and window:
            self.state.sell(window[0])
        return shapes.page(search, shown, len(found), str(request.url))

    async def _item(self, request: Request, order: FaultOrder | None) -> dict[str, Any]:
        money = currency(request.headers.get("X-EBAY-C-MARKETPLACE-ID"))
        listing = self.state.find(request.path_params["item_id"])
        if listing is None:
            raise errors.not_found()
        return shapes.item(listing, str(request.base_url).rstrip("/"), money)


def _names_a_client(header: str) -> bool:
    scheme, _, encoded = header.partition(" ")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return False
    return scheme.lower() == "basic" and bool(name and secret)
