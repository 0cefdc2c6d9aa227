"""Settings of the vault."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr, field_validator

from hutch.settings import Settings
from hutch_vault.key import Key, check_ids


class VaultSettings(Settings, section="vault"):
    """The keys that encrypt what an app keeps."""

    keys: tuple[SecretStr, ...] = ()
    """id:base64,id:base64 as `hutch vault key` makes them; the first one encrypts, all decrypt."""
    data: Path = Path(".data")
    """The folder of the key that development makes for itself."""

    @field_validator("keys")
    @classmethod
    def _check(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        check_ids([Key.parse(key.get_secret_value()) for key in keys])
        return keys

    def parsed(self) -> list[Key]:
        """Return the keys."""
        return [Key.parse(key.get_secret_value()) for key in self.keys]
