"""Where the platforms are and who we are to them."""

from __future__ import annotations

from typing import Literal

from pydantic import SecretStr

from hutch import Settings


class PlatformSettings(Settings, section="platforms"):
    """Settings of the platform adapters.

    Attributes:
        read_timeout: Seconds to wait for an answer before a post's fate is unknown.
        x_base_url: Where X's API is served, without a closing slash.
        x_web_url: Where people read posts.
        x_client_id: The app's OAuth 2 client id; needed to refresh tokens.
        x_client_secret: Given to confidential clients only.
        x_fields_parameter: The query parameter that chooses a post's fields; X's
            specification 2.167 renames ``tweet.fields`` to ``post.fields``.
    """

    read_timeout: float = 30.0
    x_base_url: str = "https://api.x.com"
    x_web_url: str = "https://x.com"
    x_client_id: str = ""
    x_client_secret: SecretStr | None = None
    x_fields_parameter: Literal["tweet.fields", "post.fields"] = "tweet.fields"
