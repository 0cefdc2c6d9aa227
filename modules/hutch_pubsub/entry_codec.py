"""Entry codec: a model as the flat text fields of an inbox's entry, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic_core import PydanticSerializationError, from_json, to_json

from hutch_pubsub.errors import InvalidInbox, InvalidMessage, UnreadableEntry

M = TypeVar("M", bound=BaseModel)

OURS = "hutch:"
"""What fields begin with that the inbox writes itself."""


class EntryCodec(Generic[M]):
    """Writes each field of a model as text: a string as it is, anything else as JSON.

    A field without a value is left out. So an entry reads as other programs would write it:
    ``contactId 49170... fromMe true timestamp 1767225600000``.

    Raises:
        InvalidInbox: The model cannot travel so.
    """

    def __init__(self, place: str, model: type[M]) -> None:
        self._place = place
        self._model = model
        self._names: dict[str, str] = {}
        self._texts: set[str] = set()
        self._nullable: list[str] = []
        for name, info in model.model_fields.items():
            wire = info.serialization_alias or info.alias or name
            if wire.startswith(OURS):
                raise InvalidInbox(f"{place}: the field {wire!r} may not begin with {OURS!r}.")
            self._names[name] = wire
            if _is_text(info.annotation):
                self._texts.add(wire)
            if info.is_required() and _allows_none(info.annotation):
                self._nullable.append(wire)

    def wire_name(self, field: str) -> str:
        """Return what a field is called in an entry.

        Raises:
            InvalidInbox: The model has no such field.
        """
        if field not in self._names:
            known = ", ".join(self._names) or "none"
            raise InvalidInbox(
                f"{self._place}: {self._model.__name__} has no field {field!r}; it has {known}."
            )
        return self._names[field]

    def encode(self, value: M) -> dict[str, str]:
        """Write a value.

        Raises:
            InvalidMessage: It is of another model, or does not survive the way.
        """
        if not isinstance(value, self._model):
            raise InvalidMessage(
                f"{self._place} takes {self._model.__name__}, not {type(value).__name__}; "
                "nothing is added."
            )
        try:
            dumped = value.model_dump(mode="json", by_alias=True, warnings="error")
            found = {
                name: part if name in self._texts else to_json(part).decode()
                for name, part in dumped.items()
                if part is not None
            }
            survives = self.decode(found) == value
        except (PydanticSerializationError, UnreadableEntry):
            survives, found = False, {}
        if not found or not survives:
            raise InvalidMessage(
                f"{self._place}: this {self._model.__name__} does not come back from text as it "
                "was; nothing is added. A field may be None only where that is its default, and "
                "some field must have a value."
            )
        return found

    def decode(self, fields: Mapping[str, str]) -> M:
        """Read an entry; fields that the model does not know are left out.

        Raises:
            UnreadableEntry: Names the first field that does not fit, and nothing of its content.
        """
        found: dict[str, Any] = {
            name: text if name in self._texts else _read(text)
            for name, text in fields.items()
            if not name.startswith(OURS)
        }
        for name in self._nullable:
            found.setdefault(name, None)
        try:
            return self._model.model_validate(found, by_alias=True, by_name=True)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            field = ".".join(map(str, first["loc"])) or "the whole"
            raise UnreadableEntry(f"{field}: {first['type']}") from None


def _read(text: str) -> Any:
    """Read what is no text by its type; pydantic decides about what is no JSON."""
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError:
        return text


def _is_text(kind: Any) -> bool:
    """Tell whether a field's values are strings in JSON, or None."""
    try:
        schema = TypeAdapter(kind).json_schema(mode="serialization")
    except PydanticInvalidForJsonSchema:
        return False
    options = schema.get("anyOf", [schema])
    resolved = [_resolve(option, schema) for option in options]
    return all(option.get("type") in ("string", "null") for option in resolved)


def _resolve(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    reference: str | None = schema.get("$ref")
    if reference is None:
        return schema
    found: dict[str, Any] = root["$defs"][reference.rsplit("/", 1)[-1]]
    return found


def _allows_none(kind: Any) -> bool:
    try:
        TypeAdapter(kind).validate_python(None)
    except ValidationError:
        return False
    return True
