"""Embeddings: the vector of a text, made once and then cached."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fashiondeck.keys import EMBEDDINGS, QUERY_EMBEDDINGS
from hutch_cache import Cache, Key, hash_of
from kit.ai import Embedder, embed_singly
from kit.platforms import FailPermanent
from kit.vectors import Space, Vector

DIGITS = 7
"""As many as a float32 has behind the point; more would only make cached values longer."""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Vectors of texts, by the model of the settings."""

    embedder: Embedder
    cache: Cache

    @property
    def space(self) -> Space:
        """Where the vectors of products by this model are."""
        return Space("products", self.embedder.model, self.embedder.dimensions)

    def hash(self, text: str) -> str:
        """Return what stands for the vector of a text: it has another one by another model."""
        return hash_of([self.embedder.model, text])

    async def query(self, text: str) -> list[float]:
        """Make the vector of what people look for; of many who ask at once, one makes it.

        Raises:
            PlatformError: As ``Embedder.embed``.
        """

        async def make() -> list[float]:
            [vector] = await self.embedder.embed([text])
            return _plain(vector)

        return await self.cache.get_or_load(QUERY_EMBEDDINGS.key(self.hash(text)), make)

    async def many(self, texts: Sequence[str]) -> list[list[float] | FailPermanent]:
        """Make a vector for each title, or say why there is none.

        Raises:
            PlatformError: What concerns every text: a limit, a server that is away.
        """
        different = list(dict.fromkeys(texts))
        cached = await asyncio.gather(*map(self._cached, different))
        found = dict(zip(different, cached, strict=True))
        made = await self._make([text for text, vector in found.items() if vector is None])
        return [found[text] or made[text] for text in texts]

    async def forget(self, hashes: Iterable[str]) -> None:
        """Remove cached vectors of titles, by what stands for them.

        Raises:
            CacheUnavailable: The cache's server did not answer.
        """
        await self.cache.delete(*map(EMBEDDINGS.key, hashes))

    async def _cached(self, text: str) -> list[float] | None:
        return await self.cache.get(self._key(text), None)

    async def _make(self, texts: Sequence[str]) -> dict[str, list[float] | FailPermanent]:
        if not texts:
            return {}
        vectors = await embed_singly(self.embedder, texts)
        made = [one if isinstance(one, FailPermanent) else _plain(one) for one in vectors]
        named = dict(zip(texts, made, strict=True))
        good = {text: one for text, one in named.items() if isinstance(one, list)}
        await asyncio.gather(*(self.cache.set(self._key(t), one) for t, one in good.items()))
        return named

    def _key(self, text: str) -> Key[list[float]]:
        return EMBEDDINGS.key(self.hash(text))


def _plain(vector: Vector) -> list[float]:
    numbers: list[float] = np.round(vector.astype(np.float64), DIGITS).tolist()
    return numbers
