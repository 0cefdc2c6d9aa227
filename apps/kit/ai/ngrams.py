"""Vectors without a model: hashed n-grams.

They tell whether texts share words and parts of words: good for finding duplicates and near
duplicates, in any language. They know no meaning: "sneakers" and "running shoes" are strangers.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from kit.ai.port import Embedder
from kit.ai.texts import check_texts
from kit.platforms import FailPermanent
from kit.vectors.vector import Vector

SIZES = (3, 4, 5)
VERSION = 1
"""Rises when the vectors change: they then belong to another model."""


class NgramEmbedder(Embedder):
    """Count words and their n-grams in as many buckets as a vector has numbers."""

    def __init__(self, dimensions: int = 384) -> None:
        self._dimensions = dimensions

    @property
    def model(self) -> str:
        """The model's id, with version and dimensions."""
        return f"ngrams-{VERSION}-{self._dimensions}"

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""
        return self._dimensions

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """Make vectors; the same on every machine.

        Raises:
            FailPermanent: A text is empty or has neither letters nor digits.
        """
        check_texts(texts)
        # Many long texts take a while, and other work should go on meanwhile.
        return await asyncio.to_thread(self._embed_all, texts)

    def _embed_all(self, texts: Sequence[str]) -> list[Vector]:
        return [self._embed(number, text) for number, text in enumerate(texts)]

    def _embed(self, number: int, text: str) -> Vector:
        counts = Counter(zlib.crc32(part.encode()) for part in _parts(text))
        if not counts:
            raise FailPermanent(f"Text {number} has neither letters nor digits: leave it out.")
        hashes = np.fromiter(counts.keys(), dtype=np.int64)
        # A word that comes ten times says little more than one that comes twice.
        weights = np.sqrt(np.fromiter(counts.values(), dtype=np.float64))
        signs = np.where(hashes & 1, 1.0, -1.0)
        buckets = (hashes >> 1) % self._dimensions
        sums = np.bincount(buckets, weights * signs, self._dimensions)
        if not sums.any():
            # Its few n-grams cancel each other out; then their number alone has to do.
            sums = np.bincount(buckets, weights, self._dimensions)
        return np.asarray(sums / np.linalg.norm(sums), dtype=np.float32)


def _parts(text: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    for word in re.findall(r"\w+", plain):
        yield word
        marked = f"<{word}>"
        for size in SIZES:
            yield from (marked[at : at + size] for at in range(len(marked) - size + 1))
