"""Settings classes that the tests of this folder load."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr, field_validator

from hutch.errors import SettingsError
from hutch.settings import Also, Settings, load


class Retry(BaseModel):
    """Nested, and strict about its names."""

    model_config = {"extra": "forbid"}

    attempts: int = 3
    """How many runs in all."""
    password: SecretStr = SecretStr("nested-secret")


class StoreSettings(Settings, section="test_store"):
    """Where things are kept.

    More about it.
    """

    ttl: int = Field(default=60, ge=1)
    """Seconds that an entry lives.
    Longer is cheaper."""
    url: Annotated[str, Also("STORE_URL", "OLD_STORE_URL")] = "store://me:default-pw@host/0"
    token: SecretStr = SecretStr("default-secret")
    keys: tuple[SecretStr, ...] = ()
    password: str | None = None
    tags: tuple[str, ...] = ("a", "b")
    limits: dict[str, int] = {}
    mode: Literal["fast", "slow"] | None = None
    retry: Retry = Retry()


class NeedySettings(Settings, section="test_needy"):
    name: str
    key: SecretStr
    port: int = 1

    @field_validator("key")
    @classmethod
    def _is_long(cls, key: SecretStr) -> SecretStr:
        if len(key.get_secret_value()) < 8:
            raise ValueError(f"{key.get_secret_value()} has fewer than 8 characters.")
        return key


def refusal(cls: type[Settings]) -> str:
    with pytest.raises(SettingsError) as caught:
        load(cls)
    return str(caught.value)
