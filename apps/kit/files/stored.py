"""Files behind the port, on the library obstore: a folder, S3 or memory."""

from __future__ import annotations

import mimetypes
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from kit.files.errors import FileMissing, FilesUnavailable
from kit.files.links import Links
from kit.files.names import check_name
from kit.files.opening import Store, open_store
from kit.files.port import HOUR, Files, StoredFile
from kit.files.settings import FileSettings

if TYPE_CHECKING:
    from obstore import ObjectMeta

LONGEST = timedelta(days=7)


class ObjectFiles(Files):
    """Files in a store of obstore; see ``Files``."""

    def __init__(self, store: Store, links: Links) -> None:
        self._store = store
        self._links = links

    async def put(self, name: str, content: bytes | AsyncIterable[bytes]) -> None:
        """Store a file; see ``Files.put``. S3 is told its type, which its ending says."""
        check_name(name)
        types = {"Content-Type": media_type(name)} if isinstance(self._store, S3Store) else None
        with _judged(name):
            await obstore.put_async(self._store, name, content, attributes=types)

    async def get(self, name: str) -> bytes:
        """Read a file; see ``Files.get``."""
        check_name(name)
        with _judged(name):
            found = await obstore.get_async(self._store, name)
            return bytes(await found.bytes_async())

    async def stream(self, name: str) -> AsyncIterator[bytes]:
        """Read a file piece by piece; see ``Files.stream``."""
        check_name(name)
        with _judged(name):
            found = await obstore.get_async(self._store, name)
            async for piece in found.stream():
                yield bytes(piece)

    async def find(self, name: str) -> StoredFile | None:
        """Tell size and age; see ``Files.find``."""
        check_name(name)
        try:
            with _judged(name):
                return _shown(await obstore.head_async(self._store, name))
        except FileMissing:
            return None

    async def exists(self, name: str) -> bool:
        """Tell whether a file has this name."""
        return await self.find(name) is not None

    async def delete(self, name: str) -> None:
        """Delete a file; see ``Files.delete``."""
        check_name(name)
        with suppress(FileMissing), _judged(name):
            await obstore.delete_async(self._store, name)

    async def list(self, folder: str = "") -> AsyncIterator[StoredFile]:
        """List files; see ``Files.list``."""
        prefix = check_name(folder) if folder else None
        with _judged(folder):
            found = obstore.list(self._store, prefix)  # pyright: ignore[reportUnknownMemberType]
            async for part in found:
                for meta in part:
                    yield _shown(meta)

    async def url(self, name: str, lasts: timedelta = HOUR) -> str:
        """Make an address; see ``Files.url``: presigned by S3's rules, or our own.

        Raises:
            ValueError: It would last for longer than seven days, or no time at all.
        """
        check_name(name)
        if not timedelta() < lasts <= LONGEST:
            raise ValueError(f"lasts={lasts}: an address lasts for up to seven days.")
        if isinstance(self._store, S3Store):
            with _judged(name):
                return await obstore.sign_async(self._store, "GET", name, lasts)
        return self._links.sign(name, lasts)


def open_files(settings: FileSettings, links: Links) -> ObjectFiles:
    """Open the files that the settings name.

    Raises:
        InvalidStore: They name none.
    """
    return ObjectFiles(open_store(settings), links)


def media_type(name: str) -> str:
    """Tell what kind of file an ending means, as the outside is told."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _shown(meta: ObjectMeta) -> StoredFile:
    return StoredFile(meta["path"], meta["size"], meta["last_modified"])


@contextmanager
def _judged(name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise FileMissing(f"No file is called {name!r}.") from error
    except (BaseError, OSError) as error:
        raise FilesUnavailable(
            f"The store did not serve {name!r} ({type(error).__name__}): check files.store, "
            "its keys and its disk."
        ) from error
