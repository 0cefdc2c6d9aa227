"""The channels of SecondMe, spelled as its document has them; ``connection`` is its own."""

from hutch_pause import PauseEvent
from hutch_pubsub import Channel
from secondme.schemas import ConnectionTold, MessageTold, QrTold

MESSAGES = Channel("events:messages", MessageTold)
"""Messages of people, of the user and of the bot, as they come and go."""

PAUSES = Channel("events:pause", PauseEvent)
"""Pauses that begin and end; hutch_pause tells them."""

QR = Channel("events:qr", QrTold)
"""QR codes to scan, while WhatsApp is not connected."""

CONNECTION = Channel("events:connection", ConnectionTold)
"""WhatsApp is connected, or no longer."""
