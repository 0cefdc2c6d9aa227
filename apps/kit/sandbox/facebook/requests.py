"""What the sandbox understands of a request to Facebook; anything else is refused."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, HttpUrl, StringConstraints

from kit.sandbox.strict import Strict

LIMIT = 63_206
Id = Annotated[str, StringConstraints(pattern=r"^\d+$")]


class Photo(Strict):
    """A photo that was uploaded before."""

    media_fbid: Id


def _loads(value: Any) -> Any:
    try:
        return json.loads(value)
    except (TypeError, ValueError) as error:
        raise ValueError("it is no JSON") from error


class NewPost(Strict):
    """The form of ``POST /{page}/feed``, as far as the sandbox plays it."""

    message: str = Field(default="", max_length=LIMIT)
    link: HttpUrl | None = None
    published: bool = True
    attached_media: Annotated[tuple[Photo, ...], BeforeValidator(_loads)] = ()


class NewPhoto(Strict):
    """The form of ``POST /{page}/photos``."""

    url: HttpUrl
    caption: str = ""
    published: bool = True


class Exchange(Strict):
    """The exchange of a token."""

    grant_type: Annotated[str, StringConstraints(pattern="^fb_exchange_token$")]
    client_id: Annotated[str, Field(min_length=1)]
    client_secret: Annotated[str, Field(min_length=1)]
    fb_exchange_token: str
