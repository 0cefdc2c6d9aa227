"""Settings of rabbit24."""

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

    sending_lease: float = Field(default=60.0, gt=0)
    """Seconds a post may be on its way to the platform; after them its fate is unknown."""

    settle: float = Field(default=15.0, gt=0)
    """Seconds a platform may take to show a post; not shown by then, it is sent again."""

    sweep_after: float = Field(default=20.0, gt=0)
    """Seconds without progress after which an approved post is enqueued again."""
