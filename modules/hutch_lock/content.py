"""Content: texts that count as the same although they are written differently."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from hutch_lock.errors import DuplicateContent, ResultNotKept
from hutch_lock.port import Once

T = TypeVar("T")

SHORT, LONG = timedelta(hours=24), timedelta(days=7)

# WhiteSpace and LineTerminator of ECMAScript, which its \s stands for. Python's \s has
# U+001C to U+001F and U+0085 beside, and lacks U+FEFF.
_SPACES = re.compile("[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")
_SURROGATES = re.compile("[\ud800-\udfff]")


def content_hash(text: str) -> str:
    """Hash a text as JavaScript does: lower case, white space to one space, trimmed, SHA-256.

    ``str.lower`` is ``toLowerCase``: both are Unicode's full default mapping, with the final
    sigma and without a language's own rules. Half a surrogate pair is U+FFFD, as in UTF-8.

    Source: ECMA-262, ``String.prototype.toLowerCase`` and the production ``WhiteSpace``.
    """
    plain = _SPACES.sub(" ", text.lower()).strip(" ")
    return hashlib.sha256(_SURROGATES.sub("\ufffd", plain).encode()).hexdigest()


class Contents:
    """Lets each content out once: no text within 24 hours, no content within 7 days.

    The keys are ``dedup:KIND:HASH`` and ``content_hash:sha256:HASH``; a hit on either refuses.
    """

    def __init__(self, once: Once) -> None:
        self._once = once

    async def run(self, text: str, work: Callable[[], Awaitable[T]], *, kind: str = "tweet") -> T:
        """Do the work with a text that was not there before. If it fails, the text is free again.

        Args:
            text: Told apart by its ``content_hash``.
            work: Posts it.
            kind: What it is; stands in the first key.

        Raises:
            DuplicateContent: The content was there.
            InProgress: It is on its way out elsewhere.
            LockUnavailable: The server did not answer; the work did not begin.
            LockLost: The claim could not be kept, and the work was cancelled.
        """
        digest, results = content_hash(text), list[T]()

        async def noted() -> None:
            results.append(await work())

        name = ("dedup", kind, digest)
        try:
            found = await self._once.outcome(
                name, noted, keep=SHORT, also={("content_hash", "sha256", digest): LONG}
            )
        except ResultNotKept:
            raise _duplicate(kind, digest) from None
        if found.repeated:
            raise _duplicate(kind, digest)
        return results[0]


def _duplicate(kind: str, digest: str) -> DuplicateContent:
    return DuplicateContent(
        f"{kind} {digest[:12]}: the same content was let out within the last "
        f"{SHORT.total_seconds() / 3600:.0f} hours to {LONG.days} days; change the text."
    )
