"""A post as LinkedIn wants it sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kit.platforms.linkedin.text import escape


def share(author: str, text: str, media: Sequence[str]) -> dict[str, Any]:
    """Write the body of ``POST /rest/posts``.

    Args:
        author: A URN.
        text: As people shall see it.
        media: URNs of images.
    """
    return {
        "author": author,
        "commentary": escape(text),
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
        **_content(media),
    }


def _content(media: Sequence[str]) -> dict[str, Any]:
    images = [{"id": image} for image in media]
    if len(images) > 1:
        return {"content": {"multiImage": {"images": images}}}
    return {"content": {"media": images[0]}} if images else {}
