"""Time zones, as settings name them."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator


def _known(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone of this machine, as Europe/Berlin") from error
    return name


Zone = Annotated[str, AfterValidator(_known)]
"""The name of a time zone that this machine knows."""
