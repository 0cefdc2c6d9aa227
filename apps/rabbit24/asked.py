"""What clients send over HTTP."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from kit.asked import Asked, Instant, Token, storable
from kit.publishing import Network
from rabbit24.schemas import ID, Line, Words

FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._@=+/-]{1,200}$")]
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
Ids = Annotated[tuple[Annotated[str, Field(pattern=ID)], ...], Field(max_length=50)]


def in_minutes(cron: str) -> str:
    """Refuse a crontab line with seconds, or one of other than five fields."""
    if len(cron.split()) != 5:
        raise ValueError(
            f"{cron!r} has not five fields: write minute, hour, day, month and weekday, "
            "e.g. '0 9 * * 1'"
        )
    return cron


class Login(Asked):
    """A name and a password."""

    name: str = Field(max_length=200, repr=False)
    password: SecretStr
    remember: bool = False


class NewBrand(Asked):
    """A brand to be made or changed."""

    name: Line
    tone: Annotated[str, Field(max_length=200), AfterValidator(storable)] = ""


class NewAccount(Asked):
    """A connection, as the network gave it to its owner.

    Facebook and Instagram have no refresh token: there the access token is extended.
    """

    brand_profile_id: str = Field(pattern=ID)
    platform: Network
    user_id: str = Field(pattern=r"^[A-Za-z0-9_.:-]{1,200}$")
    access_token: Token
    refresh_token: Token | None = None
    expires_at: Instant


class NewPost(Asked):
    """A post to be written."""

    brand_profile_id: str = Field(pattern=ID)
    content: Words
    media: Annotated[tuple[FileName, ...], Field(max_length=10)] = ()
    account_ids: Ids = ()


class NewSchedule(Asked):
    """Slots to be filled."""

    brand_profile_id: str = Field(pattern=ID)
    topic: Line
    cron: Annotated[str, Field(max_length=100), AfterValidator(in_minutes)]
    tz: Annotated[str, Field(max_length=64)] = "UTC"
    media: Annotated[tuple[FileName, ...], Field(max_length=10)] = ()
    account_ids: Ids = ()


class DispatchOrder(Asked):
    """The body of a dispatch: a post's number, and those of connections."""

    post_id: Number
    connection_ids: Annotated[tuple[Number, ...], Field(min_length=1, max_length=100)]
    scheduled_for: Instant | None = None
    request_ai_assets: bool = False
    custom_message: Words | None = None
