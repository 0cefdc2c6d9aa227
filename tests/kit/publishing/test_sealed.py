"""Sealed tokens: what was sealed for a row is read for that row, and by nobody else."""

from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from hutch_vault import Key, Vault, VaultError
from kit.platforms import Tokens
from kit.publishing.sealed import Sealer

TOKENS = Tokens(SecretStr("access"), SecretStr("refresh"), datetime(2030, 1, 1, tzinfo=UTC))


def sealer() -> Sealer:
    return Sealer(Vault([Key.generate("test")]))


def test_what_is_sealed_is_read_again_and_stands_nowhere_in_the_text() -> None:
    one = sealer()
    sealed = one.seal(TOKENS, "account 1")
    assert "access" not in sealed
    assert "refresh" not in sealed
    assert one.unseal(sealed, TOKENS.expires_at, "account 1") == TOKENS


def test_another_row_or_another_app_cannot_read_it() -> None:
    one = sealer()
    sealed = one.seal(TOKENS, "account 1")
    for other, purpose in ((one, "account 2"), (sealer(), "account 1")):
        with pytest.raises(VaultError):
            other.unseal(sealed, TOKENS.expires_at, purpose)
