"""Keys: the one place where the names of Redis keys are built."""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

from hutch_redis.errors import InvalidKey

MAX_BYTES = 512
_PLAIN = re.compile(r"[A-Za-z0-9_.@=+-]+")


@dataclass(frozen=True, slots=True)
class Tag:
    """A part that becomes a hash tag, ``{name}``: keys that share it share a cluster slot."""

    name: str | int


@dataclass(frozen=True, slots=True)
class Keys:
    """Build every key of an app under its prefix.

    The prefix is one segment, so that no app's keys lie inside another's.

    Args:
        prefix: ``"prod:"`` or ``"prod"``, of the characters ``A-Z a-z 0-9 _ . @ = + -``.

    Raises:
        InvalidKey: The prefix is empty or has other characters.
    """

    prefix: str

    def __post_init__(self) -> None:
        name = self.prefix.removesuffix(":")
        if not _PLAIN.fullmatch(name):
            raise InvalidKey(
                f"prefix {self.prefix!r}: use one or more of A-Z a-z 0-9 _ . @ = + - "
                "and at most one ':' at the end, e.g. 'prod:'."
            )
        object.__setattr__(self, "prefix", f"{name}:")

    def key(self, *parts: str | int | Tag) -> str:
        """Join the prefix and the parts with ``:``; different parts give different keys.

        Whatever could split or match (``:``, ``*``, braces, space ...) is percent-encoded.

        Raises:
            InvalidKey: A part is empty or has a control character, no part is
                given, or the key is longer than 512 bytes.
        """
        if not parts:
            raise InvalidKey(f"key(): no part given after the prefix {self.prefix!r}.")
        key = self.prefix + ":".join(map(_encode, parts))
        if len(key) > MAX_BYTES:
            raise InvalidKey(
                f"key {key[:40]!r}...: {len(key)} bytes, at most {MAX_BYTES} are allowed; "
                "put a hash of the long part into the key instead."
            )
        return key


def _encode(part: str | int | Tag) -> str:
    if isinstance(part, Tag):
        return f"{{{_encode(part.name)}}}"
    text = str(part)
    if _PLAIN.fullmatch(text):
        return text
    if not text:
        raise InvalidKey("key part '': a part of a key must not be empty.")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise InvalidKey(
            f"key part {text[:40]!r}: control characters and lone surrogates cannot stand in a key."
        )
    # quote() never encodes "~", which is outside the plain characters
    return quote(text, safe="@=+").replace("~", "%7E")
