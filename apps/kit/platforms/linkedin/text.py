r"""LinkedIn's "little text format": how the words of a post are written and read.

These characters mean something in it: ``\ < > # ~ _ | [ ] * ( ) { } @``. One that is not
escaped by a backslash may cut the post short without an error.
"""

from __future__ import annotations

import re

LIMIT = 3000
_RESERVED = re.compile(r"[\\<>#~_|\[\]*(){}@]")
_HASHTAG = re.compile(r"\{hashtag\|\\?#\|([^}]*)\}")
_MENTION = re.compile(r"@\[((?:\\.|[^\]])*)\]\([^)]*\)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def escape(text: str) -> str:
    """Write words so that LinkedIn shows them as they are."""
    return _RESERVED.sub(r"\\\g<0>", text)


def unescape(commentary: str) -> str:
    """Read a post's words; hashtags and mentions become what people see."""
    plain = _HASHTAG.sub(r"\\#\1", commentary)
    return _ESCAPED.sub(r"\1", _MENTION.sub(r"\1", plain))
