"""The pages: posts, accounts, schedules."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from hutch import Inject
from hutch.http import controller, get
from hutch_auth import OPERATOR, CurrentUser
from kit.pages import Pages
from kit.publishing import Network
from rabbit24.services.brands import Brands
from rabbit24.settings import Rabbit24Settings


@controller("/")
@dataclass
class PagesController:
    """What people see; their scripts speak to the API."""

    pages: Pages
    brands: Brands
    settings: Rabbit24Settings

    @get("/")
    async def posts(self, request: Request, user: Inject[CurrentUser]) -> Response:
        """Write, approve and watch posts."""
        return await self._page(request, user, "posts.html")

    @get("/accounts")
    async def accounts(self, request: Request, user: Inject[CurrentUser]) -> Response:
        """Make brands and connect accounts."""
        return await self._page(request, user, "accounts.html")

    @get("/schedules")
    async def schedules(self, request: Request, user: Inject[CurrentUser]) -> Response:
        """Plan slots that are filled by themselves."""
        return await self._page(request, user, "schedules.html")

    @get("/register")
    async def register(self, request: Request) -> Response:
        """Make an account."""
        is_open = self.settings.registration
        return self.pages.render(request, "register.html", is_open=is_open)

    async def _page(self, request: Request, user: CurrentUser, template: str) -> Response:
        return self.pages.render(
            request,
            template,
            brands=await self.brands.all(user),
            networks=list(Network),
            is_operator=user.has_role(OPERATOR),
        )
