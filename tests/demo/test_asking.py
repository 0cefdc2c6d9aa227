"""Who asks in the demo asks again, and says in the end what nobody answered."""

from __future__ import annotations

import httpx2
import pytest

from demo.plays import asking
from demo.plays.asking import answer_to
from demo.processes import DemoError

AWAY, THERE = httpx2.Response(503), httpx2.Response(200, text="here")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "AGAIN", 0)


def client(*answers: httpx2.Response | Exception) -> httpx2.AsyncClient:
    """Speak to an app that gives these answers, the last of them for ever."""
    script = list(answers)

    async def answer(_: httpx2.Request) -> httpx2.Response:
        found = script.pop(0) if script[1:] else script[0]
        if isinstance(found, Exception):
            raise found
        return found

    transport = httpx2.MockTransport(answer)
    return httpx2.AsyncClient(transport=transport, base_url="http://house/shop")


async def test_what_is_away_is_asked_again() -> None:
    async with client(httpx2.ConnectError("refused"), AWAY, THERE) as shop:
        assert (await answer_to(shop, "GET", "/api/orders")).text == "here"


@pytest.mark.parametrize("answer", [AWAY, httpx2.ConnectError("refused")])
async def test_what_stays_away_is_named(
    monkeypatch: pytest.MonkeyPatch, answer: httpx2.Response | Exception
) -> None:
    monkeypatch.setattr(asking, "PATIENCE", 0.02)
    told = r"^POST http://house/shop/api/orders was not answered within 0\.02 s\.$"
    async with client(answer) as shop:
        with pytest.raises(DemoError, match=told):
            await answer_to(shop, "POST", "/api/orders", json={"count": 1})


async def test_a_refusal_is_an_answer() -> None:
    async with client(httpx2.Response(500)) as shop:
        assert (await answer_to(shop, "GET", "/api/orders")).status_code == 500
