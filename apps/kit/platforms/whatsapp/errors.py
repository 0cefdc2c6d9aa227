"""What the WhatsApp Cloud API's own error codes mean.

Source: WhatsApp Cloud API, error codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from kit.platforms.graph.rules import (
    CODES,
    STATUS,
    Refused,
    Rule,
    after,
    blocked,
    busy,
    judge,
    permanent,
    reconnect,
    transient,
)
from kit.platforms.outcomes import PlatformError

PAIR = timedelta(seconds=6)
"""One message in this time to one person; more are refused."""


def forbidden(refused: Refused) -> PlatformError:
    """A code that is new concerns one person or message; only without one it is the token."""
    return permanent(refused) if refused.error.code else reconnect(refused)


CODES_HERE: Mapping[int, Rule] = {
    **CODES,
    **dict.fromkeys((131000, 131016), transient),
    130429: busy,  # too many messages from this number in a second
    131056: after(PAIR),
    131047: permanent,  # more than 24 hours since the person last wrote
    130497: permanent,  # not to people of this country
    131005: reconnect,  # a permission is not granted any more
    **dict.fromkeys((131026, 131051), permanent),  # cannot be reached; no such message type
    **dict.fromkeys((131031, 131048), blocked),  # locked; reported as spam too often
}

JUDGE = judge("WhatsApp", CODES_HERE, status={**STATUS, 403: forbidden})
