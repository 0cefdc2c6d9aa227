"""What the WhatsApp Cloud API's own error codes mean.

Source: WhatsApp Cloud API, error codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from kit.platforms.graph.rules import (
    CODES,
    Rule,
    after,
    blocked,
    busy,
    judge,
    permanent,
    transient,
)

PAIR = timedelta(seconds=6)
"""One message in this time to one person; more are refused."""

CODES_HERE: Mapping[int, Rule] = {
    **CODES,
    **dict.fromkeys((131000, 131016), transient),
    130429: busy,  # too many messages from this number in a second
    131056: after(PAIR),
    131047: permanent,  # more than 24 hours since the person last wrote
    **dict.fromkeys((131026, 131051), permanent),  # cannot be reached; no such message type
    **dict.fromkeys((131031, 131048), blocked),  # locked; reported as spam too often
}

JUDGE = judge("WhatsApp", CODES_HERE)
