"""OpenAPI: describe what an app serves, as OpenAPI 3.1."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from http.client import responses
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import PARAM_REGEX

from hutch.http.declare import WEBSOCKET
from hutch.http.events import EventStream
from hutch.http.inputs import Input
from hutch.http.problem import MEDIA_TYPE
from hutch.http.route import Route

_REF = "#/components/schemas/{model}"
_PROBLEM: dict[str, Any] = {
    "title": "ProblemDetails",
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


class Description:
    """Serves ``/openapi.json``; the document is made when somebody first asks."""

    def __init__(self, title: str, routes: Iterable[Route]) -> None:
        """Remember what to describe."""
        self._title = title
        self._routes = [route for route in routes if route.operation.method != WEBSOCKET]
        self._document: dict[str, Any] | None = None

    async def __call__(self, request: Request) -> Response:
        """Answer with the document; below a root path it says so."""
        if self._document is None:
            self._document = document(self._title, self._routes)
        root = request.scope.get("root_path", "")
        servers = {"servers": [{"url": root}]} if root else {}
        return JSONResponse({**self._document, **servers})


def document(title: str, routes: Sequence[Route]) -> dict[str, Any]:
    """Make the OpenAPI document.

    Source: OpenAPI 3.1.1; the schemas are pydantic's, requests as it validates and
    responses as it serialises.
    """
    schemas, definitions = _schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    security: dict[str, Any] = {}
    ids = _unique_ids(routes)
    for number, route in enumerate(routes):
        writer = _Writer(number, route, schemas)
        template = PARAM_REGEX.sub(r"{\1}", route.path)
        entry = {"operationId": ids[number], **writer.operation()}
        paths.setdefault(template, {})[route.operation.method.lower()] = entry
        security.update(writer.schemes())
    components: dict[str, Any] = {"schemas": {_PROBLEM["title"]: _PROBLEM, **definitions}}
    if security:
        components["securitySchemes"] = security
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1"},
        "paths": paths,
        "components": components,
    }


def _schemas(routes: Sequence[Route]) -> tuple[_Schemas, dict[str, Any]]:
    wanted: list[tuple[_Key, JsonSchemaMode, TypeAdapter[Any]]] = []
    for number, route in enumerate(routes):
        taken = [*route.inputs.values, *([route.inputs.body] if route.inputs.body else [])]
        for found in taken:
            wanted.append(((number, found.name), "validation", found.adapter))
        if route.encoder.adapter is not None:
            wanted.append(((number, "return"), "serialization", route.encoder.adapter))
    schemas, rest = TypeAdapter.json_schemas(wanted, ref_template=_REF)
    return schemas, rest.get("$defs", {})


def _unique_ids(routes: Sequence[Route]) -> list[str]:
    ids: list[str] = []
    for route in routes:
        name = f"{route.owner.__name__}_{route.function.__name__}"
        same = sum(taken == name or taken.startswith(f"{name}__") for taken in ids)
        ids.append(f"{name}__{same + 1}" if same else name)
    return ids


class _Writer:
    """Writes the operation object of one handler."""

    def __init__(self, number: int, route: Route, schemas: _Schemas) -> None:
        self.number = number
        self.route = route
        self.schemas = schemas

    def operation(self) -> dict[str, Any]:
        """Write the operation without its id."""
        route = self.route
        first, _, rest = (inspect.getdoc(route.function) or "").partition("\n")
        written: dict[str, Any] = {"tags": [route.owner.__name__]}
        _put(written, "summary", route.operation.summary or first)
        _put(written, "description", rest.strip())
        _put(written, "parameters", [self._parameter(value) for value in route.inputs.values])
        if route.inputs.body:
            content = {"application/json": {"schema": self._schema(route.inputs.body.name)}}
            body = {"required": route.inputs.body.required, "content": content}
            _put(body, "description", route.inputs.body.marker.description)
            written["requestBody"] = body
        written["responses"] = {str(route.encoder.status): self._response(), **self._problems()}
        _put(written, "security", [{name: [] for name in self.schemes()}] if self.schemes() else [])
        return written

    def schemes(self) -> dict[str, Any]:
        """Collect what the guards say of security."""
        found: dict[str, Any] = {}
        for guard in self.route.guards:
            found.update(getattr(guard, "openapi_security", {}))
        return found

    def _schema(self, name: str) -> dict[str, Any]:
        mode: JsonSchemaMode = "serialization" if name == "return" else "validation"
        return dict(self.schemas[(self.number, name), mode])

    def _parameter(self, value: Input) -> dict[str, Any]:
        schema = self._schema(value.name)
        if not value.required and value.default is not None:
            schema["default"] = value.adapter.dump_python(value.default, mode="json")
        written: dict[str, Any] = {
            "name": value.alias,
            "in": value.place,
            "required": value.required,
        }
        _put(written, "description", value.marker.description)
        return {**written, "schema": schema}

    def _response(self) -> dict[str, Any]:
        response: dict[str, Any] = {
            "description": responses.get(self.route.encoder.status, "Response")
        }
        if self.route.encoder.adapter is not None:
            response["content"] = {"application/json": {"schema": self._schema("return")}}
        elif inspect.isclass(self.route.encoder.hint) and issubclass(
            self.route.encoder.hint, EventStream
        ):
            response["content"] = {"text/event-stream": {"schema": {"type": "string"}}}
        return response

    def _problems(self) -> dict[str, Any]:
        inputs = self.route.inputs
        statuses = ([400, 413, 415] if inputs.body else []) + ([422] if self._takes() else [])
        return {
            **{str(status): _problem(responses[status]) for status in statuses},
            "default": _problem("Any other problem"),
        }

    def _takes(self) -> bool:
        return bool(self.route.inputs.values or self.route.inputs.body)


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": _REF.format(model=_PROBLEM["title"])}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def _put(target: dict[str, Any], name: str, value: Any) -> None:
    if value:
        target[name] = value
