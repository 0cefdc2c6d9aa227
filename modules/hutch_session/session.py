"""Session: what an app keeps of a visitor between requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from hutch_session.data import encode

Json = JsonValue
"""What the data may hold: what JSON can."""


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """A session as it was when it was read or written; change ``data`` and save it.

    Attributes:
        id: The secret that the visitor's cookie holds; it is shown nowhere else.
        user: Who is logged in, None for somebody unknown.
        data: The app's own, by name.
        created: When it began; a login begins it anew.
        expires: When it ends at the latest.
        profile: The name of the profile that it was created with.
        handle: Its public name, e.g. in a list of devices.
        version: Counts the writes.
        saved: The data as JSON as it was read; what a change is measured against.
        stamp: What the login was stamped with, e.g. which password it was; no data changes it.
        remember: Whether it is to outlive the browser.
    """

    id: str = field(repr=False)
    user: str | None = field(repr=False)
    data: dict[str, Json] = field(repr=False)
    created: datetime
    expires: datetime
    profile: str
    handle: str
    version: int
    saved: bytes = field(repr=False)
    stamp: str | None = field(default=None, repr=False)
    remember: bool = False

    @property
    def changed(self) -> bool:
        """Whether the data is another than it was when it was read.

        Raises:
            InvalidSession: It is no JSON any more.
        """
        return encode(self.data) != self.saved


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A session in the list of a user's devices.

    Attributes:
        handle: Its public name; ends it, but opens nothing.
        profile: The name of its profile.
        created: When it began.
        seen: When it was used last, to the minute.
        expires: When it ends at the latest.
        data: The app's own, e.g. which device it is.
    """

    handle: str
    profile: str
    created: datetime
    seen: datetime
    expires: datetime
    data: dict[str, Json] = field(repr=False, hash=False)
