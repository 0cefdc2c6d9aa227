"""Uploads: analyzed, and found again by their likeness."""

import asyncio
import io
from datetime import timedelta
from random import randbytes

import pytest
from PIL import Image
from pydantic import ValidationError
from tests.rabbit24.conftest import Start, Travel
from tests.rabbit24.running import Person, Rabbit, picture

from hutch.settings import HttpSettings
from hutch_queue import QueueAdmin
from kit.files import Files
from rabbit24.jobs.content import ContentJobs
from rabbit24.schemas import GenerateEmbedding


@pytest.mark.req("R24-26", "R24-27")
async def test_an_upload_is_analyzed_and_found_again_by_its_likeness(
    rabbit: Rabbit, ada: Person
) -> None:
    made = await ada.upload(picture((40, 20)))
    assert (made["status"], made["kind"]) == ("PENDING", "IMAGE")
    [job] = await rabbit.t.get(QueueAdmin).jobs("content:analyze", "waiting")
    assert job.arguments["data"] == {
        "materialId": made["id"],
        "userId": ada.id,
        "fileUrl": made["file"],
        "fileType": "IMAGE",
    }
    assert await rabbit.drain() == 2
    read = await ada.ask("GET", f"/api/materials/{made['id']}")
    details = read["details"]
    assert (read["status"], details["width"], details["height"], details["format"]) == (
        "ANALYZED", "40", "20", "PNG",
    )  # fmt: skip
    assert len(details["sha256"]) == 64
    file = await ada.client.get(f"/api/materials/{made['id']}/file")
    assert file.status_code == 303


@pytest.mark.req("R24-26")
async def test_a_file_that_is_none_is_refused_and_one_that_is_gone_is_a_clear_state(
    rabbit: Rabbit, ada: Person
) -> None:
    path = f"/api/materials?brandProfileId={ada.brand}"
    refused = await ada.ask("POST", path, 422, content=b"GIF89a no picture")
    assert refused["detail"] == "This is no PNG, JPEG, WebP or MP4: choose another file."
    await ada.ask("POST", path, 413, content=b"\0" * 5_000_001)
    made = await ada.upload()
    await rabbit.t.get(Files).delete(made["file"])
    await rabbit.drain()
    read = await ada.ask("GET", f"/api/materials/{made['id']}")
    assert (read["status"], read["error"]) == ("FAILED", "It cannot be read: FileMissing.")


async def test_a_file_may_be_larger_than_other_bodies(ada: Person) -> None:
    content = io.BytesIO()
    Image.frombytes("RGB", (800, 600), randbytes(800 * 600 * 3)).save(content, "PNG")
    assert len(content.getvalue()) > HttpSettings().body_limit
    path = f"/api/materials?brandProfileId={ada.brand}"
    await ada.ask("POST", path, 201, content=content.getvalue())


async def test_a_brands_files_have_so_many_bytes_together(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    content = picture()
    environment.setenv("HUTCH_RABBIT24__MOST_BYTES", str(2 * len(content)))
    async with start() as rabbit, rabbit.user() as ada, rabbit.user() as bob:
        path = f"/api/materials?brandProfileId={ada.brand}"
        asked = (ada.client.post(path, content=content) for _ in range(4))
        answers = await asyncio.gather(*asked)
        assert sorted(answer.status_code for answer in answers) == [201, 201, 422, 422]
        [told, _] = [answer.json()["detail"] for answer in answers if answer.is_error]
        assert "HUTCH_RABBIT24__MOST_BYTES" in told
        assert len([file async for file in rabbit.t.get(Files).list()]) == 2, "no more is kept"
        await bob.upload()


async def test_who_uploads_again_and_again_is_told_to_wait(ada: Person) -> None:
    path = f"/api/materials?brandProfileId={ada.brand}"
    asked = [await ada.client.post(path, content=b"x") for _ in range(61)]
    assert [answer.status_code for answer in asked] == [422] * 60 + [429]


@pytest.mark.req("R24-26")
async def test_what_was_uploaded_without_the_queue_is_analyzed_by_the_sweep(
    rabbit: Rabbit, ada: Person, travel: Travel
) -> None:
    made = await ada.upload()
    await rabbit.t.get(QueueAdmin).drain("content:analyze")
    jobs = rabbit.t.get(ContentJobs)
    await jobs.sweep()
    assert rabbit.t.enqueued == [], "its job may be on its way"
    travel(timedelta(minutes=1))
    await jobs.sweep()
    await rabbit.drain()
    assert (await ada.ask("GET", f"/api/materials/{made['id']}"))["status"] == "ANALYZED"


async def test_what_cannot_be_analyzed_in_a_day_fails(
    rabbit: Rabbit, ada: Person, travel: Travel
) -> None:
    made = await ada.upload()
    await rabbit.t.get(QueueAdmin).drain("content:analyze")
    travel(timedelta(days=1, seconds=1))
    await rabbit.t.get(ContentJobs).sweep()
    assert rabbit.t.enqueued == []
    read = await ada.ask("GET", f"/api/materials/{made['id']}")
    told = "It could not be analyzed in a day: upload it again."
    assert (read["status"], read["error"]) == ("FAILED", told)


async def test_a_video_is_told_by_its_first_bytes(rabbit: Rabbit, ada: Person) -> None:
    made = await ada.upload(b"\0\0\0\x18ftypmp42 a video")
    assert (made["kind"], made["file"].rpartition(".")[2]) == ("VIDEO", "mp4")
    await rabbit.drain()
    assert (await ada.ask("GET", f"/api/materials/{made['id']}"))["status"] == "ANALYZED"


@pytest.mark.req("R24-27")
async def test_posts_that_say_the_same_are_found(rabbit: Rabbit, ada: Person) -> None:
    first = await ada.write("Our new linen jacket is here")
    await ada.write("Something else altogether, about tea")
    second = await ada.write("our NEW linen jacket is here!")
    await rabbit.drain()
    [found] = await ada.ask("GET", f"/api/posts/{second}/similar")
    assert (found["postId"], found["score"] > 0.9) == (first, True)
    async with rabbit.user() as bob:
        theirs = await bob.write("Our new linen jacket is here")
        await rabbit.drain()
        assert await bob.ask("GET", f"/api/posts/{theirs}/similar") == []


@pytest.mark.req("R24-27")
def test_an_embedding_needs_a_text_or_a_picture() -> None:
    with pytest.raises(ValidationError, match="give text or imageUrl: there is nothing to embed"):
        GenerateEmbedding(content_id="c")
