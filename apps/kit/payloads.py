"""Payloads: what comes over HTTP, travels in jobs and goes out as events, in any app."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Payload(BaseModel):
    """Base of all payloads: camelCase outside, snake_case inside; what is unknown is left out."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, serialize_by_alias=True
    )
