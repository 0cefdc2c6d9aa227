"""What must not be shown: secrets and personal data, told by name, type or shape."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from pydantic import BaseModel, Secret, SecretBytes, SecretStr

REDACTED = "***"
SECRET_TYPES = (SecretStr, SecretBytes, Secret)

# fmt: off
_SENSITIVE = (
    "password", "passwd", "pwd", "passphrase", "secret", "token", "jwt", "authorization",
    "cookie", "credential", "credentials", "csrf", "otp", "api_key", "apikey", "secret_key",
    "private_key", "access_key", "encryption_key", "signing_key", "session_id", "sid",
    "content", "email", "email_address", "phone", "phone_number", "postal_address",
    "cookies", "emails", "passwords", "secrets", "tokens",
)
# fmt: on
_DEPTH = 6
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# Bounded repeats: the text may come from outside. The first branch takes too much
# rather than too little: a raw slash or @ in a password is no valid URL, but is
# written all the same. A number before the slash is a port.
_USERINFO = re.compile(r"(?<=://)(?:[^\s/?#@]{0,128}:(?!\d+[/?#])\S{0,512}@|[^\s/?#]{0,512}@)")
_QUERY = re.compile(r"([?&])([\w.%-]{1,64})=([^&\s\"'#]+)")
_PYDANTIC_INPUT = re.compile(r"input_value=.*?(?=, input_type=)", re.DOTALL)


@lru_cache(maxsize=4096)
def is_sensitive(key: str, extra: frozenset[str] = frozenset()) -> bool:
    """Tell whether a value under this key is a secret or personal data.

    The key counts when it is, or ends in, a sensitive word: ``db_password``,
    ``X-Api-Key`` and ``accessToken``, but not ``token_limit``.

    Args:
        key: In snake, kebab or camel case.
        extra: Further sensitive words, in snake case.
    """
    words = _CAMEL.sub("_", key).replace("-", "_").lower().split("_")
    endings = {"_".join(words[start:]) for start in range(len(words))}
    return not endings.isdisjoint(extra) or not endings.isdisjoint(_SENSITIVE)


def hide_in_text(text: str) -> str:
    """Hide the credentials of URLs, and input values that pydantic quotes."""
    if "input_value=" in text:
        text = _PYDANTIC_INPUT.sub(f"input_value={REDACTED}", text)
    if "://" in text:
        text = _USERINFO.sub(f"{REDACTED}@", text)
    if "=" in text and ("?" in text or "&" in text):
        text = _QUERY.sub(_hide_query, text)
    return text


def _hide_query(match: re.Match[str]) -> str:
    mark, key, value = match.groups()
    return f"{mark}{key}={REDACTED if is_sensitive(key) else value}"


def redact(value: Any, extra: frozenset[str] = frozenset(), depth: int = _DEPTH) -> Any:
    """Copy a value as what JSON can hold, without its secrets and personal data.

    Args:
        value: Anything; containers, models and dataclasses are walked.
        extra: Further sensitive words, in snake case.
        depth: How many levels down to walk; what lies deeper is hidden.
    """
    if isinstance(value, str):
        return hide_in_text(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, SECRET_TYPES) or depth == 0:
        return REDACTED
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item, extra, depth - 1) for item in cast("list[Any]", value)]
    parts = _parts_of(value)
    if parts is None:
        return hide_in_text(repr(value))
    return {key: redact_item(key, item, extra, depth - 1) for key, item in parts.items()}


def redact_item(key: str, value: Any, extra: frozenset[str], depth: int = _DEPTH) -> Any:
    """Copy the value under a key, hidden when the key is sensitive."""
    return REDACTED if is_sensitive(key, extra) else redact(value, extra, depth)


def _parts_of(value: Any) -> dict[str, Any] | None:
    if isinstance(value, Mapping):
        return {str(key): item for key, item in cast("Mapping[object, Any]", value).items()}
    if isinstance(value, BaseModel):
        return dict(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {part.name: getattr(value, part.name) for part in dataclasses.fields(value)}
    return None
