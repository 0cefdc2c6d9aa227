"""Reading a list page by page, when it matters that nothing is missing."""

from __future__ import annotations

from kit.platforms.api import Call
from kit.platforms.outcomes import FailPermanent


def next_page(platform: str, call: Call, known: str | None, told: str) -> str:
    """Return where the next page begins.

    Args:
        platform: Its name, for messages.
        call: What reads the list.
        known: Where the page at hand began, None for the first.
        told: Where the platform says that the next one begins.

    Raises:
        FailPermanent: It leads nowhere. What was read is not all, so it proves nothing.
    """
    if not told or told == known:
        raise FailPermanent(
            f"{platform} leads {call} to the same page again: not all of it was read."
        )
    return told
