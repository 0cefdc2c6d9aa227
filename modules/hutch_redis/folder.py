"""The data folder of an embedded server: whose it is, and that only one uses it."""

import asyncio
import fcntl
import os
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from hutch_redis.engine import Engine
from hutch_redis.errors import EmbeddedError

LONGEST_SOCKET_PATH = 100
"""Bytes. Linux takes 107 and macOS 103; the rest is safety."""

_ENGINE_FOLDER = re.compile(r"(valkey|redis)-\d+")
_LOCK_ATTEMPTS = 20


def data_folder(root: Path, engine: Engine) -> Path:
    """Make and return ``ROOT/ENGINE-MAJOR``, where this engine keeps its data.

    Raises:
        EmbeddedError: Only another engine has data here, which this one would not show; or
            nothing can be written.
    """
    folder = root.absolute() / str(engine)
    others = [path.name for path in folder.parent.glob("*-*") if _has_data(path)]
    if others and not folder.exists():
        raise EmbeddedError(
            f"{root} holds data of {', '.join(sorted(others))}, but the server here is {engine}, "
            "which would start empty. Use the old server, set HUTCH_REDIS__DATA to another "
            f"folder, or move the old data away (to {engine}, if {engine} can read it)."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / "lock").touch(0o600)
    except OSError as error:
        raise EmbeddedError(
            f"{folder}, where the embedded server keeps its data, cannot be made or written: "
            f"{error.strerror}. Set HUTCH_REDIS__DATA to a folder that can, or set REDIS_URL."
        ) from error
    return folder


def _has_data(path: Path) -> bool:
    data = (path / "appendonlydir", path / "dump.rdb")
    return bool(_ENGINE_FOLDER.fullmatch(path.name)) and any(file.exists() for file in data)


@asynccontextmanager
async def claimed(folder: Path) -> AsyncIterator[int]:
    """Hold the folder's lock; yields its file descriptor, to be inherited by the server.

    The lock then lasts as long as either of the two lives. A server whose parent
    was killed needs a moment to end, so a taken lock is tried for about a second.

    Raises:
        EmbeddedError: Another process uses the folder.
    """
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        await _lock(descriptor, folder)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


async def _lock(descriptor: int, folder: Path) -> None:
    for _ in range(_LOCK_ATTEMPTS):
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            await asyncio.sleep(0.05)
    owner = os.pread(descriptor, 20, 0).decode()
    raise EmbeddedError(
        f"{folder} is in use by process {owner}, which runs its own embedded server. "
        "Start the server once and give its REDIS_URL to both, or set HUTCH_REDIS__DATA "
        "to another folder for one of them."
    )


@contextmanager
def socket_path(folder: Path) -> Iterator[Path]:
    """Yield a path for the server's Unix socket, short enough for the system."""
    path = folder / "server.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="hutch-") as short:
        yield Path(short) / "server.sock"
