"""What clients may send that cannot be: each ends in a clear refusal or a clear state."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, PngImagePlugin
from tests.rabbit24.conftest import Travel
from tests.rabbit24.running import Person, Rabbit, picture

from hutch_queue import QueueAdmin
from rabbit24.jobs.content import ContentJobs

HUGE = 10**30


def chunk(kind: bytes, content: bytes) -> bytes:
    """Make a part of a PNG."""
    ends = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + ends


def headed(width: int, height: int) -> bytes:
    """Make a PNG that says how large it is, and holds nearly nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 99))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def swollen() -> bytes:
    """Make a small PNG whose text is large once it is unpacked."""
    content, told = io.BytesIO(), PngImagePlugin.PngInfo()
    told.add_text("a", "b" * 2_000_000, zip=True)
    Image.new("RGB", (4, 4)).save(content, "PNG", pnginfo=told)
    return content.getvalue()


def torn() -> bytes:
    """Make a PNG whose pixels are no pixels."""
    whole = headed(10, 10)
    return whole[: whole.index(b"IEND") - 4] + b"\0\0\0\4\1\2\3\4" + b"torn" * 9


@pytest.mark.parametrize(
    "content",
    [headed(60_000, 60_000), headed(11_000, 11_000), headed(8000, 8000), swollen()],
    ids=["far too large", "warned of", "too large", "swollen"],
)
async def test_a_picture_that_would_fill_the_memory_is_refused(ada: Person, content: bytes) -> None:
    path = f"/api/materials?brandProfileId={ada.brand}"
    refused = await ada.ask("POST", path, 422, content=content)
    assert "choose another file" in refused["detail"]


@pytest.mark.parametrize(
    "content", [torn(), picture()[:-30], headed(10, 10)], ids=["torn", "cut", "empty"]
)
async def test_a_broken_picture_is_told_and_not_looked_at_for_ever(
    rabbit: Rabbit, ada: Person, content: bytes, travel: Travel
) -> None:
    material = await ada.upload(content)
    await rabbit.settle(travel)
    shown = await ada.ask("GET", f"/api/materials/{material['id']}")
    assert (shown["status"], shown["error"][:18]) == ("FAILED", "It cannot be read:")
    assert await rabbit.t.get(QueueAdmin).jobs("content:analyze", "failed") == []
    await rabbit.t.app.get(ContentJobs).sweep()
    assert rabbit.t.enqueued == []


ENDS = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z")
ORDERS: list[dict[str, Any]] = [
    {"postId": HUGE},
    {"postId": -1},
    {"connectionIds": [HUGE]},
    *({"scheduledFor": end} for end in ENDS),
]
ACCOUNTS = [
    *({"expiresAt": end} for end in ENDS),
    {"userId": "a\0b"},
    {"userId": "../me"},
    {"accessToken": ""},
    {"accessToken": "a secret\n"},
    {"refreshToken": "ein Schlüssel"},
]


async def test_a_number_or_time_that_cannot_be_is_refused(house: Person) -> None:
    for change in ORDERS:
        order = {"postId": 1, "connectionIds": [1]} | change
        told = await house.ask("POST", "/api/admin/distribution/dispatch", 422, json=order)
        assert next(iter(change)) in str(told["errors"])


async def test_an_account_that_cannot_be_is_refused_and_its_tokens_are_not_told(
    ada: Person,
) -> None:
    for change in ACCOUNTS:
        await refused_without_tokens(ada, change)


async def refused_without_tokens(ada: Person, change: dict[str, str]) -> None:
    new = {
        "brandProfileId": ada.brand,
        "platform": "TWITTER",
        "userId": "1",
        "accessToken": "a",
        "refreshToken": "r",
        "expiresAt": "2030-01-01T00:00:00Z",
    } | change
    answer = await ada.client.post("/api/accounts", json=new)
    assert answer.status_code == 422, answer.text
    assert "secret" not in answer.text
    assert "Schl" not in answer.text


async def test_a_brands_tone_can_be_stored(ada: Person) -> None:
    await ada.ask("POST", "/api/brands", 422, json={"name": "n", "tone": "a\0b"})


async def test_only_files_of_the_brand_are_posted(rabbit: Rabbit, ada: Person) -> None:
    file = (await ada.upload())["file"]
    async with rabbit.user() as bob:
        await bob.connect()
        post = {"brandProfileId": bob.brand, "content": "c", "media": [file]}
        schedule = {"brandProfileId": bob.brand, "topic": "t", "cron": "0 9 * * 1", "media": [file]}
        for path, new in (("posts", post), ("schedules", schedule)):
            refused = await bob.ask("POST", f"/api/{path}", 422, json=new)
            assert refused["detail"] == (f"The file {file!r} is not of this brand: upload it here.")
