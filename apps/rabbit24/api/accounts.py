"""Social accounts over HTTP: connect, list, disconnect. No token ever comes out."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from hutch import Inject
from hutch.http import Path, Query, controller, delete, get, guard, post
from hutch_auth import CurrentUser, LoggedIn
from hutch_queue import QueueUnavailable
from kit.platforms import Tokens
from kit.publishing import Publications
from rabbit24.asked import NewAccount
from rabbit24.jobs.distribution import DispatchOrders
from rabbit24.schemas import ID, RefreshConnection
from rabbit24.services.accounts import StoredAccounts
from rabbit24.services.brands import Brands
from rabbit24.views import AccountView

LATELY = timedelta(days=3)
"""How old a post may be that is published after all when its account is connected again."""


@guard(LoggedIn)
@controller("/api/accounts")
@dataclass
class AccountsController:
    """A brand's accounts on networks."""

    brands: Brands
    accounts: StoredAccounts
    orders: DispatchOrders
    publications: Publications

    @post("/", status=201)
    async def connect(self, new: NewAccount, user: Inject[CurrentUser]) -> AccountView:
        """Connect an account; its token is refreshed every day from now on.

        One that is connected already gets the new token, and what waits for it goes on.
        """
        await self.brands.of_user(user, new.brand_profile_id)
        tokens = Tokens(new.access_token, new.refresh_token or new.access_token, new.expires_at)
        connected = await self.accounts.connect(
            new.brand_profile_id, new.platform, new.user_id, tokens
        )
        await self.publications.reopen(connected.account.id, LATELY)
        # Without the queue the sweep does it later.
        with suppress(QueueUnavailable):
            refresh = RefreshConnection(connection_id=connected.number)
            await self.orders.add_token_refresh_job(refresh)
        return AccountView.of(connected)

    @get("/")
    async def of_brand(
        self,
        user: Inject[CurrentUser],
        brand_profile_id: Annotated[str, Query(alias="brandProfileId", pattern=ID)],
    ) -> list[AccountView]:
        """List a brand's accounts."""
        await self.brands.of_user(user, brand_profile_id)
        found = await self.accounts.of_brand(brand_profile_id)
        return [AccountView.of(connected) for connected in found]

    @delete("/{account_id}", status=204)
    async def disconnect(
        self, account_id: Annotated[str, Path(pattern=ID)], user: Inject[CurrentUser]
    ) -> None:
        """Forget an account and its tokens."""
        row = await self.accounts.row(account_id)
        await self.brands.of_user(user, row.brand_profile_id, f"account {account_id!r}")
        number = await self.accounts.disconnect(account_id)
        with suppress(QueueUnavailable):
            await self.orders.remove_token_refresh_job(number)
