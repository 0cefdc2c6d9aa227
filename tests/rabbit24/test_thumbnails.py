"""Thumbnails of pictures: small, and only for who may see the brand."""

import io

from PIL import Image
from tests.rabbit24.running import Person, Rabbit, picture

from kit.files import Files


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


async def said(person: Person, path: str) -> str:
    return str((await person.ask("GET", path, 404))["detail"])
