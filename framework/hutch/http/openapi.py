"""OpenAPI: describe what an app serves, as OpenAPI 3.1."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http.client import responses
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import PARAM_REGEX

from hutch.http.declare import WEBSOCKET, Guard, Operation
from hutch.http.events import EventStream
from hutch.http.inputs import Input, Inputs
from hutch.http.problem import MEDIA_TYPE

_REF = "#/components/schemas/{model}"
_PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "What went wrong: RFC 9457.",
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "default": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
    "required": ["type", "title", "status"],
    "additionalProperties": True,
}
_Key = tuple[int, str]
_Schemas = Mapping[tuple[_Key, JsonSchemaMode], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Described:
    """What the description of one served operation is made of.

    Attributes:
        owner: The controller.
        function: The handler.
        operation: What it serves.
        path: The whole path.
        inputs: What it takes.
        guards: Who decides; their ``openapi_security`` is described.
        status: Of its response.
        adapter: Of its JSON; None where it returns none.
        returns: Its return hint.
    """

    owner: type[Any]
    function: Any
    operation: Operation
    path: str
    inputs: Inputs
    guards: Sequence[Guard]
    status: int
    adapter: TypeAdapter[Any] | None
    returns: Any


class Description:
    """Serves ``/openapi.json``; the document is made when somebody first asks."""

    def __init__(self, title: str, described: Iterable[Described]) -> None:
        """Remember what to describe."""
        self._title = title
        self._described = [d for d in described if d.operation.method != WEBSOCKET]
        self._document: dict[str, Any] | None = None

    async def __call__(self, request: Request) -> Response:
        """Answer with the document; below a root path it says so."""
        if self._document is None:
            self._document = document(self._title, self._described)
        root = request.scope.get("root_path", "")
        servers = {"servers": [{"url": root}]} if root else {}
        return JSONResponse({**self._document, **servers})


def document(title: str, described: Sequence[Described]) -> dict[str, Any]:
    """Make the OpenAPI document.

    Source: OpenAPI 3.1.1; the schemas are pydantic's, requests as it validates and
    responses as it serialises.
    """
    schemas, definitions = _schemas(described)
    paths: dict[str, dict[str, Any]] = {}
    security: dict[str, Any] = {}
    ids = _unique_ids(described)
    for number, one in enumerate(described):
        writer = _Writer(number, one, schemas)
        template = PARAM_REGEX.sub(r"{\1}", one.path)
        entry = {"operationId": ids[number], **writer.operation()}
        paths.setdefault(template, {})[one.operation.method.lower()] = entry
        security.update(writer.schemes())
    components: dict[str, Any] = {"schemas": {"Problem": _PROBLEM, **definitions}}
    if security:
        components["securitySchemes"] = security
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1"},
        "paths": paths,
        "components": components,
    }


def _schemas(described: Sequence[Described]) -> tuple[_Schemas, dict[str, Any]]:
    wanted: list[tuple[_Key, JsonSchemaMode, TypeAdapter[Any]]] = []
    for number, one in enumerate(described):
        taken = [*one.inputs.values, *([one.inputs.body] if one.inputs.body else [])]
        for found in taken:
            wanted.append(((number, found.name), "validation", found.adapter))
        if one.adapter is not None:
            wanted.append(((number, "return"), "serialization", one.adapter))
    schemas, rest = TypeAdapter.json_schemas(wanted, ref_template=_REF)
    return schemas, rest.get("$defs", {})


def _unique_ids(described: Sequence[Described]) -> list[str]:
    ids: list[str] = []
    for one in described:
        name = f"{one.owner.__name__}_{one.function.__name__}"
        same = sum(taken == name or taken.startswith(f"{name}__") for taken in ids)
        ids.append(f"{name}__{same + 1}" if same else name)
    return ids


class _Writer:
    """Writes the operation object of one handler."""

    def __init__(self, number: int, one: Described, schemas: _Schemas) -> None:
        self.number = number
        self.one = one
        self.schemas = schemas

    def operation(self) -> dict[str, Any]:
        """Write the operation without its id."""
        one = self.one
        first, _, rest = (inspect.getdoc(one.function) or "").partition("\n")
        written: dict[str, Any] = {"tags": [one.owner.__name__]}
        _put(written, "summary", one.operation.summary or first)
        _put(written, "description", rest.strip())
        _put(written, "parameters", [self._parameter(value) for value in one.inputs.values])
        if one.inputs.body:
            content = {"application/json": {"schema": self._schema(one.inputs.body.name)}}
            body = {"required": one.inputs.body.required, "content": content}
            _put(body, "description", one.inputs.body.marker.description)
            written["requestBody"] = body
        written["responses"] = {str(one.status): self._response(), **self._problems()}
        _put(written, "security", [{name: [] for name in self.schemes()}] if self.schemes() else [])
        return written

    def schemes(self) -> dict[str, Any]:
        """Collect what the guards say of security."""
        found: dict[str, Any] = {}
        for guard in self.one.guards:
            found.update(getattr(guard, "openapi_security", {}))
        return found

    def _schema(self, name: str) -> dict[str, Any]:
        mode: JsonSchemaMode = "serialization" if name == "return" else "validation"
        return dict(self.schemas[(self.number, name), mode])

    def _parameter(self, value: Input) -> dict[str, Any]:
        schema = self._schema(value.name)
        written = {"name": value.alias, "in": value.place, "required": value.required}
        _put(written, "description", value.marker.description)
        return {**written, "schema": schema}

    def _response(self) -> dict[str, Any]:
        response: dict[str, Any] = {"description": responses.get(self.one.status, "Response")}
        if self.one.adapter is not None:
            response["content"] = {"application/json": {"schema": self._schema("return")}}
        elif inspect.isclass(self.one.returns) and issubclass(self.one.returns, EventStream):
            response["content"] = {"text/event-stream": {"schema": {"type": "string"}}}
        return response

    def _problems(self) -> dict[str, Any]:
        inputs = self.one.inputs
        statuses = ([400, 413, 415] if inputs.body else []) + ([422] if self._takes() else [])
        return {
            **{str(status): _problem(responses[status]) for status in statuses},
            "default": _problem("Any other problem"),
        }

    def _takes(self) -> bool:
        return bool(self.one.inputs.values or self.one.inputs.body)


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": _REF.format(model="Problem")}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def _put(target: dict[str, Any], name: str, value: Any) -> None:
    if value:
        target[name] = value
