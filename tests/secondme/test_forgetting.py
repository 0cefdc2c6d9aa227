"""What people wrote, and who they are, is kept for so long and no longer."""

import pytest
from pydantic import ValidationError
from sqlalchemy import update
from tests.postgres import Server
from tests.secondme.conftest import Start
from tests.secondme.running import ADA, BEN, CAM, Me, until

from hutch_database import Database
from hutch_queue import Schedules
from secondme.inbox import MESSAGES
from secondme.models import Contact, Message
from secondme.services import forgetting
from secondme.services.clock import now_ms
from secondme.services.forgetting import Forgetting
from secondme.settings import SecondMeSettings

DAY = 24 * 3_600_000


async def age(me: Me, *texts: str, days: int) -> None:
    """Let messages be old, and everybody known for a long time."""
    ids = [one["id"] for text, one in (await me.messages()).items() if text in texts]
    async with me.t.get(Database).session() as session:
        then = now_ms() - days * DAY
        await session.execute(update(Message).where(Message.id.in_(ids)).values(sent_at=then))
        await session.execute(update(Contact).values(created_at=0))


async def old_things_go(me: Me) -> None:
    await me.hooked()
    await me.connect()
    ada = await me.enabled(ADA)
    await me.add(CAM)
    for number in (ADA, BEN):
        for text in ("old", "older", "nearly old"):
            await me.write(number, f"{text} {number}")
    await me.come_to("ANSWERED", f"nearly old {ADA}")
    await me.come_to("NOT_ENABLED", f"nearly old {BEN}")
    await age(me, f"nearly old {ADA}", f"nearly old {BEN}", days=89)
    await age(me, *(f"{text} {ADA}" for text in ("old", "older")), days=91)
    await age(me, *(f"{text} {BEN}" for text in ("old", "older")), days=400)
    await me.t.get(Forgetting).forget()
    assert set(await me.states()) == {f"nearly old {ADA}", f"nearly old {BEN}"}
    left = {one["number"] for one in await me.get("/api/contacts")}
    assert left == {ADA.removeprefix("+"), BEN.removeprefix("+")}
    await age(me, f"nearly old {ADA}", f"nearly old {BEN}", days=90)
    await me.t.get(Schedules).run_now("housekeeping", "forget")

    async def is_forgotten() -> bool:
        return [one["id"] for one in await me.get("/api/contacts")] == [ada]

    await until(is_forgotten)
    assert await me.states() == {}


async def test_old_messages_go_and_then_who_may_not_be_answered(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "PAGE", 2)
    async with start() as me:
        await old_things_go(me)


async def test_old_things_go_on_postgres(
    environment: pytest.MonkeyPatch, start: Start, postgres: Server
) -> None:
    environment.setenv("DATABASE_URL", await postgres.new_database())
    async with start() as me:
        await old_things_go(me)


async def test_messages_are_kept_for_longer_than_whatsapp_may_deliver_them_again() -> None:
    with pytest.raises(ValidationError):
        SecondMeSettings(keep_days=MESSAGES.once_for.days)
