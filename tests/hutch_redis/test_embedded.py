import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator
from operator import itemgetter
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
from structlog.testing import capture_logs

from hutch_redis import EmbeddedError, EmbeddedServer
from hutch_redis.clients import fast_client
from hutch_redis.patience import Patience


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedServer]:
    """A server of this test alone, to be harmed."""
    async with EmbeddedServer(tmp_path) as server:
        yield server


event = itemgetter("event")


def gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


@pytest.mark.req("SD-02", "SD-04", "FD-36")
async def test_is_configured_to_lose_nothing(server: EmbeddedServer, tmp_path: Path) -> None:
    client = fast_client(server.url)
    names = ("appendonly", "appendfsync", "maxmemory-policy", "maxmemory", "port", "dir", "save")
    found = {name: (await client.config_get(name))[name] for name in names}
    await client.aclose()
    assert found.pop("save")
    assert found == {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "maxmemory": str(1024**3),
        "port": "0",
        "dir": str(tmp_path / "valkey-9"),
    }


@pytest.mark.req("SD-07")
async def test_the_password_is_in_no_argument_and_no_file(
    server: EmbeddedServer, tmp_path: Path
) -> None:
    password = server.url.partition("unix://:")[2].partition("@")[0]
    assert len(password) >= 32
    assert password not in " ".join(psutil.Process(server.pid).cmdline())
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if password.encode() in path.read_bytes()]


@pytest.mark.req("X-03")
async def test_a_killed_server_comes_back_with_all_acknowledged_writes(
    server: EmbeddedServer,
) -> None:
    client, url, pid = fast_client(server.url), server.url, server.pid
    with capture_logs() as logs:
        for number in range(200):
            await client.rpush("list", number)
        os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(5):
            length = await Patience("server")(lambda: client.llen("list"))
            while "embedded redis is back" not in map(event, logs):
                await asyncio.sleep(0.01)
    await client.aclose()
    assert length == 200
    assert server.url == url
    assert server.pid != pid


async def test_a_restart_that_fails_is_tried_again(server: EmbeddedServer, tmp_path: Path) -> None:
    aof = tmp_path / "valkey-9" / "appendonlydir"
    manifest = aof / "appendonly.aof.manifest"
    good = manifest.read_bytes()
    with capture_logs() as logs:
        manifest.write_text("nonsense")
        os.kill(server.pid, signal.SIGKILL)
        async with asyncio.timeout(5):
            while "embedded redis cannot restart, trying on" not in map(event, logs):
                await asyncio.sleep(0.01)
            manifest.write_bytes(good)
            while logs[-1]["event"] != "embedded redis is back":
                await asyncio.sleep(0.01)
    assert "the embedded server ended at once" in logs[-2]["reason"]
    client = fast_client(server.url)
    assert await client.dbsize() == 0
    await client.aclose()


async def test_stops_with_its_block_and_keeps_its_data(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    async with server:
        client, pid, url = fast_client(server.url), server.pid, server.url
        await client.set("kept", "yes")
        await client.aclose()
    assert gone(pid)
    async with server:
        client = fast_client(server.url)
        assert await client.get("kept") == b"yes"
        assert server.url == url
        await client.aclose()


async def test_stops_although_its_folder_has_vanished(tmp_path: Path) -> None:
    started = time.monotonic()
    async with EmbeddedServer(tmp_path / "data") as server:
        client, pid = fast_client(server.url), server.pid
        await client.set("x", 1)
        await client.aclose()
        shutil.rmtree(tmp_path / "data")
    assert gone(pid)
    assert time.monotonic() - started < 5


async def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path / ("long" * 25)) as server:
        client = fast_client(server.url)
        assert len(server.url.partition("@")[2]) < 100
        assert await client.set("x", 1)
        await client.aclose()
    assert not Path(server.url.partition("@")[2]).parent.exists()


async def test_a_folder_with_spaces_and_quotes_works(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path / 'a "b" ç%20') as server:
        client = fast_client(server.url)
        assert await client.set("x", 1)
        await client.aclose()


async def test_a_second_server_on_the_same_data_is_refused(
    server: EmbeddedServer, tmp_path: Path
) -> None:
    with pytest.raises(
        EmbeddedError, match=f"valkey-9 is in use by process {os.getpid()}, .*give its REDIS_URL"
    ):
        async with EmbeddedServer(tmp_path):
            pass
    client = fast_client(server.url)
    assert await client.set("unharmed", 1)
    await client.aclose()


async def test_data_of_another_engine_is_refused(tmp_path: Path) -> None:
    (tmp_path / "redis-7" / "appendonlydir").mkdir(parents=True)
    with pytest.raises(EmbeddedError, match="holds data of redis-7, but the server here is valkey"):
        async with EmbeddedServer(tmp_path):
            pass
    assert [path.name for path in tmp_path.iterdir()] == ["redis-7"]


async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match=r"ended at once: .*maxmemory nonsense"):
        async with EmbeddedServer(tmp_path, max_memory="nonsense"):
            pass
    async with EmbeddedServer(tmp_path):
        pass


def test_has_no_address_before_it_runs() -> None:
    with pytest.raises(EmbeddedError, match="not started; use it in `async with`"):
        EmbeddedServer().url  # noqa: B018


async def test_a_folder_that_cannot_be_made_or_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for data in (tmp_path / "file", Path("/proc/hutch")):
        with pytest.raises(EmbeddedError, match=rf"^{data}/.* cannot be .* HUTCH_REDIS__DATA to"):
            async with EmbeddedServer(data):
                pass


PARENT = """
import asyncio, sys
from hutch_redis import EmbeddedServer

async def main():
    async with EmbeddedServer(sys.argv[1]) as server:
        print("RUNS", server.pid, server.url, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal is Linux's")
async def test_a_killed_parent_leaves_no_server_and_no_lock(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    line = b""
    while not line.startswith(b"RUNS"):
        line = await parent.stdout.readline()
    _, pid, url = line.decode().split()
    client = fast_client(url)
    await client.set("kept", "yes")
    await client.aclose()
    parent.kill()
    await parent.wait()
    async with EmbeddedServer(tmp_path) as server:
        assert gone(int(pid))
        client = fast_client(server.url)
        assert await client.get("kept") == b"yes"
        await client.aclose()


async def test_ctrl_c_in_the_terminal_reaches_the_app_first(server: EmbeddedServer) -> None:
    assert os.getsid(server.pid) != os.getsid(0)
