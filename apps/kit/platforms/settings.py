"""Where the platforms are and who we are to them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from hutch import Settings

BaseUrl = Annotated[str, Field(pattern=r"^https?://\S*[^\s/]$")]
"""An address that paths are put behind: it ends without a slash."""


class PlatformSettings(Settings, section="platforms"):
    """Settings of the platform adapters."""

    read_timeout: float = Field(default=30.0, gt=0)
    """Seconds to wait for an answer; after them a post's fate is unknown."""

    x_base_url: BaseUrl = "https://api.x.com"
    """Where X's API is served, without a closing slash."""

    x_web_url: BaseUrl = "https://x.com"
    """Where people read posts on X."""

    x_client_id: str = ""
    """The app's OAuth 2 client id at X; needed to refresh tokens."""

    x_client_secret: SecretStr | None = None
    """X gives one to confidential clients only."""

    x_fields_parameter: Literal["tweet.fields", "post.fields"] = "tweet.fields"
    """The query parameter that chooses a post's fields; X's specification 2.167 renamed it."""
