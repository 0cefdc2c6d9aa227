from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from openapi_spec_validator import validate
from pydantic import BaseModel, Field, computed_field
from starlette.requests import HTTPConnection
from starlette.responses import Response

from hutch import Module, bind
from hutch.http import EventStream, Header, Path, Query, controller, delete, get, guard, post
from hutch.http.docs import FILES, STATIC
from hutch.settings import HttpSettings
from hutch.testing import testing as started


class Order(BaseModel):
    """An order."""

    number: int = Field(ge=1)
    email: str = Field(alias="eMail")
    note: str = ""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def title(self) -> str:
        return f"order {self.number}"


@dataclass
class Page:
    items: list[Order]


class LoggedIn:
    openapi_security = {"token": {"type": "http", "scheme": "bearer"}}

    async def __call__(self, connection: HTTPConnection, /) -> None: ...


@controller("/orders")
class Orders:
    @post("/", status=201)
    @guard(LoggedIn)
    async def create(self, order: Order, dry: bool = False) -> Order:
        """Place an order.

        It is confirmed later.
        """
        return order

    @get("/{number:int}", summary="Read one order")
    async def read(
        self,
        number: Annotated[int, Path(description="Its number", ge=1)],
        x_tenant: Annotated[str, Header(min_length=2)],
    ) -> Order | None:
        """Hidden by the summary."""

    @get("/")
    async def list_all(self, limit: Annotated[int, Query(le=100)] = 20) -> Page:
        return Page([])

    @delete("/{number}")
    async def remove(self, number: int) -> None: ...

    @get("/stream")
    async def stream(self) -> EventStream: ...

    @get("/file")
    @get("/file/copy")
    async def file(self) -> Response: ...


shop = Module("shop", controllers=[Orders])


async def described() -> dict[str, Any]:
    async with started(shop) as t:
        document: dict[str, Any] = (await t.client.get("/openapi.json")).json()
        return document


async def test_the_document_is_valid_openapi() -> None:
    document = await described()
    validate(document)
    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"] == "shop"


async def test_bodies_are_described_as_validated_and_results_as_serialised() -> None:
    document = await described()
    create = document["paths"]["/orders"]["post"]
    schemas = document["components"]["schemas"]

    def at(schema: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = schemas[schema["$ref"].rpartition("/")[2]]
        return found

    taken = at(create["requestBody"]["content"]["application/json"]["schema"])
    given = at(create["responses"]["201"]["content"]["application/json"]["schema"])
    assert set(taken["properties"]) == {"number", "eMail", "note"}
    assert set(given["properties"]) == {"number", "eMail", "note", "title"}
    assert create["requestBody"]["required"] is True
    assert "422" in create["responses"]
    assert "415" in create["responses"]
    assert "application/problem+json" in create["responses"]["default"]["content"]


async def test_texts_tags_and_ids() -> None:
    paths = (await described())["paths"]
    create = paths["/orders"]["post"]
    assert create["summary"] == "Place an order."
    assert create["description"] == "It is confirmed later."
    assert create["tags"] == ["Orders"]
    assert paths["/orders/{number}"]["get"]["summary"] == "Read one order"
    ids = [operation["operationId"] for path in paths.values() for operation in path.values()]
    assert "Orders_create" in ids
    assert len(set(ids)) == len(ids) == 7


async def test_parameters_are_described() -> None:
    parameters = (await described())["paths"]["/orders/{number}"]["get"]["parameters"]
    assert parameters == [
        {
            "name": "number",
            "in": "path",
            "required": True,
            "description": "Its number",
            "schema": {"type": "integer", "minimum": 1, "description": "Its number"},
        },
        {
            "name": "x-tenant",
            "in": "header",
            "required": True,
            "schema": {"type": "string", "minLength": 2},
        },
    ]


async def test_defaults_streams_and_empty_responses() -> None:
    paths = (await described())["paths"]
    limit = paths["/orders"]["get"]["parameters"][0]
    assert (limit["required"], limit["schema"]["default"]) == (False, 20)
    assert "content" not in paths["/orders/{number}"]["delete"]["responses"]["204"]
    stream = paths["/orders/stream"]["get"]["responses"]["200"]
    assert list(stream["content"]) == ["text/event-stream"]
    assert "content" not in paths["/orders/file"]["get"]["responses"]["200"]


async def test_guards_say_what_they_want() -> None:
    document = await described()
    assert document["components"]["securitySchemes"] == LoggedIn.openapi_security
    assert document["paths"]["/orders"]["post"]["security"] == [{"token": []}]
    assert "security" not in document["paths"]["/orders"]["get"]


async def test_the_docs_page_needs_nobody_else() -> None:
    async with started(shop) as t:
        page = await t.client.get("/docs")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<script(?![^>]*src=)|<style|style=|\bon\w+=|https?:", page.text)
        for address in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
            response = await t.client.get(address)
            assert response.status_code == 200, address
            assert response.headers["x-content-type-options"] == "nosniff"
        assert (await t.client.get("/docs/LICENSE.swagger-ui.txt")).status_code == 404
        assert (await t.client.get("/docs/..%2fdocs.py")).status_code == 404


def test_the_licence_lies_beside_the_files() -> None:
    assert "Apache License" in (STATIC / "LICENSE.swagger-ui.txt").read_text()
    assert all((STATIC / name).is_file() for name in FILES)


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/docs/start.js"])
async def test_docs_can_be_switched_off(path: str) -> None:
    settings = bind(HttpSettings).value(HttpSettings(docs=False))
    async with started(Module("shop", controllers=[Orders], providers=[settings])) as t:
        assert (await t.client.get(path)).status_code == 404
