"""The accounts behind the port: rows of a table."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from hutch_auth.api_token import is_token_id, new_token, parse_token
from hutch_auth.errors import UnknownToken, UnknownUser, UserExists
from hutch_auth.names import check_label, check_name, find_name
from hutch_auth.passwords import Passwords, check_password, find_password
from hutch_auth.roles import check_roles
from hutch_auth.table import tokens, users
from hutch_auth.users import IssuedToken, TokenInfo, User
from hutch_database import Database
from hutch_session import Sessions, SessionsUnavailable

_MOST_ID = 18
_NO_DIGEST = bytes(32)

_log = structlog.get_logger(__name__)


class TableUsers:
    """Keeps accounts in the database; see ``Users``."""

    def __init__(self, database: Database, passwords: Passwords, sessions: Sessions) -> None:
        self._database = database
        self._passwords = passwords
        self._sessions = sessions

    async def add(self, name: str, password: str, roles: Iterable[str] = ()) -> User:
        """Add a user; see ``Users.add``."""
        named = {"name": check_name(name), "roles": sorted(check_roles(roles))}
        hashed = await self._passwords.hash(check_password(password))
        begins = {"disabled": False, "generation": 1, "created_at": datetime.now(UTC)}
        query = insert(users).values({**named, **begins, "password": hashed}).returning(users)
        try:
            async with self._database.session() as session:
                row = (await session.execute(query)).one()
        except IntegrityError:
            raise UserExists(
                "another user has this name; choose another name, or change that user."
            ) from None
        _log.info("user added", user=row.id, roles=named["roles"])
        return _user(row)

    async def find(self, name: str) -> User | None:
        """Return the user of a name; see ``Users.find``."""
        row = await self._named(name)
        return None if row is None else _user(row)

    async def get(self, id: str) -> User | None:
        """Return the user of an id; see ``Users.get``."""
        number = _number(id)
        row = None if number is None else await self._row(users.c.id == number)
        return None if row is None else _user(row)

    async def all(self) -> list[User]:
        """List the users; see ``Users.all``."""
        async with self._database.session() as session:
            rows = await session.execute(select(users).order_by(users.c.name))
            return [_user(row) for row in rows]

    async def check(self, name: str, password: str) -> User | None:
        """Return the user whose name and password these are; see ``Users.check``."""
        typed = find_password(password)
        if typed is None:
            return None
        row = await self._named(name)
        matches = await self._passwords.matches(None if row is None else row.password, typed)
        if row is None or not matches or row.disabled:
            return None
        if self._passwords.is_outdated(row.password):
            await self._rehash(row, typed)
        return _user(row)

    async def set_password(self, id: str, password: str) -> User:
        """Give a user another password; see ``Users.set_password``."""
        hashed = await self._passwords.hash(check_password(password))
        return await self._renew(id, "password changed", {"password": hashed})

    async def set_roles(self, id: str, roles: Iterable[str]) -> User:
        """Give a user these roles; see ``Users.set_roles``."""
        return await self._change(id, "roles changed", {"roles": sorted(check_roles(roles))})

    async def disable(self, id: str, *, disabled: bool = True) -> User:
        """Let nothing of an account work any more; see ``Users.disable``."""
        event = "user disabled" if disabled else "user enabled"
        return await self._renew(id, event, {"disabled": disabled})

    async def issue(self, id: str, label: str) -> IssuedToken:
        """Issue an API token; see ``Users.issue``."""
        token = new_token()
        values = {"id": token.id, "digest": token.digest, "label": check_label(label)}
        owner = {"user_id": _number(id), "created_at": datetime.now(UTC)}
        query = insert(tokens).values(values | owner).returning(tokens)
        try:
            async with self._database.session() as session:
                row = (await session.execute(query)).one()
        except IntegrityError:
            raise _unknown(id) from None
        _log.info("API token issued", user=row.user_id, id=row.id)
        return IssuedToken(token.text, _info(row))

    async def tokens(self, id: str) -> list[TokenInfo]:
        """List the API tokens of a user; see ``Users.tokens``."""
        query = select(tokens).where(tokens.c.user_id == _number(id))
        async with self._database.session() as session:
            rows = await session.execute(query.order_by(tokens.c.created_at, tokens.c.id))
            return [_info(row) for row in rows]

    async def revoke(self, token_id: str) -> None:
        """Let an API token work no more; see ``Users.revoke``."""
        known = tokens.c.id == token_id, tokens.c.revoked_at.is_(None)
        query = update(tokens).where(*known).values(revoked_at=datetime.now(UTC))
        row = None
        if is_token_id(token_id):
            async with self._database.session() as session:
                found = await session.execute(query.returning(tokens.c.user_id))
                row = found.one_or_none()
        if row is None:
            # What was given may be the token itself, so it is not repeated.
            raise UnknownToken(
                "no working API token has this id; give the middle part of hutch_ID_SECRET, as "
                "`hutch users tokens NAME` shows it."
            )
        _log.info("API token revoked", user=row.user_id, id=token_id)

    async def of_token(self, text: str) -> User | None:
        """Return whose API token this is; see ``Users.of_token``."""
        token = parse_token(text)
        if token is None:
            return None
        query = (
            select(users, tokens.c.digest)
            .join(tokens, tokens.c.user_id == users.c.id)
            .where(tokens.c.id == token.id, tokens.c.revoked_at.is_(None))
        )
        async with self._database.session() as session:
            row = (await session.execute(query)).one_or_none()
        known = _NO_DIGEST if row is None else row.digest
        matches = hmac.compare_digest(known, token.digest)
        return _user(row) if row is not None and matches and not row.disabled else None

    async def _named(self, name: str) -> Row[Any] | None:
        stored = find_name(name)
        return None if stored is None else await self._row(users.c.name == stored)

    async def _row(self, where: ColumnElement[bool]) -> Row[Any] | None:
        async with self._database.session() as session:
            return (await session.execute(select(users).where(where))).one_or_none()

    async def _rehash(self, row: Row[Any], password: bytes) -> None:
        """Store the password's hash by the settings of now, unless it was changed meanwhile."""
        hashed = await self._passwords.hash(password)
        unchanged = users.c.id == row.id, users.c.password == row.password
        async with self._database.session() as session:
            await session.execute(update(users).where(*unchanged).values(password=hashed))

    async def _renew(self, id: str, event: str, values: dict[str, Any]) -> User:
        """Change an account, and end its sessions.

        The commit logs them out, whatever comes after it; ending them, too, is for those who
        look at a session and not at the account.
        """
        user = await self._change(id, event, {**values, "generation": users.c.generation + 1})
        try:
            await self._sessions.end_all(user.id)
        except SessionsUnavailable:
            _log.warning("sessions could not be ended", user=user.id)
        return user

    async def _change(self, id: str, event: str, values: dict[str, Any]) -> User:
        query = update(users).where(users.c.id == _number(id)).values(values).returning(users)
        async with self._database.session() as session:
            row = (await session.execute(query)).one_or_none()
        if row is None:
            raise _unknown(id)
        _log.info(event, user=row.id)
        return _user(row)


def _number(id: str) -> int | None:
    # Other digits than these would be another spelling of the same id.
    return int(id) if id.isascii() and id.isdigit() and len(id) <= _MOST_ID else None


def _user(row: Row[Any]) -> User:
    return User(
        id=str(row.id),
        name=row.name,
        roles=frozenset(row.roles),
        disabled=row.disabled,
        generation=row.generation,
        created=row.created_at,
    )


def _info(row: Row[Any]) -> TokenInfo:
    return TokenInfo(row.id, row.label, row.created_at, row.revoked_at)


def _unknown(id: str) -> UnknownUser:
    return UnknownUser(f"no user has the id {id[:32]!r}; `hutch users list` shows them.")
