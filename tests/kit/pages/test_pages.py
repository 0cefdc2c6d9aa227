"""Pages: one look, escaped, at whatever path an app is mounted."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from hutch import Module
from hutch.http import TooManyRequests, controller, get, guard, post
from hutch.testing import Testing, testing
from hutch_auth import OPERATOR, RequireRole
from hutch_monitor import monitor_module
from kit.pages import Pages, pages_module


@controller("/")
@dataclass
class Home:
    pages: Pages

    @get("/")
    async def show(self, request: Request) -> Response:
        return self.pages.render(request, "home.html", name="<b>Rabbit</b>")

    @guard(RequireRole(OPERATOR))
    @get("/inside")
    async def inside(self, request: Request) -> Response:
        return self.pages.render(request, "home.html", name="in")

    @get("/busy")
    async def busy(self) -> None:
        raise TooManyRequests(7, "<i>Not so fast.</i>")

    @post("/broken")
    async def broken(self) -> None:
        raise RuntimeError("a secret")


@pytest.fixture
async def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Testing]:
    package = tmp_path / "pageapp"
    (package / "templates").mkdir(parents=True)
    (package / "static").mkdir()
    (package / "__init__.py").touch()
    (package / "static" / "own.js").write_text("1;")
    (package / "static" / "secret.txt").write_text("no")
    page = "{% extends 'base.html' %}{% block main %}<p>{{ name }}</p>{% endblock %}"
    (package / "templates" / "home.html").write_text(page)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setenv("HUTCH_AUTH__OPERATOR_TOKEN", "0123456789abcdef")
    pages = pages_module("pageapp", "Burrow", ("Home", "/"), ("Queues", "/monitor/saq/"))
    root = Module("root", imports=[pages, monitor_module()], controllers=[Home])
    async with testing(root) as t:
        yield t


async def test_a_page_escapes_what_it_shows_and_may_not_be_framed(app: Testing) -> None:
    answer = await app.client.get("/")
    assert "<p>&lt;b&gt;Rabbit&lt;/b&gt;</p>" in answer.text
    assert '<a href="/" aria-current="page">Home</a>' in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_files_come_from_a_list(app: Testing) -> None:
    assert (
        (await app.client.get("/static/pages.css")).headers["content-type"].startswith("text/css")
    )
    assert (await app.client.get("/static/own.js")).text == "1;"
    for name in ("secret.txt", "..%2f__init__.py", "none.css"):
        assert (await app.client.get(f"/static/{name}")).status_code == 404


async def test_a_person_is_led_to_the_login_and_a_program_is_told(app: Testing) -> None:
    page = {"accept": "text/html"}
    answer = await app.client.get("/inside?a=1", headers=page, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/monitor/login?next=/inside%3Fa%3D1"
    assert (await app.client.get("/inside")).status_code == 401
    bearer = {"authorization": "Bearer 0123456789abcdef"}
    assert (await app.client.get("/inside", headers=bearer)).status_code == 200


PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def test_people_get_problems_as_pages_and_programs_as_json(app: Testing) -> None:
    answer = await app.client.get("/busy", headers=PAGE)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "<h1>Too Many Requests</h1>" in answer.text
    assert "&lt;i&gt;Not so fast.&lt;/i&gt;" in answer.text
    plain = await app.client.get("/busy")
    assert plain.headers["content-type"] == "application/problem+json"
    assert plain.json()["detail"] == "<i>Not so fast.</i>"
    head = await app.client.head("/busy", headers=PAGE)
    assert (head.status_code, head.content) == (429, b"")


@pytest.mark.parametrize(
    ("method", "path", "status", "title"),
    [
        ("GET", "/nowhere", 404, "Not Found"),
        ("GET", "/busy/", 429, "Too Many Requests"),
        ("DELETE", "/", 405, "Method Not Allowed"),
        ("POST", "/broken", 500, "Internal Server Error"),
        ("POST", "/inside", 405, "Method Not Allowed"),
    ],
)
async def test_whatever_part_tells_the_problem_it_is_a_page(
    app: Testing, method: str, path: str, status: int, title: str
) -> None:
    answer = await app.client.request(method, path, headers=PAGE)
    assert answer.status_code == status
    assert f"<h1>{title}</h1>" in answer.text
    assert '<a href="/">To the start</a>' in answer.text
    assert "a secret" not in answer.text
    assert ("allow" in answer.headers) is (status == 405)
    if status == 500:
        assert f"<code>{answer.headers['x-request-id']}</code>" in answer.text
