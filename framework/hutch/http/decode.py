"""Decode: fill a handler's arguments from a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import Headers, QueryParams
from starlette.requests import HTTPConnection
from starlette.types import Scope

from hutch.http.inputs import Input, Inputs
from hutch.http.problem import BadRequest, Unprocessable, UnsupportedMediaType
from hutch.http.request import BoundedRequest

MOST_ERRORS = 100

Detail = dict[str, Any]
Take = Callable[[Scope, dict[str, Any], list[Detail]], None]


class Decoder:
    """Fills the arguments of one handler; what can be known before is known."""

    __slots__ = ("_body", "_connections", "_takes")

    def __init__(self, inputs: Inputs) -> None:
        """Compile the steps of reading what a handler takes."""
        self._takes = _compile(inputs.values)
        self._body = inputs.body
        self._connections = inputs.connections

    def values(self, connection: HTTPConnection) -> dict[str, Any]:
        """Read path, query and headers; pass the connection itself where it is wanted.

        Raises:
            Unprocessable: A value is missing or wrong.
        """
        arguments: dict[str, Any] = dict.fromkeys(self._connections, connection)
        errors: list[Detail] = []
        for take in self._takes:
            take(connection.scope, arguments, errors)
        if errors:
            raise _unprocessable(errors)
        return arguments

    async def body(self, request: BoundedRequest, arguments: dict[str, Any]) -> None:
        """Read and validate the body into the arguments.

        Raises:
            Unprocessable: A value is missing or wrong.
            BadRequest: It is no JSON.
            UnsupportedMediaType: It is not said to be JSON.
            PayloadTooLarge: It is over the limit.
        """
        body = self._body
        if body is None:
            return
        raw = await request.body()
        if not raw and not body.required:
            arguments[body.name] = body.default
            return
        _check_json(request.raw_headers.get(b"content-type", b""))
        try:
            arguments[body.name] = body.adapter.validator.validate_json(raw)
        except ValidationError as error:
            raise _refuse_body(error) from None


def _compile(values: Sequence[Input]) -> list[Take]:
    places: Mapping[str, Callable[[list[Input]], Take]] = {
        "path": _take_path,
        "query": _take_query,
        "header": _take_headers,
    }
    found = {place: [value for value in values if value.place == place] for place in places}
    return [places[place](inputs) for place, inputs in found.items() if inputs]


def _take_path(inputs: list[Input]) -> Take:
    steps = [(i.name, i.alias, _reader_of(i.adapter)) for i in inputs]

    def take(scope: Scope, arguments: dict[str, Any], errors: list[Detail]) -> None:
        texts: dict[str, str] = scope["path_params"]
        for name, alias, validate in steps:
            try:
                arguments[name] = validate(texts[alias])
            except ValidationError as error:
                errors.extend(_details(error, "path", alias))

    return take


def _take_query(inputs: list[Input]) -> Take:
    def take(scope: Scope, arguments: dict[str, Any], errors: list[Detail]) -> None:
        query = QueryParams(scope["query_string"])
        for wanted in inputs:
            _take_texts(wanted, query.getlist(wanted.alias), arguments, errors)

    return take


def _take_headers(inputs: list[Input]) -> Take:
    def take(scope: Scope, arguments: dict[str, Any], errors: list[Detail]) -> None:
        headers = Headers(scope=scope)
        for wanted in inputs:
            _take_texts(wanted, headers.getlist(wanted.alias), arguments, errors)

    return take


def _take_texts(
    wanted: Input, texts: list[str], arguments: dict[str, Any], errors: list[Detail]
) -> None:
    if not texts:
        if wanted.required:
            loc = [wanted.place, wanted.alias]
            errors.append({"loc": loc, "msg": "Field required", "type": "missing"})
        else:
            arguments[wanted.name] = wanted.default
        return
    try:
        arguments[wanted.name] = _validate(wanted, texts)
    except ValidationError as error:
        errors.extend(_details(error, wanted.place, wanted.alias))


def _validate(wanted: Input, texts: list[str]) -> Any:
    # Text becomes a number, date or enum in pydantic's strings mode, which knows no lists.
    if wanted.items is None:
        return _reader_of(wanted.adapter)(texts[-1])
    read = _reader_of(wanted.items)
    return wanted.adapter.validator.validate_python([read(text) for text in texts])


def _reader_of(adapter: TypeAdapter[Any]) -> Callable[[Any], Any]:
    return adapter.validator.validate_strings


def _check_json(content_type: bytes) -> None:
    kind = content_type.partition(b";")[0].strip().lower()
    if kind != b"application/json" and not (
        kind.startswith(b"application/") and kind.endswith(b"+json")
    ):
        raise UnsupportedMediaType("The body must be JSON: send Content-Type: application/json.")


def _refuse_body(error: ValidationError) -> Exception:
    details = _details(error, "body")
    if details[0]["type"] == "json_invalid" and details[0]["loc"] == ["body"]:
        return BadRequest(details[0]["msg"])
    return _unprocessable(details)


def _details(error: ValidationError, *place: str) -> list[Detail]:
    # Never the input: it may be a password.
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [{"loc": [*place, *e["loc"]], "msg": e["msg"], "type": e["type"]} for e in found]


def _unprocessable(errors: list[Detail]) -> Unprocessable:
    return Unprocessable("The request has wrong values.", errors=errors[:MOST_ERRORS])
