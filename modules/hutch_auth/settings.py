"""Settings of the logins."""

from __future__ import annotations

from typing import Annotated

from pydantic import ByteSize, Field, SecretStr, model_validator

from hutch.settings import Settings

Token = Annotated[SecretStr, Field(min_length=16)]


class AuthSettings(Settings, section="auth"):
    """Who may do what, and how they log in."""

    operator_token: Token | None = None
    """What operators log in with, at least 16 random characters; unset, none can by token."""
    viewer_token: Token | None = None
    """The same for those who may look but change nothing."""
    secret_key: Token | None = None
    """What cookies of a login by token are signed with, beside that; unset, the token alone."""
    lifetime: float = Field(default=12 * 3600.0, ge=60, allow_inf_nan=False)
    """Seconds that a login by token lasts."""
    hash_memory: ByteSize = Field(default=ByteSize(64 * 1024**2), ge=7 * 1024**2, le=4 * 1024**3)
    """Memory that hashing a password takes, in bytes or as 64MiB."""
    hash_rounds: int = Field(default=3, ge=1, le=100)
    """How many times hashing a password goes over that memory."""
    hash_lanes: int = Field(default=4, ge=1, le=64)
    """How many threads hash one password."""

    @model_validator(mode="after")
    def _tokens_differ(self) -> AuthSettings:
        if self.operator_token is not None and self.operator_token == self.viewer_token:
            raise ValueError(
                "HUTCH_AUTH__OPERATOR_TOKEN and HUTCH_AUTH__VIEWER_TOKEN are the same, so "
                "every viewer would be an operator; set two different ones"
            )
        return self
