"""The contract of every backend, as tests that a backend's own suite inherits.

``class TestMine(SessionsContract)`` with a fixture ``start`` that opens sessions on the
backend, as ``hutch_session.lab.Start`` says; ``CredentialsContract`` with a fixture ``lab``
of type ``CredentialLab``. Needs pytest-asyncio's auto mode.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from hutch_session.credentials_contract import CredentialsContract
from hutch_session.errors import (
    InvalidSession,
    SessionConflict,
    SessionGone,
    SessionTooLarge,
    UnknownProfile,
)
from hutch_session.lab import DAY, HOUR, MINUTE, CredentialLab, Lab, Start, error_of
from hutch_session.profiles import SessionProfile
from hutch_session.revocation_contract import RevocationContract
from hutch_session.rotation_contract import RotationContract

__all__ = ["CredentialLab", "CredentialsContract", "Lab", "SessionsContract", "Start"]

IDLE = SessionProfile("default", idle=timedelta(minutes=10))
SHORT = SessionProfile("short", lifetime=timedelta(hours=1), key="short:session:{id}")


class SessionsContract(RotationContract, RevocationContract):
    """What every backend does."""

    async def test_a_session_is_loaded_as_it_was_created(self, start: Start) -> None:
        async with start() as lab:
            data: Any = {"cart": [1, {"a": None}], "name": "Zoë", "rate": 0.5, "": True}
            made = await lab.sessions.create(data, user="u1")
            found = await lab.find(made)
            assert found.data == made.data == data
            assert found.data is not data
            assert (found.user, found.profile, found.handle) == ("u1", "default", made.handle)
            assert (found.created, found.expires) == (made.created, made.expires)
            assert not found.changed

    async def test_an_id_is_256_random_bits(self, start: Start) -> None:
        async with start() as lab:
            ids = {(await lab.begin()).id for _ in range(20)}
            assert len(ids) == 20
            assert {len(id) for id in ids} == {43}

    async def test_neither_id_nor_user_nor_data_is_in_a_repr(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.sessions.create({"secret": "swordfish"}, user="mallory")
            infos = await lab.sessions.of("mallory")
            for text in (repr(made), repr(infos)):
                assert made.id not in text
                assert "swordfish" not in text
                assert "mallory" not in text

    async def test_an_attackers_id_is_not_accepted(self, start: Start) -> None:
        async with start(SHORT) as lab:
            made = await lab.begin()
            other = made.id[:-1] + ("A" if made.id[-1] != "A" else "B")
            for id in ("A" * 43, other, made.id[:-1], made.id + "A", made.handle, "", "é" * 43):
                assert await lab.sessions.load(id) is None
            for id in (
                f"short.{made.id}",
                f"default.{made.id}",
                f"other.{made.id}",
                f"{made.id}\n",
            ):
                assert await lab.sessions.load(id) is None
            assert await lab.sessions.load(made.id) is not None

    async def test_a_session_ends_however_often_it_is_used(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.begin()
            assert made.expires - made.created == timedelta(days=7)
            for _ in range(6):
                lab.forward(DAY)
                assert (await lab.find(made)).expires == made.expires
            lab.forward(DAY)
            assert await lab.is_gone(made)
            await error_of(SessionGone, lab.sessions.save(made))

    async def test_who_is_remembered_is_so_for_thirty_days(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.sessions.create(remember=True)
            assert made.expires - made.created == timedelta(days=30)
            lab.forward(30 * DAY - 1)
            await lab.find(made)
            lab.forward(1)
            assert await lab.is_gone(made)

    async def test_a_session_ends_when_it_is_not_used(self, start: Start) -> None:
        async with start(IDLE) as lab:
            made = await lab.begin()
            for _ in range(5):
                lab.forward(9 * MINUTE)
                await lab.find(made)
            lab.forward(10 * MINUTE)
            assert await lab.is_gone(made)

    async def test_a_use_is_noted_once_a_minute(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.sessions.create(user="u1")
            for seconds, seen in ((59, 0), (1, 60), (59, 60), (1, 120)):
                lab.forward(seconds)
                await lab.find(made)
                (info,) = await lab.sessions.of("u1")
                assert (info.seen - made.created).total_seconds() == seen

    async def test_a_profile_has_its_own_life(self, start: Start) -> None:
        async with start(SHORT) as lab:
            made = await lab.sessions.create({"a": 1}, profile="short")
            assert (await lab.find(made)).profile == "short"
            lab.forward(HOUR)
            assert await lab.is_gone(made)

    async def test_changes_are_saved(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.begin(a=1, b=2)
            made.data["a"] = 3
            del made.data["b"]
            assert made.changed
            saved = await lab.sessions.save(made)
            assert not saved.changed
            assert (await lab.find(made)).data == saved.data == {"a": 3}

    async def test_changes_of_two_requests_are_merged(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.begin(a=1, b=2, deep={"x": 1, "y": 1})
            one, other = await lab.find(made), await lab.find(made)
            one.data.update(a=10, deep={"x": 2, "y": 1})
            other.data.update(c=30, deep={"x": 1, "y": 2, "z": 3})
            del other.data["b"]
            await lab.sessions.save(one)
            merged = await lab.sessions.save(other)
            assert merged.data == {"a": 10, "c": 30, "deep": {"x": 2, "y": 2, "z": 3}}
            assert (await lab.find(made)).data == merged.data

    async def test_of_two_changes_of_one_value_none_is_lost(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.begin(count=1, kept=True)
            one, other = await lab.find(made), await lab.find(made)
            one.data["count"], other.data["count"] = 2, 3
            await lab.sessions.save(one)
            message = await error_of(SessionConflict, lab.sessions.save(other))
            assert message.startswith("session data 'count': another request has changed")
            assert (await lab.find(made)).data == {"count": 2, "kept": True}

    async def test_updates_at_once_are_all_kept(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.begin()
            found = [await lab.find(made) for _ in range(20)]
            for number, session in enumerate(found):
                session.data[f"k{number}"] = number
            await asyncio.gather(*map(lab.sessions.save, found))
            assert (await lab.find(made)).data == {f"k{n}": n for n in range(20)}

    async def test_what_is_refused_is_not_stored(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.begin(kept=1)
            for wrong in (b"xyzzy", {"xyzzy"}, float("nan"), "xyzzy\ud800", object()):
                data: Any = {"fine": 1, "bad": wrong}
                message = await error_of(InvalidSession, lab.sessions.create(data, user="u1"))
                assert message.startswith("session data 'bad' (")
                assert "xyzzy" not in message
                made.data.update(data)
                await error_of(InvalidSession, lab.sessions.save(made))
            message = await error_of(
                SessionTooLarge, lab.sessions.create({"a": "x" * 70_000}, user="u1")
            )
            assert "at most 65536 are allowed" in message
            assert await lab.sessions.of("u1") == []
            assert (await lab.find(made)).data == {"kept": 1}

    async def test_a_user_must_have_an_id(self, start: Start) -> None:
        async with start() as lab:
            made = await lab.begin()
            for user in ("", "x" * 10_000, "\ud800"):
                for waiting in (
                    lab.sessions.create(user=user),
                    lab.sessions.rotate(made, user=user),
                    lab.sessions.of(user),
                    lab.sessions.end_all(user),
                ):
                    message = await error_of(InvalidSession, waiting)
                    assert message.startswith("session user: ")
            for user in ("a b:*{}", "🐰\n", "x" * 512):
                await lab.sessions.create(user=user)
                assert len(await lab.sessions.of(user)) == 1

    async def test_an_unknown_profile_is_named(self, start: Start) -> None:
        async with start(SHORT) as lab:
            message = await error_of(UnknownProfile, lab.sessions.create(profile="long"))
            assert "'long'; there are: default, short." in message
