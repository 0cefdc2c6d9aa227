"""Fashiondeck in processes of its own, as operators run it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from tests.fashiondeck.running import BEARER, until

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@dataclass(frozen=True)
class Program:
    """A running ``hutch run fashiondeck``, and a client of what it serves."""

    process: subprocess.Popen[bytes]
    url: str
    client: httpx2.AsyncClient

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    async def ready(self) -> bool:
        assert self.process.poll() is None, "it ended"
        try:
            return (await self.client.get("/health/ready")).status_code == 200
        except httpx2.TransportError:
            return False


@asynccontextmanager
async def program(env: Mapping[str, str], role: str | None, log: Path) -> AsyncIterator[Program]:
    """Run a role until the block ends; None is what runs if nobody says anything."""
    port = free_port()
    told = {**os.environ, **env, "HUTCH_PROFILE": "development", "PYTHONPATH": "apps"}
    # A worker serves its health alone.
    told |= {"HUTCH_HTTP__PORT": str(port), "HUTCH_HTTP__HEALTH_PORT": str(port)}
    command = [sys.executable, "-m", "hutch", "run", "fashiondeck"]
    command += ["--role", role] if role else []
    url = f"http://127.0.0.1:{port}"
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=told, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        async with httpx2.AsyncClient(base_url=url, headers=BEARER, timeout=10) as client:
            running = Program(process, url, client)
            await until(running.ready)
            yield running
    finally:
        if process.poll() is None:
            process.terminate()
            await asyncio.to_thread(process.wait)


def command(env: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of ``hutch`` for fashiondeck."""
    told = {**os.environ, **env, "HUTCH_PROFILE": "development", "PYTHONPATH": "apps"}
    return subprocess.run(
        [sys.executable, "-m", "hutch", "fashiondeck", *arguments],
        cwd=ROOT, env=told, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
