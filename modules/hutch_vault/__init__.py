"""The vault: authenticated encryption with keys that can be changed."""

from hutch_vault.errors import (
    InvalidKeys,
    InvalidPurpose,
    InvalidToken,
    KeysMissing,
    RetiredKey,
    Tampered,
    Truncated,
    UnknownVersion,
    VaultError,
)
from hutch_vault.key import Key
from hutch_vault.module import vault_module
from hutch_vault.settings import VaultSettings
from hutch_vault.vault import Vault

__all__ = [
    "InvalidKeys",
    "InvalidPurpose",
    "InvalidToken",
    "Key",
    "KeysMissing",
    "RetiredKey",
    "Tampered",
    "Truncated",
    "UnknownVersion",
    "Vault",
    "VaultError",
    "VaultSettings",
    "vault_module",
]
