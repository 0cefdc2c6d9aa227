"""The errors of this package; a call is refused with the queue's own.

HutchError
└── OutboxError
    └── OutboxBehind    jobs have waited in the outbox for too long
"""

from hutch.errors import HutchError


class OutboxError(HutchError):
    """Base of this module's errors."""

    code = "outbox-error"


class OutboxBehind(OutboxError):
    """Jobs have waited in the outbox for longer than ``HUTCH_OUTBOX__BEHIND_AFTER``."""

    code = "outbox-behind"
