"""Codec: a job's arguments and result as JSON, checked by the job's own signature."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import Any, NotRequired, TypeVar, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import (
    PydanticInvalidForJsonSchema,
    PydanticSchemaGenerationError,
    PydanticUserError,
)
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaWarningKind
from pydantic_core import PydanticSerializationError
from typing_extensions import TypedDict

from hutch.graph.signature import hints_of, injected_into
from hutch.redaction import hide_in_text
from hutch_queue.errors import InvalidArguments, InvalidJob

T = TypeVar("T")

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class Codec:
    """Writes and reads the arguments and the result of one job.

    Parameters marked ``Inject[T]`` are no part of it.

    Args:
        name: Stands in errors, e.g. ``Emails.confirm``.
        function: The job's function, ``self`` first.

    Raises:
        InvalidJob: A parameter cannot travel as JSON.
    """

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.name = name
        hints = hints_of(function, cast(FunctionType, function))
        self._signature = inspect.Signature(list(_parameters(name, function)))
        fields = {p.name: _field(name, p, hints) for p in self._signature.parameters.values()}
        self._arguments = _adapter(name, _typed_dict(fields))
        self._result = _adapter(name, hints.get("return", Any))
        if _holds_secret(self._arguments):
            raise InvalidJob(
                f"{name}: a parameter holds a secret (SecretStr or the like), which would be "
                "stored with the job. Pass an id, and let the job read the secret itself."
            )

    @property
    def required(self) -> list[str]:
        """The parameters that every call must give."""
        parameters = self._signature.parameters.values()
        return [p.name for p in parameters if p.default is p.empty]

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Sort given arguments by parameter; defaults are left to the job.

        Raises:
            InvalidArguments: One is missing, or there is one too many.
        """
        try:
            return self._signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            raise InvalidArguments(f"{self.name} cannot be called so: {error}.") from None

    def encode(self, arguments: Mapping[str, Any]) -> bytes:
        """Write arguments as a JSON object.

        Raises:
            InvalidArguments: Names each argument that is wrong, and why.
        """
        try:
            checked = self._arguments.validate_python(arguments, by_alias=True, by_name=True)
            payload = self._arguments.dump_json(checked, by_alias=True, warnings="error")
            # What a changed model or a one-way serializer wrote would fail in the worker.
            self._arguments.validate_json(payload)
        except ValidationError as error:
            raise InvalidArguments(f"{self.name} was not enqueued: {_reasons(error)}.") from None
        except PydanticSerializationError as error:
            reason = hide_in_text(str(error))
            raise InvalidArguments(f"{self.name} was not enqueued: {reason}.") from None
        return payload

    def decode(self, payload: bytes) -> dict[str, Any]:
        """Read arguments; what a newer producer added is left out.

        Raises:
            InvalidArguments: They do not fit.
        """
        try:
            arguments: dict[str, Any] = self._arguments.validate_json(payload)
        except ValidationError as error:
            raise InvalidArguments(
                f"{self.name}: the stored arguments do not fit: {_reasons(error)}."
            ) from None
        return arguments

    def encode_result(self, result: Any) -> str:
        """Write a result as JSON.

        Raises:
            ValueError: It cannot be written as the declared type.
        """
        return self._result.dump_json(result, by_alias=True, warnings="error").decode()

    def decode_result(self, stored: Any) -> Any:
        """Read a stored result.

        Raises:
            ValueError: It is not of the declared type.
        """
        return self._result.validate_json(json.dumps(stored))


def _parameters(name: str, function: Callable[..., Any]) -> Iterator[inspect.Parameter]:
    injected = {wanted.name for wanted in injected_into(function)}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if parameter.name in injected:
            if parameter.default is parameter.empty:
                raise InvalidJob(
                    f"{name}: nobody can pass `{parameter.name}` when enqueuing; "
                    f"write `{parameter.name}: Inject[...] = injected`."
                )
        elif parameter.kind not in _NAMED:
            raise InvalidJob(
                f"{name}: the parameter `{parameter}` has no name of its own; "
                "arguments travel by name."
            )
        else:
            yield parameter


def _field(name: str, parameter: inspect.Parameter, hints: Mapping[str, Any]) -> Any:
    if parameter.name not in hints:
        raise InvalidJob(f"{name}: the parameter `{parameter.name}` has no type hint; add one.")
    hint = hints[parameter.name]
    return hint if parameter.default is parameter.empty else NotRequired[hint]


def _typed_dict(fields: dict[str, Any]) -> Any:
    # Not a model: parameters may be called `copy` or `json`, as its methods are.
    arguments = cast(Any, TypedDict)("arguments", fields)
    arguments.__pydantic_config__ = ConfigDict(hide_input_in_errors=True)
    return arguments


def _adapter(name: str, kind: Any) -> TypeAdapter[Any]:
    try:
        return TypeAdapter(kind)
    except (PydanticSchemaGenerationError, PydanticUserError) as error:
        reason = error.message.splitlines()[0]
        raise InvalidJob(
            f"{name}: arguments and results travel as JSON, but: {reason} "
            "Use plain types, dataclasses or pydantic models; objects come by Inject[...]."
        ) from error


def _reasons(error: ValidationError) -> str:
    return "; ".join(
        f"argument `{'.'.join(map(str, detail['loc']))}`: "
        f"{detail['msg'][:1].lower()}{detail['msg'][1:]}"
        for detail in error.errors(include_url=False, include_input=False)
    )


def _holds_secret(adapter: TypeAdapter[Any]) -> bool:
    try:
        schema = adapter.json_schema(schema_generator=_QuietSchema)
    except PydanticInvalidForJsonSchema:
        return False
    return '"writeOnly": true' in json.dumps(schema)


class _QuietSchema(GenerateJsonSchema):
    def emit_warning(self, kind: JsonSchemaWarningKind, detail: str) -> None:
        """Keep quiet: a default that JSON cannot hold never travels."""
