"""The contract of every backend, as tests that a backend's own suite inherits.

``class TestMine(FilesContract)`` with two fixtures: ``files``, an empty store, and ``http``, an
HTTP client that reaches the addresses it makes. Needs pytest-asyncio's auto mode.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime, timedelta

import httpx2

from kit.files.errors import FileMissing, InvalidName
from kit.files.port import Files

WRONG = (
    "", "/", "/etc/passwd", "a//b", "a/", "..", "a/../../b", "./a", "a\\b", "a\0b", "a\nb",
    "a%2e%2e", "naïve.png", "a b", "~", "C:x", "a" * 201, "/".join(["a" * 100] * 6), "a#1", "a?b",
)  # fmt: skip


class FilesContract:
    """What every backend does."""

    async def test_what_is_put_is_got(self, files: Files) -> None:
        """Byte for byte, whole and in pieces."""
        content = bytes(range(256)) * 40

        await files.put("posts/42/picture.png", content)

        assert await files.get("posts/42/picture.png") == content
        assert b"".join([piece async for piece in files.stream("posts/42/picture.png")]) == content

    async def test_nothing_is_a_file_too(self, files: Files) -> None:
        """An empty file is there."""
        await files.put("empty", b"")

        assert await files.get("empty") == b""
        assert await files.exists("empty")

    async def test_a_large_file_in_pieces(self, files: Files) -> None:
        """What is put in pieces is one file."""

        async def pieces() -> AsyncIterator[bytes]:
            for number in range(7):
                yield bytes([number]) * 1_000_000

        await files.put("large.bin", pieces())

        found = await files.find("large.bin")
        assert found is not None
        assert found.size == 7_000_000
        content = await files.get("large.bin")
        assert (content[0], content[-1]) == (0, 6)

    async def test_what_breaks_off_is_not_there(self, files: Files) -> None:
        """Whole or not at all; what had the name before stays."""

        async def pieces() -> AsyncIterator[bytes]:
            yield b"x" * 6_000_000
            raise RuntimeError("it broke off")

        await files.put("there.bin", b"before")
        for name in ("new.bin", "there.bin"):
            await _refused(files.put(name, pieces()), RuntimeError, "it broke off")

        assert not await files.exists("new.bin")
        assert await files.get("there.bin") == b"before"

    async def test_a_file_is_replaced(self, files: Files) -> None:
        """The last one counts."""
        await files.put("a.txt", b"longer than the next")
        await files.put("a.txt", b"next")

        assert await files.get("a.txt") == b"next"

    async def test_size_and_age(self, files: Files) -> None:
        """Both are told, in UTC."""
        await files.put("a.txt", b"12345")

        found = await files.find("a.txt")

        assert found is not None
        assert (found.name, found.size) == ("a.txt", 5)
        assert abs(datetime.now(UTC) - found.changed_at) < timedelta(minutes=1)

    async def test_what_is_missing(self, files: Files) -> None:
        """Reading it is an error with its name, looking for it and deleting it is none."""
        await _refused(files.get("no/such.png"), FileMissing, "'no/such.png'")
        await _refused(anext(files.stream("no/such.png")), FileMissing, "'no/such.png'")
        assert await files.find("no/such.png") is None
        assert not await files.exists("no/such.png")
        await files.delete("no/such.png")

    async def test_a_folder_is_no_file(self, files: Files) -> None:
        """Only what was put is there."""
        await files.put("folder/file", b"x")

        assert not await files.exists("folder")

    async def test_deleted(self, files: Files) -> None:
        """It is gone, its neighbours stay."""
        await files.put("a/1", b"1")
        await files.put("a/2", b"2")

        await files.delete("a/1")

        assert [file.name async for file in files.list()] == ["a/2"]

    async def test_listed(self, files: Files) -> None:
        """A folder is its whole name, not its beginning."""
        for name in ("a/1", "a/b/2", "ab/3", "4"):
            await files.put(name, b"12")

        async def names(folder: str) -> list[str]:
            return sorted([file.name async for file in files.list(folder)])

        assert await names("") == ["4", "a/1", "a/b/2", "ab/3"]
        assert await names("a") == ["a/1", "a/b/2"]
        assert await names("none") == []
        assert {file.size async for file in files.list("a")} == {2}

    async def test_names_that_are_none(self, files: Files) -> None:
        """No name leads out of the store."""
        for wrong in WRONG:
            await _refused(files.put(wrong, b""), InvalidName, "is no name of a file")
            await _refused(files.get(wrong), InvalidName, "is no name of a file")
            await _refused(files.delete(wrong), InvalidName, "is no name of a file")
            await _refused(files.url(wrong), InvalidName, "is no name of a file")

    async def test_an_address(self, files: Files, http: httpx2.AsyncClient) -> None:
        """Anybody may fetch the file there, and learns its type."""
        await files.put("posts/1/a+b@c=d.png", b"picture")

        answer = await http.get(await files.url("posts/1/a+b@c=d.png"))

        assert (answer.status_code, answer.content) == (200, b"picture")
        assert answer.headers["content-type"] == "image/png"

    async def test_an_address_is_for_one_file(self, files: Files, http: httpx2.AsyncClient) -> None:
        """It opens no other, and none that is missing."""
        await files.put("one.txt", b"1")
        await files.put("two.txt", b"2")
        url = await files.url("one.txt")

        assert (await http.get(url.replace("one.txt", "two.txt"))).status_code == 403
        assert (await http.get(await files.url("none.txt"))).status_code == 404

    async def test_no_address_for_ever(self, files: Files) -> None:
        """Seven days are the longest."""
        for lasts in (timedelta(days=8), timedelta(), timedelta(seconds=-1)):
            await _refused(files.url("a", lasts), ValueError, "seven days")


async def _refused(call: Awaitable[object], error: type[Exception], said: str) -> None:
    message = ""
    try:
        await call
    except error as refused:
        message = str(refused)
    assert said in message, message
