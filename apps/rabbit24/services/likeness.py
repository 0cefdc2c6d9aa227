"""Likeness: which posts and materials say or show nearly the same."""

from __future__ import annotations

from dataclasses import dataclass

from hutch_database import Database
from kit.ai import Embedder, PictureEmbedder
from kit.files import Files
from kit.vectors import Entry, Match, Space, Vectors

ALIKE = 0.9
"""From this cosine on, two texts share most of their words."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Keeps a vector for each text and picture, and finds near ones."""

    database: Database
    vectors: Vectors
    embedder: Embedder
    pictures: PictureEmbedder
    files: Files

    async def learn(
        self, content_id: str, brand: str, text: str | None, picture: str | None
    ) -> None:
        """Keep the vectors of what is given; again replaces them.

        Raises:
            PlatformError: The model made none.
            FileMissing: The picture is gone.
        """
        tags = {"brand": brand}
        if text:
            [made] = await self.embedder.embed([text])
            await self._keep(self.texts, Entry(content_id, made, tags))
        if picture:
            [made] = await self.pictures.embed([await self.files.get(picture)])
            await self._keep(self.images, Entry(content_id, made, tags))

    async def similar(self, brand: str, text: str, *, but: str = "") -> list[Match]:
        """Find a brand's posts that say nearly the same, the nearest first."""
        [made] = await self.embedder.embed([text])
        async with self.database.session() as session:
            found = await self.vectors.nearest(
                session, self.texts, made, 11, tags={"brand": brand}, least=ALIKE
            )
        return [match for match in found if match.id != but][:10]

    @property
    def texts(self) -> Space:
        """Where texts are."""
        return Space("rabbit24-texts", self.embedder.model, self.embedder.dimensions)

    @property
    def images(self) -> Space:
        """Where pictures are."""
        return Space("rabbit24-pictures", self.pictures.model, self.pictures.dimensions)

    async def _keep(self, space: Space, entry: Entry) -> None:
        async with self.database.session() as session:
            await self.vectors.upsert(session, space, [entry])
