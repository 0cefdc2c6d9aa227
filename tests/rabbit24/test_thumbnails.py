"""Thumbnails of pictures: small, and only for who may see the brand."""

import asyncio
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from tests.rabbit24.running import Person, Rabbit, picture

from kit.files import FileMissing, Files, ObjectFiles
from rabbit24.services.materials import THUMBNAILS, Materials


async def test_a_picture_has_a_small_one_that_only_its_owners_see(
    rabbit: Rabbit, ada: Person
) -> None:
    made = await ada.upload(picture((2000, 1000)))
    path = f"/api/materials/{made['id']}/thumbnail"
    answer = await ada.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["cache-control"].startswith("private")
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (320, 160)
    assert (await rabbit.operator.get(path)).status_code == 200
    async with rabbit.user() as bob:
        assert await said(bob, path) == f"There is no material {made['id']!r}."
    ada.client.cookies.clear()
    await ada.ask("GET", path, 401)


async def test_what_has_no_picture_to_show_has_no_small_one(rabbit: Rabbit, ada: Person) -> None:
    video = await ada.upload(b"\0\0\0\x18ftypisom" + b"\0" * 99)
    broken, gone = await ada.upload(picture()[:-30]), await ada.upload()
    await rabbit.t.get(Files).delete(gone["file"])
    for made in (video, broken, gone):
        told = await said(ada, f"/api/materials/{made['id']}/thumbnail")
        assert told == f"The material {made['id']!r} has no picture to show."


async def test_a_small_one_is_made_once(
    rabbit: Rabbit, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, decoded = await ada.upload(), list[str]()

    async def here(function: Callable[..., Any], *args: Any) -> Any:
        decoded.append(function.__name__)
        return function(*args)

    monkeypatch.setattr(asyncio, "to_thread", here)
    path = f"/api/materials/{made['id']}/thumbnail"
    answers = await asyncio.gather(*(ada.client.get(path) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {200}
    assert decoded == ["_shrunk"]
    new = {"brandProfileId": ada.brand, "content": "c", "media": [f"thumbnails/{made['id']}.webp"]}
    await ada.ask("POST", "/api/posts", 422, json=new)


async def test_what_is_broken_is_not_looked_at_again(
    rabbit: Rabbit, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = await ada.upload(picture()[:-30])
    await rabbit.drain()
    monkeypatch.delattr(asyncio, "to_thread")
    await said(ada, f"/api/materials/{broken['id']}/thumbnail")


async def test_one_picture_at_a_time_is_decoded(
    rabbit: Rabbit, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    materials = rabbit.t.get(Materials)
    rows = [await materials.get((await ada.upload())["id"]) for _ in range(3)]
    running, most = 0, 0

    async def slow(function: Callable[..., Any], *args: Any) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        # Long enough for the others: their files are in memory.
        for _ in range(99):
            await asyncio.sleep(0)
        running -= 1
        return function(*args)

    monkeypatch.setattr(asyncio, "to_thread", slow)
    materials = replace(materials, files=InMemory())
    analyzed = materials.analyze(rows[0].id, rows[0].file, rows[0].kind)
    await asyncio.gather(*map(materials.thumbnail, rows[1:]), analyzed)
    assert most == 1


class InMemory(ObjectFiles):
    """A store of one picture of many names."""

    def __init__(self) -> None:
        pass

    async def get(self, name: str) -> bytes:
        if name.startswith(THUMBNAILS):
            raise FileMissing(name)
        return picture()

    async def put(self, name: str, content: object) -> None:
        pass


async def said(person: Person, path: str) -> str:
    return str((await person.ask("GET", path, 404))["detail"])
