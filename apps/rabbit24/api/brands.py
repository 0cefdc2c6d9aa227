"""Brands over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from hutch import Inject
from hutch.http import Path, controller, get, guard, post, put
from hutch_auth import CurrentUser, LoggedIn
from kit.publishing import Network
from rabbit24.asked import NewBrand
from rabbit24.schemas import ID
from rabbit24.services.brands import Brands
from rabbit24.services.daily import DailyLimits
from rabbit24.services.networks import Networks
from rabbit24.views import BrandView

BrandId = Annotated[str, Path(pattern=ID)]


@guard(LoggedIn)
@controller("/api/brands")
@dataclass
class BrandsController:
    """A user's brands; those of others are not found."""

    brands: Brands
    daily: DailyLimits
    networks: Networks

    @post("/", status=201)
    async def add(self, new: NewBrand, user: Inject[CurrentUser]) -> BrandView:
        """Make a brand."""
        return BrandView.of(await self.brands.add(user, new.name, new.tone))

    @get("/")
    async def all(self, user: Inject[CurrentUser]) -> list[BrandView]:
        """List one's brands; operators see all."""
        return [BrandView.of(brand) for brand in await self.brands.all(user)]

    @put("/{brand_id}")
    async def change(
        self, brand_id: BrandId, new: NewBrand, user: Inject[CurrentUser]
    ) -> BrandView:
        """Change a brand."""
        return BrandView.of(await self.brands.change(user, brand_id, new.name, new.tone))

    @get("/{brand_id}/limits")
    async def limits(self, brand_id: BrandId, user: Inject[CurrentUser]) -> dict[str, int]:
        """Tell how many posts are left today, by network."""
        await self.brands.of_user(user, brand_id)
        return {name.lower(): await self.daily.left(brand_id, name) for name in Network}

    @get("/{brand_id}/networks")
    async def status(self, brand_id: BrandId, user: Inject[CurrentUser]) -> dict[str, str]:
        """Tell how the networks answer these minutes."""
        await self.brands.of_user(user, brand_id)
        return {name.lower(): (await self.networks.status(name)).value for name in Network}
