"""The outbox: jobs enqueued in the database's transaction, moved to the queue after it."""

from hutch_outbox.errors import OutboxBehind, OutboxError
from hutch_outbox.module import outbox_module
from hutch_outbox.port import Outbox, OutboxStats
from hutch_outbox.settings import OutboxSettings

__all__ = [
    "Outbox",
    "OutboxBehind",
    "OutboxError",
    "OutboxSettings",
    "OutboxStats",
    "outbox_module",
]
