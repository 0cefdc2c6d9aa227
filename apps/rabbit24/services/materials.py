"""Materials: uploaded pictures and videos, and what they are."""

from __future__ import annotations

import asyncio
import hashlib
import io
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from PIL import Image
from sqlalchemy import func, select, update

from hutch_database import Database
from kit.columns import new_id
from kit.files import FileMissing, Files
from rabbit24.models import FileType, Material, MaterialStatus
from rabbit24.services.brands import lock_brand
from rabbit24.services.errors import Missing, Refused
from rabbit24.settings import Rabbit24Settings

ENDINGS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
"""The pictures that all networks take, by Pillow's names."""
LARGEST = 5_000_000
MOST_PIXELS = 50_000_000
SMALL = 320
THUMBNAILS = "thumbnails/"
PILLOW_RAISES = (
    OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error,
    Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip


class Unreadable(Exception):
    """A file is no picture, or a broken or too large one."""


@dataclass(frozen=True, slots=True)
class Materials:
    """The materials."""

    database: Database
    files: Files
    settings: Rabbit24Settings
    # A picture of 50 megapixels takes 200 MB while it is looked at.
    _one: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def add(self, brand_profile_id: str, content: bytes) -> Material:
        """Store an uploaded file.

        Raises:
            Refused: It is no PNG, JPEG, WebP or MP4, or too much for the brand.
        """
        ending = ending_of(content)
        id_ = new_id()
        kind = FileType.VIDEO if ending == "mp4" else FileType.IMAGE
        name = f"materials/{id_}.{ending}"
        row = Material(
            id=id_,
            brand_profile_id=brand_profile_id,
            file=name,
            size=len(content),
            kind=kind,
            details={},
            status=MaterialStatus.PENDING,
            created_at=datetime.now(UTC),
        )
        await self.files.put(name, content)
        try:
            await self._keep(row)
        except BaseException:
            await self.files.delete(name)
            raise
        return row

    async def get(self, material_id: str) -> Material:
        """Return a material.

        Raises:
            Missing: There is none of this id.
        """
        async with self.database.session() as session:
            found = await session.get(Material, material_id)
        if found is None:
            raise Missing(f"There is no material {material_id!r}.")
        return found

    async def waiting(self, since: timedelta) -> list[Material]:
        """List the materials that should have been analyzed by now."""
        query = select(Material).where(
            Material.status == MaterialStatus.PENDING,
            Material.created_at < datetime.now(UTC) - since,
        )
        async with self.database.session() as session:
            return list(await session.scalars(query.limit(100)))

    async def give_up(self, after: timedelta) -> None:
        """Let materials fail that could not be analyzed for so long."""
        waits = Material.status == MaterialStatus.PENDING
        long_ago = Material.created_at < datetime.now(UTC) - after
        failed = {
            "status": MaterialStatus.FAILED,
            "error": "It could not be analyzed in a day: upload it again.",
        }
        async with self.database.session() as session:
            await session.execute(update(Material).where(waits, long_ago).values(failed))

    async def check(self, brand_profile_id: str, files: Iterable[str]) -> None:
        """Refuse files of other brands; one that nobody has fails when it is posted.

        Raises:
            Refused: Names the file.
        """
        files = list(files)
        query = select(Material.file).where(
            Material.file.in_(files), Material.brand_profile_id != brand_profile_id
        )
        async with self.database.session() as session:
            foreign = await session.scalar(query)
        foreign = foreign or next((one for one in files if one.startswith(THUMBNAILS)), None)
        if foreign is not None:
            raise Refused(f"The file {foreign!r} is not of this brand: upload it here.")

    async def thumbnail(self, material: Material) -> bytes:
        """Return a small WebP of a picture, at most ``SMALL`` pixels wide and high, made once.

        Raises:
            Missing: It is no picture, or cannot be read.
        """
        name = f"{THUMBNAILS}{material.id}.webp"
        with suppress(FileMissing):
            return await self.files.get(name)
        if material.kind is FileType.IMAGE and material.status is not MaterialStatus.FAILED:
            with suppress(FileMissing, Unreadable):
                return await self._shrink(material.file, name)
        raise Missing(f"The material {material.id!r} has no picture to show.")

    async def analyze(self, material_id: str, file: str, kind: FileType) -> Material:
        """Find out what a file is and keep it; a file that is gone or broken is a clear state.

        Raises:
            Missing: There is no material of this id.
        """
        await self.get(material_id)
        try:
            content = await self.files.get(file)
            async with self._one:
                details, error = await asyncio.to_thread(_details, content, kind), None
        except (FileMissing, Unreadable) as found:
            details, error = {}, f"It cannot be read: {type(found).__name__}."
        async with self.database.session() as session:
            row = await session.get_one(Material, material_id)
            row.details, row.error = details, error
            row.status = MaterialStatus.FAILED if error else MaterialStatus.ANALYZED
        return row

    async def _keep(self, row: Material) -> None:
        mine, most = Material.brand_profile_id == row.brand_profile_id, self.settings.most_bytes
        async with self.database.session() as session:
            await lock_brand(session, row.brand_profile_id)
            session.add(row)
            await session.flush()
            if (await session.scalar(select(func.sum(Material.size)).where(mine)) or 0) > most:
                raise Refused(
                    f"The files of a brand have at most {most.human_readable()} together, "
                    "HUTCH_RABBIT24__MOST_BYTES: with this one they had more."
                )

    async def _shrink(self, file: str, name: str) -> bytes:
        async with self._one:
            with suppress(FileMissing):
                return await self.files.get(name)  # Somebody else has made it meanwhile.
            small = await asyncio.to_thread(_shrunk, await self.files.get(file))
            await self.files.put(name, small)
        return small


def ending_of(content: bytes) -> str:
    """Tell what kind of file it is by its first bytes.

    Raises:
        Refused: It is none that the networks take.
    """
    if content[4:8] == b"ftyp":
        return "mp4"
    try:
        with _opened(content) as image:
            return ENDINGS[image.format or ""]
    except Unreadable as error:
        raise Refused(f"{error}: choose another file.") from None


@contextmanager
def _opened(content: bytes) -> Iterator[Image.Image]:
    """Open a picture, and turn all that Pillow raises of broken ones into one error."""
    try:
        with Image.open(io.BytesIO(content), formats=list(ENDINGS)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Unreadable(
                    f"The picture has {image.width} x {image.height} pixels, which is too many"
                )
            yield image
    except PILLOW_RAISES as error:
        raise Unreadable("This is no PNG, JPEG, WebP or MP4") from error


def _shrunk(content: bytes) -> bytes:
    small = io.BytesIO()
    with _opened(content) as image:
        image.thumbnail((SMALL, SMALL))
        image.convert("RGBA").save(small, "WEBP")
    return small.getvalue()


def _details(content: bytes, kind: FileType) -> dict[str, str]:
    told = {"bytes": str(len(content)), "sha256": hashlib.sha256(content).hexdigest()}
    if kind is FileType.VIDEO:
        return told | {"format": "MP4"}
    with _opened(content) as image:
        image.load()
        size = {"width": str(image.width), "height": str(image.height)}
        return told | size | {"format": str(image.format), "mode": image.mode}
