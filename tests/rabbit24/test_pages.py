"""The pages: behind a login, below any path."""

import re

import httpx2
import pytest
from tests.rabbit24.running import BEARER, Person, Rabbit

from rabbit24.services import brands


async def test_the_login_page_leads_to_the_registration(rabbit: Rabbit) -> None:
    transport = httpx2.ASGITransport(rabbit.t.app.http, root_path="/rabbit24")
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
        page = (await client.get("/rabbit24/monitor/login")).text
        assert 'You have no account yet? <a href="/rabbit24/register">Register</a>' in page


@pytest.mark.parametrize("path", ["/", "/accounts", "/schedules"])
async def test_pages_lead_to_the_login(rabbit: Rabbit, ada: Person, path: str) -> None:
    page = await ada.client.get(path)
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    anybody = {"accept": "text/html", "cookie": ""}
    ada.client.cookies.clear()
    answer = await ada.client.get(path, headers=anybody)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/monitor/login?next=")


async def test_pages_work_below_a_path(rabbit: Rabbit) -> None:
    transport = httpx2.ASGITransport(rabbit.t.app.http, root_path="/rabbit24")
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
        client.headers.update(BEARER)
        for path in ("/", "/accounts", "/schedules", "/register"):
            page = (await client.get(f"/rabbit24{path}")).text
            assert 'data-root="/rabbit24"' in page
            links = re.findall(r'(?:href|src)="(/[^"]*)"', page)
            assert len(links) >= 5
            assert [link for link in links if not link.startswith("/rabbit24/")] == []


async def test_an_operator_is_shown_so_many_brands_and_their_own_first(
    rabbit: Rabbit, ada: Person, house: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ada.ask("POST", "/api/brands", 201, json={"name": "Another"})
    monkeypatch.setattr(brands, "SHOWN", 2)
    shown = await house.ask("GET", "/api/brands")
    assert [brand["name"] for brand in shown] == ["House", "Another"]
    page = (await house.client.get("/")).text
    assert re.findall(r"<option value=\"\w+\">(\w+)<", page) == ["House", "Another"]
