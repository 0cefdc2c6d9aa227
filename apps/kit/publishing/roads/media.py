"""Media of posts, out of the app's files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kit.files import FileMissing, Files, FilesUnavailable, InvalidName
from kit.platforms import FailPermanent, RetryBackoff


@dataclass(frozen=True, slots=True)
class Media:
    """Reads files for platforms; its errors are ``kit.platforms.outcomes``."""

    files: Files

    async def read(self, name: str) -> bytes:
        """Read a file.

        Raises:
            FailPermanent: It is missing; trying again will not help.
            RetryBackoff: The store is away.
        """
        with _judged():
            return await self.files.get(name)

    async def url(self, name: str) -> str:
        """Make an address under which a platform fetches a file.

        Raises:
            FailPermanent, RetryBackoff: As ``read``.
        """
        with _judged():
            if not await self.files.exists(name):
                raise FileMissing(f"No file is called {name!r}.")
            return await self.files.url(name)


@contextmanager
def _judged() -> Iterator[None]:
    try:
        yield
    except (FileMissing, InvalidName) as error:
        raise FailPermanent(f"{error} Upload the file again, and write the post anew.") from error
    except FilesUnavailable as error:
        raise RetryBackoff(str(error)) from error
