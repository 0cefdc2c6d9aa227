"""The port: what users inject."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from hutch_session.session import Json, Session, SessionInfo


class Sessions(Protocol):
    """Keeps sessions under secret ids.

    Every method raises ``SessionsUnavailable`` where the server does not answer: then
    nobody counts as logged in, and none as logged out.
    """

    async def create(
        self,
        data: Mapping[str, Json] | None = None,
        *,
        user: str | None = None,
        profile: str = "default",
        remember: bool = False,
        stamp: str | None = None,
    ) -> Session:
        """Begin a session under a new id.

        Args:
            data: The app's own.
            user: Who is logged in; None for somebody unknown.
            profile: How long it lives and where it is kept.
            remember: Whether it lives as long as the profile remembers.
            stamp: What to tell of this login later, e.g. which password it was: up to 64
                characters that stay until the next login, whatever is written into the data.

        Raises:
            InvalidSession: The user, the stamp or the data cannot be stored.
            UnknownProfile: No module declares the profile.
        """
        ...

    async def load(self, id: str) -> Session | None:
        """Return the session of an id, and note that it is in use, at most once a minute.

        Returns:
            None where the id was made up, or its session has ended; nothing is created.
        """
        ...

    async def save(self, session: Session) -> Session:
        """Write the session's data; what others have written meanwhile is kept.

        Returns:
            The session with the changes of all; go on with this one.

        Raises:
            SessionGone: It has ended; nothing is written.
            SessionConflict: Others have changed the same value; nothing is written.
            InvalidSession: The data cannot be stored.
        """
        ...

    async def rotate(
        self,
        session: Session,
        *,
        user: str | None = None,
        remember: bool = False,
        stamp: str | None = None,
    ) -> Session:
        """Move the session, with its data as it is now, to a new id.

        Without a user, requests that are under way with the old id reach the moved session
        for ten seconds. With one, this is a login: its time begins anew, and through the old
        id one reads for ten seconds what was there before, never what comes after.

        Args:
            session: It must not have ended.
            user: Who has logged in; None lets it be whose it was.
            remember: Whether a login lives as long as the profile remembers.
            stamp: Of the login; see ``create``.

        Raises:
            SessionGone: It has ended.
            SessionConflict: Others have changed the same value of the data.
            InvalidSession: The user, the stamp or the data cannot be stored.
        """
        ...

    async def end(self, session: Session) -> None:
        """Log out: the session, and what its id leads to, is no more.

        A login that began with it goes on: who planted the id from before cannot end it.
        """
        ...

    async def of(self, user: str) -> list[SessionInfo]:
        """List a user's sessions, the one that ends last first; 500 at most."""
        ...

    async def end_one(self, user: str, handle: str) -> bool:
        """End one session of a user; return whether they had it."""
        ...

    async def end_all(self, user: str) -> None:
        """End all sessions that a user has at this moment."""
        ...
