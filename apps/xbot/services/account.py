"""The account on X: one, with tokens that only this app can read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from hutch_database import Database
from hutch_vault import Vault
from kit.platforms import NeedsReauth, Tokens
from kit.publishing import Account, Accounts, Network
from kit.publishing.sealed import Sealer
from xbot.models import ACCOUNT, BotAccount
from xbot.services.errors import Missing

PURPOSE = "bot_account.tokens"


@dataclass(frozen=True, slots=True)
class StoredAccount(Accounts):
    """The account in the database."""

    database: Database
    vault: Vault

    async def connect(self, user_id: str, tokens: Tokens) -> BotAccount:
        """Connect the account, in place of the one that was."""
        row = BotAccount(
            id=ACCOUNT,
            user_id=user_id,
            tokens=self._seal(tokens),
            expires_at=tokens.expires_at,
            connected_at=datetime.now(UTC),
        )
        async with self.database.session() as session:
            return await session.merge(row)

    async def row(self) -> BotAccount:
        """Return the account.

        Raises:
            Missing: None is connected.
        """
        async with self.database.session() as session:
            found = await session.get(BotAccount, ACCOUNT)
        if found is None:
            raise Missing("No account is connected: connect the bot's account on X first.")
        return found

    async def get(self, account_id: str) -> Account:
        """Return the account, as publishing wants it.

        Raises:
            NeedsReauth: It is not connected.
        """
        row = await self._connected()
        return Account(account_id, Network.TWITTER, row.user_id, owner=ACCOUNT)

    async def load(self, account_id: str) -> Tokens:
        """Return the tokens as they are now.

        Raises:
            NeedsReauth: It is not connected.
        """
        row = await self._connected()
        return Sealer(self.vault).unseal(row.tokens, row.expires_at, PURPOSE)

    async def save(self, account_id: str, tokens: Tokens) -> None:
        """Replace the tokens."""
        async with self.database.session() as session:
            row = await session.get(BotAccount, account_id)
            if row is not None:
                row.tokens, row.expires_at = self._seal(tokens), tokens.expires_at

    async def _connected(self) -> BotAccount:
        try:
            return await self.row()
        except Missing as error:
            raise NeedsReauth(str(error)) from error

    def _seal(self, tokens: Tokens) -> str:
        return Sealer(self.vault).seal(tokens, PURPOSE)
