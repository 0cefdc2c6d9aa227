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

    media_poll_interval: float = Field(default=5.0, gt=0)
    """Seconds between two looks at media that a platform is still processing."""

    media_poll_limit: float = Field(default=90.0, ge=0)
    """Seconds after which media that are still being processed are given up for now; fewer than a
    job may take."""

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

    linkedin_base_url: BaseUrl = "https://api.linkedin.com"
    """Where LinkedIn's API is served."""

    linkedin_oauth_url: BaseUrl = "https://www.linkedin.com/oauth/v2"
    """Where LinkedIn exchanges tokens."""

    linkedin_web_url: BaseUrl = "https://www.linkedin.com"
    """Where people read posts on LinkedIn."""

    linkedin_version: str = Field(default="202610", pattern=r"^20\d{2}(0[1-9]|1[0-2])$")
    """The month of LinkedIn's API; each is retired after about a year, and then refused."""

    linkedin_client_id: str = ""
    """The app's client id at LinkedIn; needed to refresh tokens."""

    linkedin_client_secret: SecretStr | None = None
    """The app's secret at LinkedIn; needed to refresh tokens."""

    graph_version: str = Field(default="v25.0", pattern=r"^v\d+\.\d+$")
    """The version of Meta's Graph API, which Facebook, Instagram and WhatsApp share."""

    graph_slow_down_at: int = Field(default=85, ge=1, le=100)
    """The percentage of Meta's rate limit from which calls wait instead of using up the rest."""

    facebook_base_url: BaseUrl = "https://graph.facebook.com"
    """Where the Graph API of Facebook Pages is served."""

    facebook_web_url: BaseUrl = "https://www.facebook.com"
    """Where people read posts on Facebook."""

    facebook_app_id: str = ""
    """The app's id at Meta; needed to exchange tokens."""

    facebook_app_secret: SecretStr | None = None
    """The app's secret at Meta; needed to exchange tokens."""

    instagram_base_url: BaseUrl = "https://graph.instagram.com"
    """Where the Graph API of Instagram is served."""

    whatsapp_base_url: BaseUrl = "https://graph.facebook.com"
    """Where the WhatsApp Cloud API is served."""

    whatsapp_app_secret: SecretStr | None = None
    """Signs the webhooks that Meta sends for WhatsApp."""

    whatsapp_pairing_url: BaseUrl | None = None
    """Where sessions are connected by QR codes: the sandbox's /_sandbox/whatsapp/sessions."""

    whatsapp_verify_token: SecretStr | None = None
    """What Meta has to show when it verifies the address of the webhook."""
