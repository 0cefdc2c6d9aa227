"""The picture of a ware, drawn by code: its colour and its pattern."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from kit.sandbox.ebay.listings import CATEGORIES, COLOURS, Listing

SIDE = 96
_PAPER = (250, 248, 244)
_INK = (90, 90, 96)


def picture(listing: Listing) -> bytes:
    """Draw a PNG of 96 by 96 pixels."""
    image = Image.new("RGB", (SIDE, SIDE), _PAPER)
    mask = Image.new("1", (SIDE, SIDE))
    ImageDraw.Draw(mask).polygon(_outline(listing.category_id), fill=1)
    cloth = Image.new("RGB", (SIDE, SIDE), COLOURS[listing.colour])
    _print(ImageDraw.Draw(cloth), listing.pattern)
    image.paste(cloth, mask=mask)
    ImageDraw.Draw(image).polygon(_outline(listing.category_id), outline=_INK)
    written = io.BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


def _outline(category_id: str) -> list[tuple[int, int]]:
    """A shape of its own for each category: more of them, more corners."""
    width = 14 + 5 * list(CATEGORIES).index(category_id)
    return [(36, 10), (60, 10), (86, 30), (82, 44), (96 - width, 40), (78, 86), (18, 86),
            (width, 40), (14, 44), (10, 30)]  # fmt: skip


def _print(draw: ImageDraw.ImageDraw, pattern: str) -> None:
    if pattern in ("striped", "checked"):
        for at in range(4, SIDE, 12):
            draw.line((at, 0, at, SIDE), fill=_PAPER, width=2)
    if pattern == "checked":
        for at in range(4, SIDE, 12):
            draw.line((0, at, SIDE, at), fill=_PAPER, width=2)
    if pattern == "dotted":
        for x in range(6, SIDE, 12):
            for y in range(6, SIDE, 12):
                draw.ellipse((x - 2, y - 2, x + 2, y + 2), fill=_PAPER)
