"""The ports: what users inject."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, Protocol, TypeVar

from typing_extensions import TypeForm

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Name = str | tuple[str | int, ...]
"""What is locked or done once. A text is put below ``lock`` or ``once``; a tuple is the whole
key in parts, for one whose name is given: ``("dedup", "tweet", digest)``."""


@dataclass(frozen=True, slots=True)
class Held:
    """A lock that is held.

    Attributes:
        name: The lock's key.
        fence: Larger than that of every holder before, of any lock. Give it to what the block
            writes to, so that a holder that was frozen cannot overwrite a later one's writes.
    """

    name: str
    fence: int


class Locks(Protocol):
    """Lets one holder at a time in, across all processes of the app."""

    def hold(
        self, name: Name, *, ttl: timedelta, wait: timedelta = timedelta(0)
    ) -> AbstractAsyncContextManager[Held]:
        """Hold a lock as long as the block: ``async with locks.hold("sync", ttl=...) as held``.

        It is renewed every third of its time. When that fails the block is cancelled, before
        the lock can be another's, and ``LockLost`` is raised in its place.

        Args:
            name: Which lock.
            ttl: After which time the lock of a process that died is free; at least 0.1 s.
            wait: How long to wait for another holder; by default it is refused at once.

        Raises:
            InvalidLock: A time cannot be used, or the name is the fence's key.
            InvalidKey: The name cannot be used.
            LockTaken: Another one holds it.
            LockLost: It could not be kept; also where the block did not heed the cancellation.
            LockUnavailable: The server did not answer; the block did not begin.
        """
        ...


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T_co]):
    """What work came to that is done once.

    Attributes:
        result: What it returned, now or when it was done.
        repeated: Whether it had been done before.
    """

    result: T_co
    repeated: bool


class Once(Protocol):
    """Does work once for each key, across all processes of the app, and keeps its result."""

    async def run(
        self,
        key: Name,
        work: Callable[[], Awaitable[T]],
        *,
        keep: timedelta,
        also: Mapping[Name, timedelta] | None = None,
        fingerprint: str | bytes | None = None,
        returns: TypeForm[T] | None = None,
    ) -> T:
        """Do the work, or return what it returned when it was done.

        Work that fails is not done: the key is free again. So it is after the death of
        the process that was at it. Who is cancelled when the work is done goes only when that
        is noted, or the claim ends.

        Args:
            key: What is to be done.
            work: Does it.
            keep: How long it counts as done.
            also: Further keys that it claims with the first, all or none, each with how long
                it counts as done.
            fingerprint: Stands for the input; it is stored as a hash.
            returns: The type of the result, where that is not plain JSON.

        Raises:
            InvalidLock: A time cannot be used, or the name is the fence's key.
            InvalidKey: A key cannot be used.
            InProgress: It is under way elsewhere.
            OtherFingerprint: It was done, or is under way, with another fingerprint.
            ResultNotKept: It is done, but what it returned could not be stored.
            LockLost: The claim could not be kept, and the work was cancelled.
            LockUnavailable: The server did not answer; the work did not begin.
        """
        ...

    async def outcome(
        self,
        key: Name,
        work: Callable[[], Awaitable[T]],
        *,
        keep: timedelta,
        also: Mapping[Name, timedelta] | None = None,
        fingerprint: str | bytes | None = None,
        returns: TypeForm[T] | None = None,
    ) -> Outcome[T]:
        """Do the same as ``run``, and tell whether the work had been done before."""
        ...
