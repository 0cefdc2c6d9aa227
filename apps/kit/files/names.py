"""Names of files: such that no name leads out of the store, on any backend."""

from __future__ import annotations

import re

from kit.files.errors import InvalidName

LONGEST, LONGEST_PART = 512, 200
_PART = re.compile(r"[A-Za-z0-9._@=+-]+")


def check_name(name: str) -> str:
    """Return the name if it is one.

    Raises:
        InvalidName: It is empty or too long, or a part of it is empty, ``.``, ``..`` or has
            other characters than letters, digits and ``._@=+-``.
    """
    parts = name.split("/")
    if len(name) <= LONGEST and all(_is_part(part) for part in parts):
        return name
    raise InvalidName(
        f"{name[:80]!r} is no name of a file: write parts of the characters A-Z a-z 0-9 and "
        f"._@=+- with / between them, at most {LONGEST} in all and {LONGEST_PART} a part, "
        "none of them . or .. (percent-encode what users type)."
    )


def _is_part(part: str) -> bool:
    fits = _PART.fullmatch(part) is not None and len(part) <= LONGEST_PART
    return fits and part not in (".", "..")
