"""WhatsApp is connected by a QR code, for a day, and again after that."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from tests.secondme.conftest import Start
from tests.secondme.running import ADA, Me, Phone, has, hearing, until

from hutch_vault import Key
from kit.platforms import FailPermanent, PlatformError, QrCode, RetryBackoff, WhatsAppPairing
from kit.sandbox import Fault
from kit.sandbox.whatsapp import sessions
from secondme.services.connection import Connection


@pytest.fixture
def by_qr(environment: pytest.MonkeyPatch, phone: Phone) -> pytest.MonkeyPatch:
    url = f"{phone.url}/_sandbox/whatsapp/sessions"
    environment.setenv("HUTCH_PLATFORMS__WHATSAPP_PAIRING_URL", url)
    return environment


@pytest.fixture
async def unpaired(by_qr: pytest.MonkeyPatch, start: Start) -> AsyncIterator[Me]:
    async with start() as me:
        await me.hooked()
        yield me


async def shown(me: Me, other_than: str = "") -> str:
    """Wait for a QR code on the dashboard."""
    found: list[str] = []

    async def there() -> bool:
        qr = (await me.connection())["qr"]
        found[:] = [qr["qrCode"]] if qr else []
        return bool(found) and found[0] != other_than

    await until(there)
    return found[0]


async def scan(me: Me, other_than: str = "") -> str:
    """Scan the code on the dashboard, as the phone would; return the number that is connected."""
    async with asyncio.timeout(20), httpx2.AsyncClient() as client:
        while True:
            picture = await shown(me, other_than)
            for session in me.phone.state.whatsapp.sessions.values():
                if session.plain().get("image") == picture:
                    url = f"{me.phone.url}/_sandbox/whatsapp/sessions/{session.id}/scan"
                    answer = await client.post(url, json={"qr": session.qr})
                    if answer.status_code == 200:  # else another one has just taken its place
                        return str(answer.json()["phone_number_id"])
            await asyncio.sleep(0.1)


async def kept(me: Me) -> dict[bytes, bytes]:
    client: Any = me.redis.state
    return dict(await client.hgetall(me.redis.key("SESSION", "user-1")))


@pytest.mark.req("SM-01", "SM-02", "SM-20", "SM-28", "SM-41")
async def test_a_qr_code_is_told_shown_scanned_and_the_session_is_kept(unpaired: Me) -> None:
    me = unpaired
    async with hearing(me, "events:qr") as codes, hearing(me, "events:connection") as told:
        picture = await shown(me)
        assert base64.b64decode(picture).startswith(b"\x89PNG")
        number = await scan(me)
        await me.is_connected()
        await has(told)
    assert told == [{"connected": True}]
    for code in codes:
        assert set(code) == {"qrCode", "expiresIn"}
        assert 0 < code["expiresIn"] <= 20_000
    connection = await me.connection()
    assert connection["qr"] is None
    assert connection["expiresAt"] - connection["connectedAt"] == 24 * 3_600_000
    record = await kept(me)
    assert set(record) == {b"token", b"connectedAt", b"expiresAt"}
    assert int(record[b"expiresAt"]) == connection["expiresAt"]
    [session] = me.phone.state.whatsapp.sessions.values()
    assert session.grant is not None
    assert session.grant.pair.access.encode() not in record[b"token"]
    assert number.encode() not in record[b"token"]


@pytest.mark.slow
@pytest.mark.req("SM-28")
async def test_a_code_that_has_ended_is_replaced(
    unpaired: Me, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "RENEWED", 2.0)
    async with hearing(unpaired, "events:qr") as codes:
        first = await shown(unpaired)
        second = await shown(unpaired, other_than=first)

        async def told() -> bool:
            return second in [code["qrCode"] for code in codes]

        await until(told)
    assert first != second
    monkeypatch.setattr(sessions, "RENEWED", 60.0)
    await scan(unpaired, other_than=second)
    await unpaired.is_connected()


@pytest.mark.slow
@pytest.mark.req("SM-29")
async def test_a_session_that_has_ended_asks_for_a_new_scan(
    by_qr: pytest.MonkeyPatch, start: Start
) -> None:
    by_qr.setenv("HUTCH_SESSION__CREDENTIAL_LIFETIME", "2")
    async with start() as me:
        first = await shown(me)
        await scan(me)
        await me.is_connected()
        async with hearing(me, "events:qr") as codes:
            await me.is_connected(False)
            await has(codes)
        assert await shown(me) != first


@pytest.mark.req("SM-31")
async def test_when_redis_has_lost_the_session_it_is_scanned_again(unpaired: Me) -> None:
    me = unpaired
    await scan(me)
    await me.is_connected()
    client: Any = me.redis.state
    await client.delete(me.redis.key("SESSION", "user-1"))
    number = await scan(me)
    await me.is_connected()
    await me.enabled(ADA)
    new = {"phone_number_id": number, "sender": ADA, "text": "back again"}
    async with httpx2.AsyncClient() as http:
        await http.post(f"{me.phone.url}/_sandbox/whatsapp/incoming", json=new)
    await me.come_to("ANSWERED", "back again")
    [sent] = me.phone.state.whatsapp.of(number)
    assert "back again" in sent.text


@pytest.mark.slow
async def test_logging_out_ends_the_token_and_shows_a_new_code(unpaired: Me) -> None:
    me = unpaired
    await scan(me)
    await me.is_connected()
    async with hearing(me, "events:connection") as told:
        await me.post("/api/disconnect")
        await shown(me)
        await has(told)
    assert told[0] == {"connected": False}
    first = next(iter(me.phone.state.whatsapp.sessions.values()))
    assert first.state is sessions.SessionState.LOGGED_OUT
    assert await kept(me) == {}


async def test_a_token_that_whatsapp_refuses_is_forgotten_and_the_message_is_reviewed(
    unpaired: Me,
) -> None:
    me = unpaired
    number = await scan(me)
    await me.is_connected()
    await me.enabled(ADA)
    me.phone.fault(Fault.EXPIRED_TOKEN)
    new = {"phone_number_id": number, "sender": ADA, "text": "too late"}
    async with httpx2.AsyncClient() as http:
        await http.post(f"{me.phone.url}/_sandbox/whatsapp/incoming", json=new)
    await me.come_to("REVIEW", "too late")
    assert (await me.messages())["too late"]["reason"] == "not_connected"
    assert await shown(me)


@pytest.mark.req("SM-28")
@pytest.mark.parametrize(
    ("error", "stays"), [(RetryBackoff("away"), True), (FailPermanent("gone"), False)]
)
async def test_a_code_stays_good_though_it_cannot_be_looked_at_for_a_moment(
    by_qr: pytest.MonkeyPatch, start: Start, error: PlatformError, stays: bool
) -> None:
    async def failing(*_: Any) -> AsyncIterator[QrCode]:
        raise error
        yield

    async with start(services=False) as me:
        await me.t.get(Connection).keep()
        picture = await shown(me)
        with by_qr.context() as patch:
            patch.setattr(WhatsAppPairing, "events", failing)
            await me.t.get(Connection).keep()
        assert ((await me.connection())["qr"] is not None) is stays
        await me.t.get(Connection).keep()
        assert (await shown(me) == picture) is stays


async def test_while_nobody_has_scanned_messages_wait_for_a_person(unpaired: Me) -> None:
    await unpaired.enabled(ADA)
    await unpaired.write(ADA, "anybody there")
    await unpaired.come_to("REVIEW", "anybody there")
    assert (await unpaired.messages())["anybody there"]["reason"] == "not_connected"


async def test_without_token_or_qr_codes_the_log_says_what_to_set(
    environment: pytest.MonkeyPatch, start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.delenv("HUTCH_SECONDME__ACCESS_TOKEN")
    logged: list[str] = []
    async with start() as me:

        async def said() -> bool:
            logged.append(capsys.readouterr().out)
            return "HUTCH_SECONDME__ACCESS_TOKEN" in "".join(logged)

        await until(said)
        assert (await me.connection())["connected"] is False


@pytest.mark.slow
async def test_the_sandbox_being_away_is_said_and_tried_again(
    by_qr: pytest.MonkeyPatch, start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    by_qr.setenv("HUTCH_PLATFORMS__WHATSAPP_PAIRING_URL", "http://127.0.0.1:9/sessions")
    logged: list[str] = []
    async with start():

        async def said_twice() -> bool:
            logged.append(capsys.readouterr().out)
            return "".join(logged).count("WhatsApp is not connected") >= 2

        await until(said_twice)


@pytest.mark.slow
@pytest.mark.req("SM-02")
async def test_after_a_change_of_the_vaults_key_the_session_still_opens(
    environment: pytest.MonkeyPatch, start: Start
) -> None:
    async with start() as me:
        await me.is_connected()
        record = await kept(me)
    new = Key.generate("new").text()
    environment.setenv("HUTCH_VAULT__KEYS", f"{new},{os.environ['HUTCH_VAULT__KEYS']}")
    async with start(services=False) as me:
        assert (await me.connection())["connected"] is True
        assert await kept(me) == record
