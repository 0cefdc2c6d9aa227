"""The webhook: WhatsApp is let in, nobody else; nothing is lost, nothing is taken twice."""

from typing import Any

import httpx2
import pytest
from tests.secondme.conftest import Start
from tests.secondme.running import (
    ADA,
    APP_SECRET,
    HOOK,
    VERIFY_TOKEN,
    Me,
    incoming,
    sign,
    told,
    until,
)

from secondme.models import MessageState
from secondme.schemas import ChatMessage, Direction
from secondme.services.conversation import Conversation


@pytest.fixture
async def quiet(start: Start) -> Any:
    """Without services: what the webhook leaves behind stays where it is."""
    async with start(services=False) as me:
        yield me


async def waiting(me: Me) -> int:
    client: Any = me.redis.state
    return int(await client.xlen(me.redis.key("QUEUE", "messages")))


async def test_the_address_is_verified(quiet: Me) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "17"}
    answer = await quiet.client.get(HOOK, params=query)
    assert (answer.status_code, answer.text) == (200, "17")
    wrong = await quiet.client.get(HOOK, params=query | {"hub.verify_token": "guess"})
    assert wrong.status_code == 403
    assert "whatsapp_verify_token" in wrong.json()["detail"]


@pytest.mark.parametrize("signature", ["", "sha256=00", sign(b"{}", "another secret")])
async def test_a_forged_call_is_refused_and_leaves_nothing(quiet: Me, signature: str) -> None:
    forged = await quiet.hook(told("1", {"messages": [incoming(ADA, "x")]}), signature)
    assert forged.status_code == 403
    assert "X-Hub-Signature-256 is missing or does not fit" in forged.json()["detail"]
    assert await waiting(quiet) == 0
    assert await quiet.get("/api/contacts") == []


async def test_the_signature_is_of_the_bytes_as_they_came(quiet: Me) -> None:
    body = b'{"object": "whatsapp_business_account",  "entry": []}'
    assert (await quiet.hook(body)).status_code == 200
    assert (await quiet.hook(body, sign(body.replace(b"  ", b" ")))).status_code == 403


async def test_a_batch_of_three_megabytes_is_taken_and_more_is_refused(quiet: Me) -> None:
    long = [incoming(ADA, "x" * 4096) for _ in range(700)]
    assert (await quiet.hook(told("1", {"messages": long}))).status_code == 200
    assert await waiting(quiet) == 700
    assert (await quiet.hook(b"x" * (4 * 1024 * 1024 + 1))).status_code == 413


async def test_a_signed_body_that_is_none_of_whatsapps_is_a_400(quiet: Me) -> None:
    answer = await quiet.hook(b"[1]")
    assert answer.status_code == 400
    assert "This is no webhook of WhatsApp" in answer.json()["detail"]


@pytest.mark.req("SM-08", "SM-11")
async def test_what_waits_is_spelled_as_documented_and_its_number_is_hidden(quiet: Me) -> None:
    await quiet.hook(told("1", {"messages": [incoming(ADA, "Hello 👋", wamid="wamid.A1")]}))
    client: Any = quiet.redis.state
    [(_, entry)] = await client.xrange(quiet.redis.key("QUEUE", "messages"))
    fields = {name.decode(): text.decode() for name, text in entry.items()}
    [contact] = await quiet.get("/api/contacts")
    assert set(fields) == {
        "messageId", "contactId", "content", "timestamp", "direction", "fromMe",
    }  # fmt: skip
    assert (fields["contactId"], fields["content"]) == (contact["id"], "Hello 👋")
    assert (fields["direction"], fields["fromMe"]) == ("incoming", "false")
    assert len(fields["timestamp"]) == 13
    assert ADA.removeprefix("+") not in str(fields)
    assert "wamid" not in fields["messageId"]
    assert contact["number"] == ADA.removeprefix("+")
    assert contact["enabled"] is False


