"""The part of the contract that is about new ids."""

from __future__ import annotations

from datetime import timedelta

from hutch_session.errors import InvalidSession, SessionConflict, SessionGone
from hutch_session.lab import DAY, Start, error_of


class RotationContract:
    """What every backend does when a session gets a new id."""

    async def test_a_login_gets_a_new_id(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.begin(cart=[1])
            made.data["seen"] = True
            lab.forward(DAY)
            moved = await lab.sessions.rotate(made, user="u1")
            assert moved.id != made.id
            assert moved.handle != made.handle
            found = await lab.find(moved)
            assert (found.user, found.data) == ("u1", {"cart": [1], "seen": True})
            assert found.created == made.created + timedelta(days=1)
            assert found.expires == found.created + timedelta(days=7)

    async def test_a_login_can_be_remembered(self, start: Start) -> None:
        async with start() as lab:
            moved = await lab.sessions.rotate(await lab.begin(), user="u1", remember=True)
            assert moved.expires == moved.created + timedelta(days=30)

    async def test_the_id_from_before_a_login_never_leads_into_it(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.begin(cart=[1])
            moved = await lab.sessions.rotate(made, user="u1")
            moved.data["note"] = "swordfish"
            await lab.sessions.save(moved)
            old = await lab.find(made)
            assert (old.user, old.data) == (None, {"cart": [1]})
            old.data["cart"] = [2]
            await error_of(SessionGone, lab.sessions.save(old))
            await error_of(SessionGone, lab.sessions.rotate(old, user="mallory"))
            lab.forward(10)
            assert await lab.is_gone(made)
            assert (await lab.find(moved)).data == {"cart": [1], "note": "swordfish"}

    async def test_requests_under_way_reach_a_session_that_was_moved(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.sessions.create({"a": 1}, user="u1")
            under_way = await lab.find(made)
            lab.forward(DAY)
            moved = await lab.sessions.rotate(made)
            assert (moved.user, moved.created, moved.expires) == ("u1", made.created, made.expires)
            late = await lab.find(made)
            assert (late.user, late.data, late.handle) == ("u1", {"a": 1}, moved.handle)
            under_way.data["b"] = 2
            late.data["c"] = 3
            await lab.sessions.save(under_way)
            await lab.sessions.save(late)
            assert (await lab.find(moved)).data == {"a": 1, "b": 2, "c": 3}
            lab.forward(10)
            assert await lab.is_gone(made)
            await lab.find(moved)

    async def test_moved_twice_it_is_still_reached(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.begin(a=1)
            first = await lab.sessions.rotate(made)
            second = await lab.sessions.rotate(first)
            assert (await lab.find(made)).handle == second.handle
            again = await lab.sessions.rotate(made)
            assert (await lab.find(second)).handle == again.handle

    async def test_a_move_takes_the_changes_of_others_along(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.begin(a=1)
            other = await lab.find(made)
            other.data["b"] = 2
            await lab.sessions.save(other)
            made.data["c"] = 3
            moved = await lab.sessions.rotate(made, user="u1")
            assert moved.data == (await lab.find(moved)).data == {"a": 1, "b": 2, "c": 3}

    async def test_a_move_loses_no_change_either(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.begin(a=1)
            other = await lab.find(made)
            other.data["a"], made.data["a"] = 2, 3
            await lab.sessions.save(other)
            await error_of(SessionConflict, lab.sessions.rotate(made, user="u1"))
            assert (await lab.find(made)).data == {"a": 2}
            assert await lab.sessions.of("u1") == []

    async def test_only_one_of_two_logins_wins(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.begin()
            await lab.sessions.rotate(made, user="u1")
            await error_of(SessionGone, lab.sessions.rotate(made, user="u2"))
            assert await lab.sessions.of("u2") == []

    async def test_a_device_is_listed_once_after_a_move(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.sessions.create(user="u1")
            moved = await lab.sessions.rotate(made)
            again = await lab.sessions.rotate(moved, user="u1")
            assert [info.handle for info in await lab.sessions.of("u1")] == [again.handle]

    async def test_a_stamp_stays_until_the_next_login(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.sessions.create({"stamp": "9"}, user="u1", stamp="1")
            assert made.stamp == (await lab.find(made)).stamp == "1"
            made.data["stamp"] = "8"
            saved = await lab.sessions.save(made)
            assert saved.stamp == (await lab.find(made)).stamp == "1"
            moved = await lab.sessions.rotate(saved)
            assert moved.stamp == (await lab.find(made)).stamp == "1"
            again = await lab.sessions.rotate(moved, user="u1", stamp="2")
            assert again.stamp == (await lab.find(again)).stamp == "2"
            assert (await lab.find(moved)).stamp == "1"
            assert (await lab.sessions.rotate(again, user="u1")).stamp is None

    async def test_what_can_be_no_stamp_is_refused(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.begin()
            for stamp in ("", "a b", "x" * 65, "\n", "\ud800", "é"):
                for waiting in (
                    lab.sessions.create(user="u1", stamp=stamp),
                    lab.sessions.rotate(made, user="u1", stamp=stamp),
                ):
                    message = await error_of(InvalidSession, waiting)
                    assert message.startswith("session stamp: 1 to 64 of A-Z a-z 0-9 _ . - ")
            for waiting in (
                lab.sessions.create(stamp="1"),
                lab.sessions.rotate(made, stamp="1"),
            ):
                message = await error_of(InvalidSession, waiting)
                assert message == "session stamp: it is of a login; give the user, too."
            assert await lab.sessions.of("u1") == []
            assert (await lab.find(made)).stamp is None

    async def test_whether_a_login_is_remembered_is_kept(self, start: Start) -> None:
        async with start() as lab:
            for remember in (False, True):
                made = await lab.sessions.create(user="u1", remember=remember)
                moved = await lab.sessions.rotate(made)
                for session in (made, moved, await lab.find(moved), await lab.find(made)):
                    assert session.remember is remember
                again = await lab.sessions.rotate(moved, user="u1", remember=not remember)
                assert again.remember is (await lab.find(again)).remember is not remember
