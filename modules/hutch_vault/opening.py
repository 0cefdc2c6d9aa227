"""Opening: which keys a vault has where it runs."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import structlog

from hutch.settings import CoreSettings, Profile
from hutch_vault.errors import InvalidKeys, KeysMissing
from hutch_vault.key import Key
from hutch_vault.settings import VaultSettings
from hutch_vault.vault import Vault

FILE = "vault.key"

_log = structlog.get_logger(__name__)


def open_vault(settings: VaultSettings, core: CoreSettings) -> Vault:
    """Return the vault of an app.

    Without keys in the settings a test gets a key of its own, and development one that is
    kept in its data folder.

    Raises:
        KeysMissing: Production has no keys in its settings.
        InvalidKeys: The key in the data folder cannot be used.
    """
    keys = settings.parsed()
    if keys:
        return Vault(keys)
    if core.profile is Profile.PRODUCTION:
        raise KeysMissing(
            "HUTCH_VAULT__KEYS is not set, and production makes no key by itself, since without "
            "it all that is encrypted is lost. Run `hutch vault key`, keep what it prints where "
            "secrets are kept, and set HUTCH_VAULT__KEYS to it."
        )
    if core.profile is Profile.TEST:
        return Vault([Key.generate("test")])
    return Vault([_development_key(settings.data)])


async def probe(vault: Vault) -> str:
    """Encrypt and decrypt; tells which key does."""
    purpose = "health"
    assert vault.decrypt(vault.encrypt(b"", purpose=purpose), purpose=purpose) == b""
    first, *others = vault.ids
    return f"key {first}" + (f", and {len(others)} to decrypt" if others else "")


def _development_key(folder: Path) -> Key:
    path = folder / FILE
    if not path.exists():
        _make(path)
    try:
        return Key.parse(path.read_text())
    except (InvalidKeys, UnicodeDecodeError) as error:
        raise InvalidKeys(
            f"{path} holds no vault key ({error}). Restore it, or remove it: then a new one is "
            "made, and what the old one encrypted cannot be read."
        ) from None


def _make(path: Path) -> None:
    """Write a new key, complete at once; of several processes the first one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # The file is readable for its owner only from the start.
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(Key.generate("development").text() + "\n")
        with suppress(FileExistsError):
            os.link(name, path)
            _log.warning("a vault key for development was made", path=str(path))
    finally:
        os.unlink(name)
