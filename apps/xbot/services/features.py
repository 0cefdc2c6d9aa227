"""Features: what the model sees of a post."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime

from kit.platforms import weighted_length

_TAG = re.compile(r"#(\w+)")

Features = Mapping[str, float]
"""Numbers by name; a name that is not there counts as 0."""


def tags_of(text: str) -> tuple[str, ...]:
    """List the hashtags of a text in lower case, each once."""
    return tuple(dict.fromkeys(tag.lower() for tag in _TAG.findall(text)))


def features_of(text: str, topic: str, at: datetime) -> dict[str, float]:
    """Describe a post: its topic, its hour on a circle, and how it is written.

    Args:
        text: The words.
        topic: What it is about.
        at: When it is posted, in UTC.
    """
    angle = 2 * math.pi * (at.hour + at.minute / 60) / 24
    return {
        f"topic={topic}": 1.0,
        "hour_sin": math.sin(angle),
        "hour_cos": math.cos(angle),
        "length": weighted_length(text) / 280,
        "tags": float(min(len(tags_of(text)), 5)),
        "link": float("http" in text),
        "question": float("?" in text),
    }
