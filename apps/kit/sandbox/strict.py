"""The base of what the sandbox understands of requests; anything else is refused."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Base of the requests: additional properties are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
