"""Ids of the Graph API, before they become part of an address."""

from __future__ import annotations

import re

from kit.platforms.outcomes import FailPermanent

_ID = re.compile(r"\d{1,32}(?:_\d{1,32})?")


def node(id_: str, what: str) -> str:
    """Return an id that may stand in a path.

    Raises:
        FailPermanent: It is none.
    """
    if not _ID.fullmatch(id_):
        raise FailPermanent(f"{id_!r} is no {what}: it is a number.")
    return id_
