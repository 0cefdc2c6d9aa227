"""Sealed tokens: pairs as texts that stand in a database, and that only this app can read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr

from hutch_vault import Vault
from kit.platforms import Tokens


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals pairs of tokens, each for a purpose: the row that it is for."""

    vault: Vault

    def seal(self, tokens: Tokens, purpose: str) -> str:
        """Encrypt a pair; when it ends is kept beside it."""
        pair = [tokens.access.get_secret_value(), tokens.refresh.get_secret_value()]
        return self.vault.encrypt_text(json.dumps(pair), purpose=purpose)

    def unseal(self, sealed: str, expires_at: datetime, purpose: str) -> Tokens:
        """Decrypt a pair.

        Raises:
            VaultError: It was sealed for another purpose, or with a key that is not there.
        """
        access, refresh = json.loads(self.vault.decrypt_text(sealed, purpose=purpose))
        return Tokens(SecretStr(access), SecretStr(refresh), expires_at)
