"""Vectors of pictures: the same picture again, and like ones."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from kit.ai import PictureEmbedder
from kit.platforms import FailPermanent
from kit.sandbox.ebay.listings import Listing, all_listings
from kit.sandbox.ebay.picture import picture

EMBEDDER = PictureEmbedder()


def ware(**like: str) -> Listing:
    return next(
        one
        for one in all_listings()
        if all(getattr(one, name) == value for name, value in like.items())
    )


def saved(content: bytes, kind: str, size: int) -> bytes:
    written = io.BytesIO()
    image = Image.open(io.BytesIO(content)).convert("RGB")
    image.resize((size, size)).save(written, kind)
    return written.getvalue()


async def alike(one: bytes, other: bytes) -> float:
    a, b = await EMBEDDER.embed([one, other])
    return float(a @ b)


RED = picture(ware(colour="red", pattern="plain", category_id="103"))
BLUE = picture(ware(colour="blue", pattern="plain", category_id="103"))
STRIPED = picture(ware(colour="red", pattern="striped", category_id="103"))


async def test_a_vector_has_length_one():
    [made] = await EMBEDDER.embed([RED])

    assert made.dtype == np.float32
    assert made.shape == (EMBEDDER.dimensions,)
    assert abs(float(np.linalg.norm(made)) - 1) < 1e-6
    assert EMBEDDER.model == "colours-edges-1"


async def test_the_same_picture_in_another_size_and_format_is_near():
    assert await alike(RED, RED) == pytest.approx(1)
    assert await alike(RED, saved(RED, "JPEG", 300)) > 0.97
    assert await alike(RED, saved(RED, "WEBP", 48)) > 0.95


async def test_another_colour_or_pattern_is_farther():
    again = await alike(RED, saved(RED, "JPEG", 300))

    assert await alike(RED, BLUE) < again - 0.03
    assert await alike(RED, STRIPED) < again - 0.02


async def test_one_colour_has_a_vector():
    plain = io.BytesIO()
    Image.new("RGBA", (9, 5), (0, 0, 0, 0)).save(plain, "PNG")

    assert np.isfinite((await EMBEDDER.embed([plain.getvalue()]))[0]).all()


@pytest.mark.parametrize("content", [b"", b"no picture", RED[:60], b"<svg/>"])
async def test_what_is_no_picture_is_named(content: bytes):
    with pytest.raises(FailPermanent, match="Picture 1 cannot be read"):
        await EMBEDDER.embed([RED, content])


async def test_a_huge_picture_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("kit.ai.pictures.MOST_PIXELS", 1_000)

    with pytest.raises(FailPermanent, match=r"Picture 0 has 96 x 96 pixels: shrink it\."):
        await EMBEDDER.embed([RED])


async def test_a_picture_that_would_start_a_program_is_refused():
    page = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n%%EOF\n"

    with pytest.raises(FailPermanent, match=r"Picture 0 cannot be read \(UnidentifiedImageError\)"):
        await EMBEDDER.embed([page])
