"""Settings of the monitor."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr, model_validator

from hutch.settings import Settings

Token = Annotated[SecretStr, Field(min_length=16)]


class MonitorSettings(Settings, section="monitor"):
    """The pages for operators, and who may see them."""

    operator_token: Token | None = None
    """What operators log in with, at least 16 random characters; unset, no operator can."""
    viewer_token: Token | None = None
    """The same for those who may look but change nothing."""
    secret_key: Token | None = None
    """What login cookies are signed with, beside the token; unset, the token alone."""
    lifetime: float = Field(default=12 * 3600.0, ge=60, allow_inf_nan=False)
    """Seconds that a login lasts."""
    show_arguments: bool = False
    """Whether arguments and results of jobs are shown as they are; else only what kind they are."""

    @model_validator(mode="after")
    def _tokens_differ(self) -> MonitorSettings:
        if self.operator_token is not None and self.operator_token == self.viewer_token:
            raise ValueError(
                "HUTCH_MONITOR__OPERATOR_TOKEN and HUTCH_MONITOR__VIEWER_TOKEN are the same, so "
                "every viewer would be an operator; set two different ones"
            )
        return self
