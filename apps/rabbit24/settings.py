"""Settings of rabbit24."""

from datetime import timedelta

from pydantic import Field, SecretStr

from hutch import Settings


class Rabbit24Settings(Settings, section="rabbit24"):
    """The account that posts go to, and how patient publishing is."""

    x_account_id: str = "x-main"
    """What posts call the account."""

    x_user_id: str = ""
    """X's number of the account."""

    x_access_token: SecretStr | None = None
    """The account's access token at X."""

    sending_lease: timedelta = Field(default=timedelta(seconds=60), gt=timedelta(0))
    """How long a post may be on its way to the platform before its fate counts as unknown."""

    settle: timedelta = Field(default=timedelta(seconds=15), gt=timedelta(0))
    """How long a platform may take to show a post that it has; not shown by then, it is sent
    again."""

    sweep_after: timedelta = Field(default=timedelta(seconds=20), gt=timedelta(0))
    """After this long without progress an approved post is enqueued again."""
