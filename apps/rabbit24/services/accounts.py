"""Social accounts: where a brand's posts go, with tokens that only this app can read."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from hutch_cache import Cache, CacheUnavailable
from hutch_database import Database
from hutch_vault import Vault
from kit.columns import new_id
from kit.platforms import NeedsReauth, Tokens
from kit.publishing import Account, Accounts, Network
from kit.publishing.sealed import Sealer
from rabbit24.keys import ACCOUNT_VALID
from rabbit24.models import Connection, SocialAccount
from rabbit24.services.errors import Missing, Refused


@dataclass(frozen=True, slots=True)
class Connected:
    """An account as it is shown.

    Attributes:
        number: Of its connection.
        valid: Whether its access token lasts.
    """

    account: SocialAccount
    number: int
    valid: bool


@dataclass(frozen=True, slots=True)
class StoredAccounts(Accounts):
    """The accounts in the database."""

    database: Database
    vault: Vault
    cache: Cache

    async def connect(
        self, brand_profile_id: str, network: Network, user_id: str, tokens: Tokens
    ) -> Connected:
        """Connect an account; one that the brand has already gets the new tokens."""
        row = SocialAccount(
            id=new_id(),
            brand_profile_id=brand_profile_id,
            platform=network,
            user_id=user_id,
            connected_at=datetime.now(UTC),
        )
        self._seal(row, tokens)
        connection = Connection(account_id=row.id)
        try:
            async with self.database.session() as session:
                session.add_all([row, connection])
        except IntegrityError:
            return await self._connect_again(row, tokens)
        return Connected(row, connection.id, await self.is_valid(row.id))

    async def disconnect(self, account_id: str) -> int:
        """Forget an account and its tokens; return the number of its connection.

        Raises:
            Missing: There is none of this id.
        """
        mine = Connection.account_id == account_id
        async with self.database.session() as session:
            number: int | None = await session.scalar(
                delete(Connection).where(mine).returning(Connection.id)
            )
            await session.execute(delete(SocialAccount).where(SocialAccount.id == account_id))
        if number is None:
            raise Missing(f"There is no account {account_id!r}.")
        await self._forget(account_id)
        return number

    async def row(self, account_id: str) -> SocialAccount:
        """Return an account's row.

        Raises:
            Missing: There is none of this id.
        """
        async with self.database.session() as session:
            found = await session.get(SocialAccount, account_id)
        if found is None:
            raise Missing(f"There is no account {account_id!r}.")
        return found

    async def get(self, account_id: str) -> Account:
        """Return an account, as publishing wants it.

        Raises:
            NeedsReauth: It is not connected (any more).
        """
        return _account(await self._connected(account_id))

    async def load(self, account_id: str) -> Tokens:
        """Return an account's tokens as they are now.

        Raises:
            NeedsReauth: It is not connected.
        """
        return self._unseal(await self._connected(account_id))

    async def save(self, account_id: str, tokens: Tokens) -> None:
        """Replace an account's tokens; what was known of the old ones is forgotten."""
        async with self.database.session() as session:
            row = await session.get(SocialAccount, account_id)
            if row is not None:
                self._seal(row, tokens)
        await self._forget(account_id)

    async def is_valid(self, account_id: str) -> bool:
        """Tell whether an account's access token lasts; known for up to five minutes."""

        async def load() -> bool:
            return (await self._connected(account_id)).expires_at > datetime.now(UTC)

        return await self.cache.get_or_load(ACCOUNT_VALID.key(account_id), load)

    async def of_brand(self, brand_profile_id: str) -> list[Connected]:
        """List a brand's accounts, the first connected first."""
        query = (
            select(SocialAccount, Connection.id)
            .join(Connection, Connection.account_id == SocialAccount.id)
            .where(SocialAccount.brand_profile_id == brand_profile_id)
            .order_by(Connection.id)
        )
        async with self.database.session() as session:
            rows = (await session.execute(query)).all()
        return [Connected(row, number, await self.is_valid(row.id)) for row, number in rows]

    async def chosen(self, brand_profile_id: str, ids: Iterable[str]) -> list[Account]:
        """Return the chosen accounts of a brand, or all of them where none is chosen.

        Raises:
            Refused: One is not this brand's, or it has none.
        """
        mine = {
            one.account.id: _account(one.account) for one in await self.of_brand(brand_profile_id)
        }
        wanted = list(dict.fromkeys(ids)) or list(mine)
        for id_ in wanted:
            if id_ not in mine:
                raise Refused(f"The account {id_!r} is not connected to this brand: connect it.")
        if not wanted:
            raise Refused("This brand has no account yet: connect one.")
        return [mine[id_] for id_ in wanted]

    async def numbered(self, number: int) -> Account:
        """Return the account of a connection.

        Raises:
            Missing: There is no connection of this number.
        """
        async with self.database.session() as session:
            connection = await session.get(Connection, number)
        if connection is None:
            raise Missing(f"There is no connection {number}.")
        return _account(await self.row(connection.account_id))

    async def numbers(self) -> list[int]:
        """List the numbers of all connections."""
        async with self.database.session() as session:
            return list(await session.scalars(select(Connection.id)))

    async def expiring(self, before: dict[Network, datetime]) -> list[SocialAccount]:
        """List the accounts whose token ends before an instant that depends on the network.

        Those that ended more than a day ago are left to their owners, and to the daily refresh.
        """
        ends, over = SocialAccount.expires_at, datetime.now(UTC) - timedelta(days=1)
        async with self.database.session() as session:
            rows = await session.scalars(
                select(SocialAccount).where(ends > over, ends < max(before.values()))
            )
        return [row for row in rows if row.expires_at < before[row.platform]]

    async def _connect_again(self, new: SocialAccount, tokens: Tokens) -> Connected:
        query = (
            select(SocialAccount, Connection.id)
            .join(Connection, Connection.account_id == SocialAccount.id)
            .where(SocialAccount.brand_profile_id == new.brand_profile_id)
            .where(SocialAccount.platform == new.platform, SocialAccount.user_id == new.user_id)
        )
        async with self.database.session() as session:
            found = (await session.execute(query)).one_or_none()
        if found is None:
            raise Refused("This account was disconnected a moment ago: connect it again.")
        row, number = found
        await self.save(row.id, tokens)
        return Connected(await self.row(row.id), number, await self.is_valid(row.id))

    async def _forget(self, account_id: str) -> None:
        # What is committed stands; an old answer ends within five minutes by itself.
        with suppress(CacheUnavailable):
            await self.cache.delete(ACCOUNT_VALID.key(account_id))

    async def _connected(self, account_id: str) -> SocialAccount:
        try:
            return await self.row(account_id)
        except Missing as error:
            raise NeedsReauth(
                f"The account {account_id!r} is not connected: connect it."
            ) from error

    def _seal(self, row: SocialAccount, tokens: Tokens) -> None:
        row.tokens = Sealer(self.vault).seal(tokens, _purpose(row.id))
        row.expires_at = tokens.expires_at

    def _unseal(self, row: SocialAccount) -> Tokens:
        return Sealer(self.vault).unseal(row.tokens, row.expires_at, _purpose(row.id))


def _account(row: SocialAccount) -> Account:
    return Account(row.id, row.platform, row.user_id, row.brand_profile_id)


def _purpose(account_id: str) -> str:
    return f"social_account.tokens {account_id}"
