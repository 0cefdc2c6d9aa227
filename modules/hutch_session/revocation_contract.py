"""The part of the contract that is about sessions that are ended."""

from __future__ import annotations

import asyncio

from hutch_session.errors import SessionError, SessionGone
from hutch_session.lab import DAY, Lab, Start, error_of
from hutch_session.session import Session


async def _write_until_gone(lab: Lab, session: Session, number: int) -> None:
    count = 0
    try:
        while True:
            count += 1
            session.data[f"writer {number}"] = count
            session = await lab.sessions.save(session)
            await asyncio.sleep(0)
    except SessionGone:
        return


async def logout_round(lab: Lab) -> None:
    """Log out while four requests write without a pause."""
    made = await lab.sessions.create(user="u1")
    found = [await lab.find(made) for _ in range(4)]
    writers = [
        asyncio.create_task(_write_until_gone(lab, session, number))
        for number, session in enumerate(found)
    ]
    for _ in range(20):
        await lab.sessions.of("u1")
        await asyncio.sleep(0)
    await lab.sessions.end(made)
    assert await lab.is_gone(made)
    await asyncio.gather(*writers)
    assert await lab.is_gone(made)
    assert await lab.sessions.of("u1") == []


class RevocationContract:
    """What every backend does when sessions are ended."""

    async def test_a_logout_during_a_request_stays(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.sessions.create({"a": 1}, user="u1")
            in_flight = await lab.find(made)
            await lab.sessions.end(made)
            in_flight.data["a"] = 2
            message = await error_of(SessionGone, lab.sessions.save(in_flight))
            assert message.startswith("the session has ended meanwhile")
            await error_of(SessionGone, lab.sessions.rotate(in_flight))
            assert await lab.is_gone(made)
            assert await lab.sessions.of("u1") == []

    async def test_a_logout_wins_against_writers(self, start: Start) -> None:
        async with start() as lab:
            for _ in range(3):
                await logout_round(lab)

    async def test_a_logout_twice_is_no_error(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.begin()
            await lab.sessions.end(made)
            await lab.sessions.end(made)

    async def test_a_logout_ends_all_ids_of_a_session(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.sessions.create(user="u1")
            moved = await lab.sessions.rotate(made)
            await lab.sessions.end(moved)
            assert await lab.is_gone(made)
            assert await lab.is_gone(moved)

    async def test_a_logout_ends_what_the_id_before_the_login_showed(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.sessions.create({"a": 1}, user="u1")
            moved = await lab.sessions.rotate(made, user="u1")
            assert (await lab.find(made)).data == {"a": 1}
            await lab.sessions.end(moved)
            assert await lab.is_gone(made)

    async def test_a_logout_by_an_old_id_ends_the_new_one(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.sessions.create(user="u1")
            moved = await lab.sessions.rotate(await lab.sessions.rotate(made))
            await lab.sessions.end(made)
            assert await lab.is_gone(moved)
            assert await lab.sessions.of("u1") == []

    async def test_the_id_from_before_a_login_does_not_end_it(self, start: Start) -> None:
        async with start() as lab:
            planted = await lab.begin()
            moved = await lab.sessions.rotate(planted)
            victims = await lab.sessions.rotate(moved, user="u1")
            old = await lab.find(planted)
            assert old.user is None
            for session in (old, planted, moved):
                await lab.sessions.end(session)
                assert await lab.is_gone(session)
            assert (await lab.find(victims)).user == "u1"
            assert [info.handle for info in await lab.sessions.of("u1")] == [victims.handle]

    async def test_a_device_from_before_a_login_does_not_end_it(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.sessions.create(user="u1")
            again = await lab.sessions.rotate(made, user="u1")
            assert await lab.sessions.end_one("u1", made.handle)
            assert await lab.is_gone(made)
            await lab.find(again)

    async def test_a_user_sees_their_devices(self, start: Start) -> None:
        async with start() as lab:
            phone = await lab.sessions.create({"device": "phone"}, user="u1")
            lab.forward(DAY)
            laptop = await lab.sessions.create({"device": "laptop"}, user="u1")
            await lab.sessions.create(user="u2")
            infos = await lab.sessions.of("u1")
            assert [info.data["device"] for info in infos] == ["laptop", "phone"]
            assert [info.handle for info in infos] == [laptop.handle, phone.handle]
            assert (infos[1].created, infos[1].expires) == (phone.created, phone.expires)
            assert await lab.sessions.load(infos[0].handle) is None
            lab.forward(6 * DAY)
            assert [info.handle for info in await lab.sessions.of("u1")] == [laptop.handle]

    async def test_one_device_is_ended(self, start: Start) -> None:
        async with start() as lab:
            phone = await lab.sessions.create(user="u1")
            laptop = await lab.sessions.create(user="u1")
            assert await lab.sessions.end_one("u1", phone.handle)
            assert not await lab.sessions.end_one("u1", phone.handle)
            assert await lab.is_gone(phone)
            await lab.find(laptop)
            assert [info.handle for info in await lab.sessions.of("u1")] == [laptop.handle]

    async def test_nobody_ends_the_device_of_another(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.sessions.create(user="u1")
            unknown = await lab.begin()
            for handle in (made.handle, unknown.handle, "0" * 64, "", "x", f"other.{made.handle}"):
                assert not await lab.sessions.end_one("u2", handle)
            await lab.find(made)
            await lab.find(unknown)

    async def test_all_devices_are_ended(self, start: Start) -> None:
        async with start() as lab:
            mine = [await lab.sessions.create(user="u1") for _ in range(3)]
            theirs = await lab.sessions.create(user="u2")
            moved = await lab.sessions.rotate(mine[0])
            in_flight = await lab.find(mine[1])
            await lab.sessions.end_all("u1")
            for session in (*mine, moved):
                assert await lab.is_gone(session)
            in_flight.data["a"] = 1
            await error_of(SessionGone, lab.sessions.save(in_flight))
            assert await lab.sessions.of("u1") == []
            assert not await lab.sessions.end_one("u1", mine[2].handle)
            await lab.find(theirs)

    async def test_a_login_right_after_all_were_ended_holds(self, start: Start) -> None:
        async with start() as lab:
            for _ in range(3):
                before = await lab.sessions.create(user="u1")
                await lab.sessions.end_all("u1")
                after = await lab.sessions.create(user="u1")
                assert await lab.is_gone(before)
                await lab.find(after)
                await lab.sessions.end(after)

    async def test_sessions_ended_for_a_user_stay_so_for_their_whole_life(
        self, start: Start
    ) -> None:
        async with start() as lab:
            made = await lab.sessions.create(user="u1", remember=True)
            await lab.sessions.end_all("u1")
            for _ in range(30):
                lab.forward(DAY - 1)
                await lab.begin()
                assert await lab.is_gone(made)

    async def test_ending_nothing_is_no_error(self, start: Start) -> None:
        async with start() as lab:
            await lab.sessions.end_all("nobody")
            assert await lab.sessions.of("nobody") == []
            await error_of(SessionError, lab.sessions.end_all(""))
