"""Targets: where a login leads back to."""

from __future__ import annotations

import re

# Printable ASCII that begins with one slash: browsers read "//" and "/\" as another
# site's address, and leave out tabs and line breaks before they look.
_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]*")


def local_path(path: str, fallback: str) -> str:
    """Return the path if it leads to this site, else the fallback."""
    return path if _LOCAL.fullmatch(path) else fallback
