"""Texts that can have a vector."""

from __future__ import annotations

from collections.abc import Sequence

from kit.platforms import FailPermanent


def check_texts(texts: Sequence[str]) -> None:
    """Refuse an empty text: it is like no other.

    Raises:
        FailPermanent: It says which.
    """
    for number, text in enumerate(texts):
        if not text.strip():
            raise FailPermanent(
                f"Text {number} of {len(texts)} is empty and has no vector: leave it out."
            )
