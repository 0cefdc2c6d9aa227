"""The port: what users inject."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the store.

    Attributes:
        size: In bytes.
        changed_at: When it was last put, in UTC.
    """

    name: str
    size: int
    changed_at: datetime


class Files(Protocol):
    """A store of files. Names are paths such as ``"posts/42/picture.png"``.

    Every method raises InvalidName where the name is none, and FilesUnavailable where the
    store is not reached or refuses.
    """

    async def put(self, name: str, content: bytes | AsyncIterable[bytes]) -> None:
        """Store a file whole or not at all; one of the same name is replaced."""
        ...

    async def get(self, name: str) -> bytes:
        """Read a file into memory.

        Raises:
            FileMissing: No file has this name.
        """
        ...

    def stream(self, name: str) -> AsyncIterator[bytes]:
        """Read a file piece by piece.

        Raises:
            FileMissing: No file has this name.
        """
        ...

    async def find(self, name: str) -> StoredFile | None:
        """Tell size and age of a file; None if there is none."""
        ...

    async def exists(self, name: str) -> bool:
        """Tell whether a file has this name."""
        ...

    async def delete(self, name: str) -> None:
        """Delete a file; one that is not there is no error."""
        ...

    def list(self, folder: str = "") -> AsyncIterator[StoredFile]:
        """List the files below a folder, at any depth, all by default."""
        ...

    async def url(self, name: str, lasts: timedelta = HOUR) -> str:
        """Make an address under which anybody may fetch the file for a while.

        It is a secret until then: keep it out of logs. It is made whether or not the file
        is there.

        Args:
            name: The file's.
            lasts: At most seven days, which is S3's limit.
        """
        ...
