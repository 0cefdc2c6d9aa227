"""Prompts: what people write, read by rules: prices, condition, aesthetics and words."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from fashiondeck.keys import PROMPTS, generate_hash, normal
from fashiondeck.schemas import Prompt
from fashiondeck.services.aesthetics import Aesthetics
from hutch_cache import Cache

_PRICE = r"[$€£]?\s?(\d{1,7}(?:[.,]\d{1,2})?)\s?(?:[$€£]|usd|eur|gbp|dollars?|euros?|pounds?)?"
_BETWEEN = re.compile(rf"\b(?:between|from)\s+{_PRICE}\s+(?:and|to)\s+{_PRICE}(?!\w)")
_MOST = re.compile(rf"\b(?:under|below|less than|up to|at most|max)\s+{_PRICE}(?!\w)")
_LEAST = re.compile(rf"\b(?:over|above|more than|at least|from|min)\s+{_PRICE}(?!\w)")
_CONDITIONS = (
    ("Used", re.compile(r"\b(?:used|second[ -]hand|pre[ -]owned)\b")),
    ("New", re.compile(r"\b(?:brand )?new\b")),
)


class NothingToLookFor(ValueError):
    """A prompt has no words that a product could have."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """Reads prompts, each once."""

    cache: Cache
    aesthetics: Aesthetics

    async def read(self, text: str) -> Prompt:
        """Read a prompt.

        Raises:
            NothingToLookFor: It has no words.
        """

        async def load() -> Prompt:
            return parse(text, await self.aesthetics.all())

        return await self.cache.get_or_load(PROMPTS.key(generate_hash(text)), load)


def parse(text: str, aesthetics: Collection[str]) -> Prompt:
    """Read a prompt, e.g. ``boho linen dress under 40, used``.

    Args:
        text: What somebody wrote.
        aesthetics: The names that are known.

    Raises:
        NothingToLookFor: It has no words.
    """
    rest, least, most = _prices(normal(text))
    condition = None
    for name, pattern in _CONDITIONS:
        if condition is None and pattern.search(rest):
            condition, rest = name, pattern.sub(" ", rest)
    words = " ".join(rest.replace(",", " ").split())
    if not re.search(r"\w", words):
        raise NothingToLookFor(
            f"{text[:60]!r} names nothing to look for: write what it is, e.g. "
            "'boho linen dress under 40'."
        )
    named = tuple(name for name in sorted(aesthetics) if name in words.split())
    return Prompt(words=words, aesthetics=named, least=least, most=most, condition=condition)


def _prices(text: str) -> tuple[str, int | None, int | None]:
    if found := _BETWEEN.search(text):
        low, high = sorted(map(_hundredths, found.groups()))
        return _BETWEEN.sub(" ", text), low, high
    most, least = _MOST.search(text), _LEAST.search(text)
    rest = _LEAST.sub(" ", _MOST.sub(" ", text))
    return rest, _hundredths(least[1]) if least else None, _hundredths(most[1]) if most else None


def _hundredths(price: str) -> int:
    return round(float(price.replace(",", ".")) * 100)
