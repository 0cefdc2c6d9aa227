"""Locks, and work that is done once, across all processes of an app."""

from hutch_lock.claims import Claims, Taken
from hutch_lock.content import Contents, content_hash
from hutch_lock.errors import (
    DuplicateContent,
    InProgress,
    InvalidLock,
    LockError,
    LockLost,
    LockTaken,
    LockUnavailable,
    OtherFingerprint,
    ResultNotKept,
)
from hutch_lock.idempotency import IdempotencyKey
from hutch_lock.module import lock_module
from hutch_lock.port import Held, Locks, Name, Once, Outcome
from hutch_lock.settings import LockSettings

__all__ = [
    "Claims",
    "Contents",
    "DuplicateContent",
    "Held",
    "IdempotencyKey",
    "InProgress",
    "InvalidLock",
    "LockError",
    "LockLost",
    "LockSettings",
    "LockTaken",
    "LockUnavailable",
    "Locks",
    "Name",
    "Once",
    "OtherFingerprint",
    "Outcome",
    "ResultNotKept",
    "Taken",
    "content_hash",
    "lock_module",
]