async def test_extra_fields_and_unknown_kinds_of_a_newer_version_are_passed_over(quiet: Me) -> None:
    newer = incoming(ADA, "hi") | {"mood": {"score": 1}}
    value = {"messages": [newer], "calls": [{"id": "1"}]}
    payload = told("1", value) | {"api": 99}
    assert (await quiet.hook(payload)).status_code == 200
    assert (await quiet.hook(told("1", {"x": 1}, field="flows"))).status_code == 200
    assert await waiting(quiet) == 1


async def test_another_number_of_the_same_app_is_left_alone(me: Me) -> None:
    await me.enabled(ADA)
    answer = await me.hook(told("999", {"messages": [incoming(ADA, "not for me")]}))
    assert answer.status_code == 200
    await me.write(ADA, "for me")
    await me.come_to("ANSWERED", "for me")
    assert list(await me.states()) == ["for me"]


async def test_while_redis_is_away_whatsapp_is_asked_to_come_back(
    environment: pytest.MonkeyPatch, start: Start
) -> None:
    environment.setenv("REDIS_URL", "redis://127.0.0.1:9")
    async with start(services=False) as me:
        answer = await me.hook(told("1", {"messages": [incoming(ADA, "x")]}))
        assert answer.status_code == 503


async def test_without_the_apps_secret_nothing_is_believed(
    environment: pytest.MonkeyPatch, start: Start
) -> None:
    environment.delenv("HUTCH_PLATFORMS__WHATSAPP_APP_SECRET")
    async with start(services=False) as me:
        answer = await me.hook(b"{}", sign(b"{}", APP_SECRET))
        assert answer.status_code == 503
        assert "platforms.whatsapp_app_secret is not set" in answer.json()["detail"]


async def test_statuses_rise_and_never_fall(me: Me) -> None:
    await me.enabled(ADA)
    await me.write(ADA, "hello")

    async def is_read() -> bool:
        return (await me.messages()).get("hello", {}).get("delivery") == "read"

    await until(is_read)
    id = (await me.messages())["hello"]["id"]

    def status(name: str, reference: str = id) -> dict[str, Any]:
        one = {"id": "wamid.x", "status": name, "timestamp": "1795290000", "recipient_id": "1"}
        told_of = one | {"biz_opaque_callback_data": reference, "errors": [{"code": 131026}]}
        return told(me.phone.id, {"statuses": [told_of]})

    await me.hook(status("delivered"))
    await me.hook(status("sent", "somebody else's"))
    message = (await me.messages())["hello"]
    assert (message["delivery"], message["state"]) == ("read", "ANSWERED")
    await me.hook(status("failed"))
    message = (await me.messages())["hello"]
    assert (message["state"], message["reason"]) == ("REVIEW", "undeliverable_131026")
    await me.hook(status("read"))
    assert (await me.states())["hello"] == "REVIEW"


async def test_a_status_settles_an_answer_whose_sending_had_no_outcome(quiet: Me) -> None:
    await quiet.hook(told("1", {"messages": [incoming(ADA, "x")]}))
    conversation = quiet.t.get(Conversation)
    message = ChatMessage(
        message_id=f"msg_{1:024}",
        contact_id=f"contact_{1:024}",
        content="x",
        timestamp=1,
        direction=Direction.INCOMING,
        from_me=False,
    )
    await conversation.add(message, MessageState.UNKNOWN, "no_outcome")
    one = {"id": "wamid.x", "status": "delivered", "timestamp": "1795290000", "recipient_id": "1"}
    value = {"statuses": [one | {"biz_opaque_callback_data": message.message_id}]}
    assert (await quiet.hook(told("1", value))).status_code == 200
    found = await conversation.find(message.message_id)
    assert found is not None
    assert (found.state, found.delivery) == (MessageState.ANSWERED, "delivered")


async def test_nobody_sees_anything_without_being_an_operator(quiet: Me) -> None:
    async with httpx2.AsyncClient(base_url=quiet.client.base_url) as stranger:
        for path in ("/", "/api/state", "/api/events", "/api/contacts", "/api/review"):
            assert (await stranger.get(path)).status_code == 401
        for path in ("/api/switch/release", "/api/switch/stop", "/api/disconnect"):
            assert (await stranger.post(path, json={})).status_code == 401
