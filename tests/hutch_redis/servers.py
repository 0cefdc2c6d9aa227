"""Servers that the embedded one is not: with replicas and sentinels, in cluster mode, with TLS."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hutch_redis.clients import fast_client
from hutch_redis.engine import find_engine
from hutch_redis.patience import Patience

PASSWORD = "p@ss:word"
TLS_HANDSHAKE = b"\x16"


@asynccontextmanager
async def program(
    folder: Path, port: int, *lines: str, mode: str = ""
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a server by its configuration until the block ends, or somebody kills it."""
    folder.mkdir()
    config = folder / "server.conf"
    text = [f"port {port}", "bind 127.0.0.1", f'dir "{folder}"', 'save ""', *lines]
    config.write_text("\n".join(text) + "\n")
    with (folder / "log").open("wb") as log:
        child = await asyncio.create_subprocess_exec(
            find_engine().binary, str(config), *([mode] if mode else []), stdout=log, stderr=log
        )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def answers(port: int, password: str | None = None) -> None:
    """Wait until a server answers."""
    secret = f":{password.replace('@', '%40').replace(':', '%3A')}@" if password else ""
    client = fast_client(f"redis://{secret}127.0.0.1:{port}")
    try:
        async with asyncio.timeout(10):
            await Patience("test")(client.ping)
    finally:
        await client.aclose()


@dataclass(frozen=True, slots=True)
class Watched:
    """A server with a replica, and a sentinel that watches both."""

    url: str
    primary: asyncio.subprocess.Process
    ports: tuple[int, int]
    sentinel_port: int


@asynccontextmanager
async def watched(tmp_path: Path, free: Callable[[], int]) -> AsyncIterator[Watched]:
    """Run a server, its replica and a sentinel; the first sentinel of the URL does not exist."""
    first, second, sentinel, nobody = free(), free(), free(), free()
    secret = [f'requirepass "{PASSWORD}"', f'masterauth "{PASSWORD}"', "repl-diskless-sync-delay 0"]
    watching = [
        f"sentinel monitor mymaster 127.0.0.1 {first} 1",
        f'sentinel auth-pass mymaster "{PASSWORD}"',
        "sentinel down-after-milliseconds mymaster 500",
        "sentinel failover-timeout mymaster 3000",
        'requirepass "theirs"',
    ]
    async with (
        program(tmp_path / "first", first, *secret) as primary,
        program(tmp_path / "second", second, *secret, f"replicaof 127.0.0.1 {first}"),
    ):
        await answers(first, PASSWORD)
        await answers(second, PASSWORD)
        async with program(tmp_path / "sentinel", sentinel, *watching, mode="--sentinel"):
            await answers(sentinel, "theirs")
            url = (
                f"redis+sentinel://:p%40ss%3Aword@127.0.0.1:{nobody},127.0.0.1:{sentinel}"
                "/mymaster/1?sentinel_password=theirs"
            )
            yield Watched(url, primary, (first, second), sentinel)


def make_certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """Write a certificate that signs itself, and its key; return their paths."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return public, private


@dataclass(slots=True)
class Front:
    """A port before a server.

    Attributes:
        encrypted: How many have connected with TLS.
    """

    port: int
    encrypted: int = 0


@asynccontextmanager
async def tls_in_front(
    certificate: tuple[Path, Path], connect: Callable[[], object]
) -> AsyncIterator[int]:
    """Serve TLS on a port, and pass what comes to a plain server, as a provider's proxy does."""
    async with front(certificate, connect, plain=False) as found:
        yield found.port


@asynccontextmanager
async def front(
    certificate: tuple[Path, Path], connect: Callable[[], object], *, plain: bool
) -> AsyncIterator[Front]:
    """Serve TLS on a port before a plain server.

    Args:
        certificate: It and its key.
        connect: Opens a connection to the server.
        plain: Whether those who do not encrypt are let through, as the sentinels here must be:
            the embedded server is built without TLS.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    loop = asyncio.get_running_loop()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    found = Front(listener.getsockname()[1])
    tasks: set[asyncio.Task[None]] = set()

    def start(work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def serve(client: socket.socket) -> None:
        encrypts = not plain or await first_byte(client) == TLS_HANDSHAKE
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            transport, _ = await loop.connect_accepted_socket(
                lambda: protocol, client, ssl=context if encrypts else None
            )
        except (OSError, ssl.SSLError):
            return  # it does not trust the certificate
        found.encrypted += encrypts
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        inner_reader, inner_writer = await connect()  # type: ignore[misc]
        start(pump(reader, inner_writer))
        start(pump(inner_reader, writer))

    async def accept() -> None:
        while True:
            client, _ = await loop.sock_accept(listener)
            start(serve(client))

    start(accept())
    try:
        yield found
    finally:
        listener.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def first_byte(client: socket.socket) -> bytes:
    """Look at what comes first, and leave it there."""
    loop, readable = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(client, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(client)
    return client.recv(1, socket.MSG_PEEK)
