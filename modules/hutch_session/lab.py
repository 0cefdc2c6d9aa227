"""What the contract's tests share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from hutch_session.credentials import Credentials
from hutch_session.errors import SessionError
from hutch_session.port import Sessions
from hutch_session.profiles import SessionProfile
from hutch_session.session import Session

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Lab:
    """A backend under test.

    Attributes:
        sessions: Its sessions.
        forward: Moves its clock, which stands otherwise, by as many seconds.
    """

    sessions: Sessions
    forward: Callable[[int], None]

    async def begin(self, **values: Any) -> Session:
        """Begin a session with this data."""
        return await self.sessions.create(values)

    async def find(self, session: Session) -> Session:
        """Load a session that must be there."""
        found = await self.sessions.load(session.id)
        assert found is not None
        return found

    async def is_gone(self, session: Session) -> bool:
        """Tell whether a session's id opens nothing."""
        return await self.sessions.load(session.id) is None


class Start(Protocol):
    """Opens sessions with these profiles on the backend under test."""

    def __call__(self, *profiles: SessionProfile) -> AbstractAsyncContextManager[Lab]:
        """Open them; a profile named ``default`` takes the place of the default one."""
        ...


@dataclass(frozen=True, slots=True)
class CredentialLab:
    """A backend of credentials under test; see ``Lab``."""

    credentials: Credentials
    forward: Callable[[int], None]


async def error_of(error: type[SessionError], waiting: Awaitable[Any]) -> str:
    """Check that awaiting it fails with this error; return the message."""
    try:
        await waiting
    except error as raised:
        return str(raised)
    raise AssertionError(f"{error.__name__} was not raised")
