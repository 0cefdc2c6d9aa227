"""What an app tells about its accounts, and what it wants published."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from kit.platforms import TokenStore


class Network(StrEnum):
    """A social network that posts go to, as payloads and rows spell it."""

    TWITTER = "TWITTER"
    LINKEDIN = "LINKEDIN"
    FACEBOOK = "FACEBOOK"
    INSTAGRAM = "INSTAGRAM"


@dataclass(frozen=True, slots=True)
class Account:
    """A connected account.

    Attributes:
        id: The app's own.
        network: Where it is.
        user_id: The network's id of it.
        owner: Whose it is, as the app counts: a brand, a user.
    """

    id: str
    network: Network
    user_id: str
    owner: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A post on its way to one account.

    Attributes:
        post_id: The app's own.
        media: Names of files in ``kit.files``.
    """

    post_id: str
    account_id: str
    text: str = field(repr=False)
    media: tuple[str, ...] = ()


class Accounts(TokenStore, Protocol):
    """The app's accounts and their tokens."""

    async def get(self, account_id: str) -> Account:
        """Return an account.

        Raises:
            NeedsReauth: It is not connected.
        """
        ...


class Gate(Protocol):
    """Decides whether a post may be sent now: the app's own limits."""

    async def admit(self, account: Account, publication_id: str) -> datetime | None:
        """Take what sending costs, once for each publication, however often it is asked.

        Returns:
            None, or the instant in UTC at which to ask again.
        """
        ...
