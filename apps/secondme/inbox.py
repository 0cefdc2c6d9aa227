"""The inbox: messages that wait to be answered."""

from datetime import timedelta

from hutch_pubsub import InboxSpec
from secondme.keys import INBOX
from secondme.schemas import ChatMessage

MAX_AGE = timedelta(minutes=5)
"""Older messages are not answered any more."""
AGAIN = timedelta(seconds=5)
"""How long a message waits that could not be answered, however often: only its age ends it."""

MESSAGES = InboxSpec(
    INBOX,
    ChatMessage,
    order_by="contact_id",
    once_by="message_id",
    # WhatsApp delivers again for up to seven days.
    once_for=timedelta(days=8),
    attempts=MAX_AGE // AGAIN + 1,
    retry_after=AGAIN,
    max_age=MAX_AGE,
    max_length=1000,
)
"""Messages of one contact are handled in their order; what is too old or too much is reviewed."""
