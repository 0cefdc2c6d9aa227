"""Figures: what those who watch SecondMe see of it, beside what its modules tell."""

from __future__ import annotations

from collections.abc import Iterable

from hutch.contributions import Reading
from hutch_ratelimit import RateLimiter
from secondme.keys import COUNTER
from secondme.models import MessageState as State
from secondme.services.admission import RATE
from secondme.services.clock import now_ms
from secondme.services.connection import Connection
from secondme.services.conversation import Conversation

HELP = {
    "secondme_connected": "1 while WhatsApp is connected.",
    "secondme_contact_messages": "Messages of a contact in its running minute.",
    "secondme_review": "Messages that wait for a person.",
}
MOST = 50
"""How many contacts are counted, those who wrote last."""


async def read_figures(
    connection: Connection, conversation: Conversation, limiter: RateLimiter
) -> Iterable[Reading]:
    """Read the figures; a contact's count is read from its own key, never searched for."""
    readings = [
        Reading("secondme_connected", float(await connection.credential() is not None)),
        Reading("secondme_review", await conversation.count(State.REVIEW)),
    ]
    first, last = COUNTER
    since = now_ms() - RATE.milliseconds
    for contact in await conversation.writers(since=since, limit=MOST):
        quota = (await limiter.peek(RATE.at(first, contact, last))).quotas[0]
        used = RATE.most - quota.remaining
        readings.append(Reading("secondme_contact_messages", used, (("contact", contact),)))
    return readings
