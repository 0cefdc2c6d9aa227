"""A session by QR code: shown, renewed, scanned, used, logged out; over real sockets."""

from __future__ import annotations

import base64

import pytest

from kit.platforms import (
    Connected,
    FailPermanent,
    LoggedOut,
    NeedsReauth,
    PlatformSettings,
    QrCode,
    WhatsAppClient,
    WhatsAppPairing,
)
from kit.sandbox.whatsapp.hook import Hook

PERSON = "+4915112345678"


def at(sandbox, path: str = "") -> str:
    return f"{sandbox.url}/_sandbox/whatsapp/sessions{path}"


@pytest.fixture
def pairing(on_whatsapp) -> WhatsAppPairing:
    settings = on_whatsapp.settings(whatsapp_pairing_url=at(on_whatsapp))
    return WhatsAppPairing(on_whatsapp.http, settings)


@pytest.mark.req("SM-28")
async def test_a_code_is_scanned_and_the_account_sends_until_it_is_logged_out(
    pairing: WhatsAppPairing, whatsapp: WhatsAppClient, on_whatsapp
):
    session = await pairing.start("shop")
    events = pairing.events(session)
    code = await anext(events)
    assert isinstance(code, QrCode)
    assert 0 < code.expires_in <= 20
    assert code.payload not in repr(code)

    scan = {"qr": code.payload}
    scanned = await on_whatsapp.http.post(at(on_whatsapp, f"/{session}/scan"), json=scan)
    assert (scanned.status_code, scanned.json()["state"]) == (200, "connected")
    assert "access_token" not in scanned.json()
    connected = await anext(events)
    assert isinstance(connected, Connected)
    token, number = connected.token, connected.phone_number_id
    assert await whatsapp.send_text(token, number, to=PERSON, body="Hello")

    await pairing.log_out(session)
    assert isinstance(await anext(events), LoggedOut)
    assert await anext(events, None) is None
    with pytest.raises(NeedsReauth):
        await whatsapp.send_text(token, number, to=PERSON, body="Hello again")


@pytest.mark.req("SM-28")
async def test_a_code_that_has_ended_is_replaced(pairing: WhatsAppPairing, on_whatsapp, travel):
    session = await pairing.start("shop")
    events = pairing.events(session)
    old = await anext(events)
    travel(20)
    new = await anext(events)

    assert isinstance(old, QrCode)
    assert isinstance(new, QrCode)
    assert new.payload.split(":")[2] == "1"
    assert new.payload.split(":")[3] != old.payload.split(":")[3]
    for qr in (old.payload, "made up", ""):
        refused = await on_whatsapp.http.post(at(on_whatsapp, f"/{session}/scan"), json={"qr": qr})
        assert (refused.status_code, refused.json()["title"]) == (409, "Conflict")
    told = await on_whatsapp.http.get(at(on_whatsapp, f"/{session}"))
    assert told.json()["state"] == "qr"
    assert base64.b64decode(new.image).startswith(b"\x89PNG")


async def test_a_code_works_once(pairing: WhatsAppPairing, on_whatsapp):
    session = await pairing.start("shop")
    code = await anext(pairing.events(session))
    assert isinstance(code, QrCode)
    answers = [
        await on_whatsapp.http.post(at(on_whatsapp, f"/{session}/scan"), json={"qr": code.payload})
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 409]


async def test_the_page_is_told_of_sessions_without_their_token(pairing, on_whatsapp):
    session = await pairing.start("shop")
    code = await anext(pairing.events(session))
    await on_whatsapp.http.post(at(on_whatsapp, f"/{session}/scan"), json={"qr": code.payload})
    connected = await anext(pairing.events(session))

    state = await on_whatsapp.http.get(f"{on_whatsapp.url}/_sandbox/state")

    assert state.json()["whatsapp"]["sessions"][0]["phone_number_id"] == connected.phone_number_id
    assert connected.token.get_secret_value() not in state.text


async def test_an_unknown_session_is_refused(pairing: WhatsAppPairing):
    with pytest.raises(FailPermanent, match="answered 404"):
        await anext(pairing.events("0123456789abcdef"))
    with pytest.raises(FailPermanent, match="no id of a session"):
        await pairing.log_out("../accounts")


async def test_the_cloud_api_has_no_codes(on_whatsapp):
    with pytest.raises(FailPermanent, match=r"set platforms\.whatsapp_pairing_url to a server"):
        await WhatsAppPairing(on_whatsapp.http, PlatformSettings()).start("shop")


async def test_an_app_that_is_away_is_no_error_of_the_sandbox(on_whatsapp):
    on_whatsapp.state.whatsapp.hook = Hook("http://127.0.0.1:9/", "v", "s")
    try:
        new = {"phone_number_id": on_whatsapp.user_id, "sender": PERSON, "text": "Hello"}
        answer = await on_whatsapp.http.post(
            f"{on_whatsapp.url}/_sandbox/whatsapp/incoming", json=new
        )
    finally:
        on_whatsapp.state.whatsapp.hook = None

    assert (answer.status_code, answer.json()) == (201, {"answers": [0]})


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_no_other_web_page_may_use_the_sandbox(on_whatsapp, site: str):
    headers = {"sec-fetch-site": site}

    for method, path in (("POST", "accounts"), ("GET", "state"), ("POST", "world")):
        answer = await on_whatsapp.http.request(
            method, f"{on_whatsapp.url}/_sandbox/{path}", headers=headers
        )
        assert answer.status_code == 403

    page = await on_whatsapp.http.get(on_whatsapp.url, headers=headers)
    assert page.status_code == 200
