"""The errors of this package; none of them tells anything of what is encrypted.

HutchError
└── VaultError
    ├── InvalidKeys       the keys of the settings cannot be used
    ├── KeysMissing       production has no keys
    ├── InvalidPurpose    no purpose is given
    └── InvalidToken      what is to be decrypted cannot be
        ├── Truncated     it is too short, or no token at all
        ├── UnknownVersion  it was written in another format
        ├── RetiredKey    its key is not among the keys
        └── Tampered      it was changed, or written for another purpose
"""

from hutch.errors import HutchError


class VaultError(HutchError):
    """Base of this module's errors."""

    code = "vault-error"


class InvalidKeys(VaultError, ValueError):
    """The keys cannot be used: their text, their length, or an id that stands twice."""

    code = "invalid-vault-keys"


class KeysMissing(VaultError):
    """Production has no keys; they are never made by themselves there."""

    code = "vault-keys-missing"


class InvalidPurpose(VaultError, ValueError):
    """No purpose is given, or it is no text."""

    code = "invalid-vault-purpose"


class InvalidToken(VaultError, ValueError):
    """Base of the reasons for which a token cannot be decrypted."""

    code = "invalid-vault-token"


class Truncated(InvalidToken):
    """The token is too short, or none at all."""

    code = "vault-token-truncated"


class UnknownVersion(InvalidToken):
    """The token's format is not one that this release reads."""

    code = "vault-token-version"


class RetiredKey(InvalidToken):
    """The key that wrote the token is not among the keys."""

    code = "vault-key-retired"


class Tampered(InvalidToken):
    """The token was changed, or written for another purpose or with another key of that id."""

    code = "vault-token-tampered"
