"""The picture of a ware, drawn by code: its colour and its pattern."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from kit.sandbox.ebay.listings import COLOURS, Listing

SIDE = 96
_PAPER = (250, 248, 244)
_INK = (90, 90, 96)
OUTLINES = {
    "101": ((34, 14), (62, 14), (88, 32), (78, 46), (70, 40), (70, 84), (26, 84), (26, 40),
            (18, 46), (8, 32)),
    "102": ((28, 10), (68, 10), (76, 88), (54, 88), (48, 36), (42, 88), (20, 88)),
    "103": ((34, 10), (48, 22), (62, 10), (80, 20), (90, 72), (78, 74), (72, 42), (72, 88),
            (24, 88), (24, 42), (18, 74), (6, 72), (16, 20)),
    "104": ((38, 8), (44, 16), (52, 16), (58, 8), (62, 36), (84, 88), (12, 88), (34, 36)),
    "105": ((22, 36), (34, 36), (36, 18), (60, 18), (62, 36), (56, 36), (54, 24), (42, 24),
            (40, 36), (74, 36), (84, 86), (12, 86)),
    "106": ((12, 34), (40, 30), (48, 50), (80, 58), (88, 74), (88, 84), (12, 84)),
}  # fmt: skip
"""The shape of each category's wares, as corners."""


def picture(listing: Listing) -> bytes:
    """Draw a PNG of 96 by 96 pixels."""
    image = Image.new("RGB", (SIDE, SIDE), _PAPER)
    mask = Image.new("1", (SIDE, SIDE))
    ImageDraw.Draw(mask).polygon(OUTLINES[listing.category_id], fill=1)
    cloth = Image.new("RGB", (SIDE, SIDE), COLOURS[listing.colour])
    _print(ImageDraw.Draw(cloth), listing.pattern)
    image.paste(cloth, mask=mask)
    ImageDraw.Draw(image).polygon(OUTLINES[listing.category_id], outline=_INK)
    written = io.BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


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
