"""Social accounts: where posts can go."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import SecretStr

from kit.platforms import NeedsReauth
from rabbit24.settings import Rabbit24Settings

X = "TWITTER"


@dataclass(frozen=True, slots=True)
class Account:
    """A connected account.

    Attributes:
        user_id: The platform's number of it.
    """

    id: str
    platform: str
    user_id: str
    token: SecretStr = field(repr=False)


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts that the settings connect."""

    settings: Rabbit24Settings

    def connected(self) -> list[tuple[str, str]]:
        """List the id and platform of each account that new posts go to."""
        return [(self.settings.x_account_id, X)]

    def get(self, account_id: str) -> Account:
        """Return an account with its token.

        Raises:
            NeedsReauth: It is not connected (any more).
        """
        settings = self.settings
        if account_id != settings.x_account_id or settings.x_access_token is None:
            raise NeedsReauth(
                f"The account {account_id!r} is not connected: set HUTCH_RABBIT24__X_ACCOUNT_ID, "
                "HUTCH_RABBIT24__X_USER_ID and HUTCH_RABBIT24__X_ACCESS_TOKEN."
            )
        return Account(account_id, X, settings.x_user_id, settings.x_access_token)
