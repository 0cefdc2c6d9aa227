"""What WhatsApp tells of an answer, early or late, while a person or a job is at it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from tests.secondme.conftest import Start
from tests.secondme.running import ADA, Me, told

from hutch_database import Database
from secondme.models import Message
from secondme.models import MessageState as State
from secondme.schemas import ChatMessage, Direction
from secondme.services.answering import Answering
from secondme.services.conversation import Conversation
from secondme.services.deliveries import Deliveries

ID = f"msg_{1:024}"


@pytest.fixture
async def quiet(start: Start) -> Any:
    """Without services: nobody but the test handles messages and jobs."""
    async with start(services=False) as me:
        await me.connect()
        yield me


async def written(me: Me, state: State) -> None:
    """Let there be a message with an answer that somebody tried to send."""
    conversation = me.t.get(Conversation)
    message = ChatMessage(
        message_id=ID,
        contact_id=await me.enabled(ADA),
        content="hello",
        timestamp=1,
        direction=Direction.INCOMING,
        from_me=False,
    )
    await conversation.add(message, State.RECEIVED, None)
    await conversation.prepare(ID, "the answer", State.RECEIVED)
    await conversation.move(ID, State.PREPARED, to=state, reason="no_outcome")


def status(phone: str, name: str) -> dict[str, Any]:
    one = {"id": "wamid.x", "status": name, "timestamp": "1795290000", "recipient_id": "1"}
    told_of = one | {"biz_opaque_callback_data": ID, "errors": [{"code": 131026}]}
    return told(phone, {"statuses": [told_of]})


async def found(me: Me) -> Message:
    message = await me.t.get(Conversation).find(ID)
    assert message is not None
    return message


@pytest.mark.req("SM-24")
async def test_what_whatsapp_has_after_all_is_not_sent_again_though_a_person_said_so(
    quiet: Me,
) -> None:
    await written(quiet, State.REVIEW)
    await quiet.post(f"/api/review/{ID}/answer", 202)
    await quiet.hook(status(quiet.phone.id, "delivered"))
    await quiet.t.get(Answering).answer_anyway(ID)
    message = await found(quiet)
    assert (message.state, message.delivery) == (State.ANSWERED, "delivered")
    assert quiet.phone.answers() == []


async def test_what_could_not_be_delivered_and_is_sent_again_is_not_ended_by_old_news(
    quiet: Me,
) -> None:
    await written(quiet, State.ANSWERED)
    await quiet.hook(status(quiet.phone.id, "failed"))
    await quiet.post(f"/api/review/{ID}/answer", 202)
    for old in ("sent", "failed"):
        await quiet.hook(status(quiet.phone.id, old))
        assert (await found(quiet)).state is State.PREPARED
    await quiet.t.get(Answering).answer_anyway(ID)
    assert (await found(quiet)).state is State.ANSWERED
    assert quiet.phone.answers() == ["the answer"]


async def test_what_could_not_be_delivered_stays_for_review_whoever_is_late(quiet: Me) -> None:
    await written(quiet, State.SENDING)
    await quiet.hook(status(quiet.phone.id, "failed"))
    await quiet.t.get(Deliveries).arrived(ID)
    message = await found(quiet)
    assert (message.state, message.reason) == (State.REVIEW, "undeliverable_131026")


@contextmanager
def dying_after_a_commit(me: Me) -> Iterator[None]:
    """Let the database answer no more, once something was committed."""
    engine, dead = me.t.get(Database).engine.sync_engine, asyncio.Event()

    def execute(*_: Any) -> None:
        if dead.is_set():
            raise InterruptedError

    def commit(_: Any) -> None:
        dead.set()

    listeners = (("commit", commit), ("before_cursor_execute", execute))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    yield
    for name, listener in listeners:
        event.remove(engine, name, listener)


@pytest.mark.parametrize(
    ("name", "state"), [("delivered", State.ANSWERED), ("failed", State.REVIEW)]
)
async def test_who_dies_over_a_status_has_noted_all_of_it_or_nothing(
    quiet: Me, name: str, state: State
) -> None:
    await written(quiet, State.SENDING)
    with dying_after_a_commit(quiet):
        await quiet.hook(status(quiet.phone.id, name))
    assert (await quiet.hook(status(quiet.phone.id, name))).status_code == 200
    message = await found(quiet)
    assert (message.state, message.delivery) == (state, name)
