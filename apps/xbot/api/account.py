"""The bot's account over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hutch.http import controller, get, guard, put
from hutch_auth import OPERATOR, RequireRole
from kit.platforms import Tokens
from kit.publishing import Publications
from xbot.models import ACCOUNT, BotAccount
from xbot.schemas import AccountView, NewAccount
from xbot.services.account import StoredAccount
from xbot.services.posts import Posts

EVER = timedelta(days=3650)
"""A post waits for its account until an operator takes it back."""


@guard(RequireRole(OPERATOR))
@controller("/api/account")
@dataclass
class AccountController:
    """With which account the bot posts."""

    account: StoredAccount
    publications: Publications
    posts: Posts

    @put("/")
    async def connect(self, new: NewAccount) -> AccountView:
        """Connect the account; its tokens are never shown again. What waits for it goes on."""
        tokens = Tokens(new.access_token, new.refresh_token, new.expires_at)
        connected = await self.account.connect(new.user_id, tokens)
        await self.publications.reopen(ACCOUNT, EVER)
        await self.posts.go_on()
        return _view(connected)

    @get("/")
    async def read(self) -> AccountView:
        """Tell which account is connected."""
        return _view(await self.account.row())


def _view(row: BotAccount) -> AccountView:
    return AccountView(
        user_id=row.user_id, expires_at=row.expires_at, connected_at=row.connected_at
    )
