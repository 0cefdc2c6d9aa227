"""Markers of a handler's parameters: where a value comes from and what it must be."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pydantic import Field
from pydantic.fields import FieldInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What a parameter's value must be.

    Attributes:
        alias: Its name in the request; by default the parameter's own.
        description: For the API's description.
        ge: At least.
        gt: More than.
        le: At most.
        lt: Less than.
        min_length: Of text or a list.
        max_length: Of text or a list.
        pattern: A regular expression that text must match.
    """

    alias: str | None = None
    description: str | None = None
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None

    def field(self) -> FieldInfo:
        """Return the same constraints as pydantic knows them."""
        given: dict[str, Any] = {name: v for name, v in asdict(self).items() if v is not None}
        given.pop("alias", None)
        info: FieldInfo = Field(**given)
        return info


@dataclass(frozen=True, slots=True, kw_only=True)
class Query(Parameter):
    """A query parameter: ``limit: Annotated[int, Query(ge=1)] = 20``. A list takes them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header(Parameter):
    """A header; ``last_event_id`` reads ``Last-Event-ID`` unless an alias is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path(Parameter):
    """A part of the path; parameters named in the path need no marker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body(Parameter):
    """The JSON body; models, dataclasses and TypedDicts need no marker."""
