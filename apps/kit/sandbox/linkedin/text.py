"""What LinkedIn makes of a post's words in its "little text format"."""

from __future__ import annotations

import re

_UNESCAPED = re.compile(r"(?:[^\\<>#~_|\[\]*(){}@]|\\.)*", re.DOTALL)


def kept(commentary: str) -> str:
    """Cut where a reserved character stands without a backslash, as LinkedIn silently does."""
    found = _UNESCAPED.match(commentary)
    return found[0] if found else ""


def seen(commentary: str) -> str:
    """Read the words as people see them."""
    return re.sub(r"\\(.)", r"\1", commentary, flags=re.DOTALL)


def written(text: str) -> str:
    """Write words as the API tells them."""
    return re.sub(r"[\\<>#~_|\[\]*(){}@]", r"\\\g<0>", text)
