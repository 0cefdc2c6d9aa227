"""Vectors of pictures without a model: where which colours are, and which way edges run.

They find the same picture again in another size or format, and pictures of like colours and
shapes. They do not know what a picture shows.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kit.platforms import FailPermanent
from kit.vectors.vector import Vector

SIDE, CELLS, SHADES, DIRECTIONS = 64, 4, 4, 8
VERSION = 1
"""Rises when the vectors change: they then belong to another model."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
"""Pillow reads more, some by starting another program."""
MOST_PIXELS = 50_000_000
Pixels = NDArray[np.float64]


class PictureEmbedder:
    """Describe a picture cell by cell."""

    @property
    def model(self) -> str:
        """The model's id, with its version."""
        return f"colours-edges-{VERSION}"

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has: for each cell three colours' shades and the edges."""
        return CELLS * CELLS * (3 * SHADES + DIRECTIONS)

    async def embed(self, pictures: Sequence[bytes]) -> list[Vector]:
        """Make a vector of length 1 for each picture, in a thread.

        Args:
            pictures: PNG, JPEG, WebP, GIF, BMP or TIFF.

        Raises:
            FailPermanent: One is no picture, or has more than ``MOST_PIXELS``.
        """
        return await asyncio.to_thread(self._embed_all, pictures)

    def _embed_all(self, pictures: Sequence[bytes]) -> list[Vector]:
        return [_describe(_open(number, content)) for number, content in enumerate(pictures)]


def _open(number: int, content: bytes) -> Pixels:
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise FailPermanent(
                    f"Picture {number} has {image.width} x {image.height} pixels: shrink it."
                )
            # What is see-through counts as white, as most pages show it.
            whole = image.convert("RGBA").resize((SIDE, SIDE), Image.Resampling.BOX)
            paper = Image.new("RGBA", whole.size, (255, 255, 255, 255))
            return np.asarray(Image.alpha_composite(paper, whole).convert("RGB"), np.float64)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise FailPermanent(
            f"Picture {number} cannot be read ({type(error).__name__}): is it a picture?"
        ) from error


def _describe(pixels: Pixels) -> Vector:
    down, right = np.gradient(pixels.mean(axis=2))
    strength = np.hypot(down, right) / 255
    direction = (np.arctan2(down, right) % np.pi) / np.pi * DIRECTIONS
    parts: list[Pixels] = []
    for cell in _cells():
        parts += [_shades(pixels[cell][..., colour]) for colour in range(3)]
        bins = direction[cell].astype(int).ravel() % DIRECTIONS
        parts.append(_sums(bins, strength[cell].ravel(), DIRECTIONS))
    described = np.sqrt(np.concatenate(parts))
    return np.asarray(described / np.linalg.norm(described), dtype=np.float32)


def _cells() -> list[tuple[slice, slice]]:
    """Cut the picture into squares."""
    spans = [slice(at, at + SIDE // CELLS) for at in range(0, SIDE, SIDE // CELLS)]
    return [(rows, columns) for rows in spans for columns in spans]


def _shades(values: Pixels) -> Pixels:
    """Share each value between the two nearest shades, so that a little makes little."""
    at = values.ravel() / 255 * (SHADES - 1)
    below = np.minimum(at.astype(int), SHADES - 2)
    above = at - below
    return _sums(below, 1 - above, SHADES) + _sums(below + 1, above, SHADES)


def _sums(bins: NDArray[np.int_], weights: Pixels, count: int) -> Pixels:
    return np.asarray(np.bincount(bins, weights, count), np.float64)
