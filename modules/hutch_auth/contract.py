"""The contract of accounts: what ``Users`` promises, whoever keeps them.

``class TestMine(UsersContract)`` with a fixture ``users`` that returns an empty ``Users``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from hutch_auth.errors import AuthError, InvalidUser, UnknownToken, UnknownUser, UserExists
from hutch_auth.users import User, Users

PASSWORD = "correct horse battery"  # noqa: S105 - of nobody
OTHER = "staple correct horse"

ODD_NAMES = (
    "",
    " ",
    "a" * 10_240,
    "ada\nroot",
    "ada\0",
    "ada lovelace",
    "💥",
    "-ada",
    "ädä",
    "a/b",
)
ODD_PASSWORDS = ("", "too short", "x" * 513, "x" * 1_000_000, "\ud800" * 20, "ü" * 300)
ODD_ROLES = ("", "Operator", "a b", "ops\n", "💥", "x" * 65)
ODD_LABELS = ("", " ", "two\nlines", "x" * 101, "bell\a")


class UsersContract:
    """What every ``Users`` keeps."""

    async def test_a_user_is_found_by_name_and_id(self, users: Users) -> None:
        ada = await users.add("Ada@Example.org", PASSWORD, ["operator", "editor"])
        assert ada.name == "ada@example.org"
        assert ada.roles == {"operator", "editor"}
        assert not ada.disabled
        assert ada.created.utcoffset() is not None
        assert await users.find("ADA@example.org") == await users.get(ada.id) == ada
        assert await users.all() == [ada]

    async def test_nobody_is_found_by_another_name_or_id(self, users: Users) -> None:
        ada = await users.add("ada", PASSWORD)
        for name in ("ad", "adaa", *ODD_NAMES):
            assert await users.find(name) is None
        for id in ("", "0", "-1", "9" * 18, "9" * 40, "x", "²", f"{ada.id} "):
            assert await users.get(id) is None

    async def test_users_are_listed_by_name(self, users: Users) -> None:
        for name in ("cyd", "ada", "bea"):
            await users.add(name, PASSWORD)
        assert [user.name for user in await users.all()] == ["ada", "bea", "cyd"]

    async def test_a_name_is_given_once(self, users: Users) -> None:
        added = await asyncio.gather(
            *(_error(users.add(name, PASSWORD)) for name in ("ada", "ADA", "Ada", "ada"))
        )
        assert sorted(map(type, added), key=str).count(UserExists) == 3
        assert len(await users.all()) == 1
        assert not any("ada" in str(error).lower() for error in added if error)

    async def test_only_the_password_opens(self, users: Users) -> None:
        ada = await users.add("ada", PASSWORD)
        assert await users.check("Ada", PASSWORD) == ada
        for password in (PASSWORD.upper(), PASSWORD[:-1], f"{PASSWORD} ", *ODD_PASSWORDS):
            assert await users.check("ada", password) is None
        for name in ("bea", *ODD_NAMES):
            assert await users.check(name, PASSWORD) is None

    async def test_the_same_characters_are_the_same_password(self, users: Users) -> None:
        await users.add("ada", "zwölf Fische im Teich")
        assert await users.check("ada", "zwo\u0308lf Fische im Teich")

    async def test_another_password_ends_the_one_before(self, users: Users) -> None:
        ada = await users.add("ada", PASSWORD)
        changed = await users.set_password(ada.id, OTHER)
        assert changed.generation > ada.generation
        assert await users.check("ada", PASSWORD) is None
        assert await users.check("ada", OTHER) == changed

    async def test_roles_are_replaced(self, users: Users) -> None:
        ada = await users.add("ada", PASSWORD, ["operator"])
        assert (await users.set_roles(ada.id, ["editor", "viewer"])).roles == {"editor", "viewer"}
        assert (await users.set_roles(ada.id, [])).roles == frozenset()
        assert await _roles(users, ada) == frozenset()

    async def test_nothing_of_a_disabled_user_works(self, users: Users) -> None:
        ada = await users.add("ada", PASSWORD)
        token = (await users.issue(ada.id, "script")).text
        disabled = await users.disable(ada.id)
        assert disabled.disabled
        assert disabled.generation > ada.generation
        assert await users.check("ada", PASSWORD) is None
        assert await users.of_token(token) is None
        assert await users.get(ada.id) == disabled
        enabled = await users.disable(ada.id, disabled=False)
        assert enabled.generation >= disabled.generation
        assert await users.check("ada", PASSWORD) == await users.of_token(token) == enabled

    async def test_a_token_has_its_users_roles_of_now(self, users: Users) -> None:
        ada = await users.add("ada", PASSWORD, ["viewer"])
        issued = await users.issue(ada.id, "script")
        assert await users.of_token(issued.text) == ada
        await users.set_roles(ada.id, ["editor"])
        found = await users.of_token(issued.text)
        assert found
        assert found.roles == {"editor"}

    async def test_a_password_change_leaves_tokens(self, users: Users) -> None:
        ada = await users.add("ada", PASSWORD)
        issued = await users.issue(ada.id, "script")
        assert await users.of_token(issued.text) == ada
        assert await users.set_password(ada.id, OTHER) == await users.of_token(issued.text)

    async def test_a_revoked_token_works_no_more_at_once(self, users: Users) -> None:
        ada = await users.add("ada", PASSWORD)
        first, second = [await users.issue(ada.id, label) for label in ("first", "second")]
        await users.revoke(first.info.id)
        assert await users.of_token(first.text) is None
        assert await users.of_token(second.text) == ada
        listed = {info.label: info.revoked for info in await users.tokens(ada.id)}
        assert listed["first"] is not None
        assert listed["second"] is None
        for id in (first.info.id, "", "\0", "x" * 5000, second.text):
            assert isinstance(await _error(users.revoke(id)), UnknownToken)
        assert await users.of_token(second.text) == ada

    async def test_a_token_is_shown_once(self, users: Users) -> None:
        ada = await users.add("ada", PASSWORD)
        issued = await users.issue(ada.id, "deploy script")
        assert await users.tokens(ada.id) == [issued.info]
        prefix, id, secret = issued.text.split("_", 2)
        assert (prefix, id) == ("hutch", issued.info.id)
        assert len(secret) >= 43
        assert secret not in repr(issued) + repr(await users.tokens(ada.id))

    async def test_what_is_no_token_is_nobodys(self, users: Users) -> None:
        ada = await users.add("ada", PASSWORD)
        bea = await users.add("bea", PASSWORD)
        one, other = await users.issue(ada.id, "one"), await users.issue(bea.id, "other")
        mixed = one.text[: -len(one.text.split("_", 2)[2])] + other.text.split("_", 2)[2]
        spoiled = one.text[:-1] + ("A" if one.text[-1] != "A" else "B")
        texts = ("", "hutch__", mixed, spoiled, one.text.upper(), f"{one.text}\n", "\ud800", "é")
        for text in (*texts, "x" * 1_000_000):
            assert await users.of_token(text) is None

    async def test_bad_input_changes_nothing(self, users: Users) -> None:
        ada = await users.add("ada", PASSWORD, ["viewer"])
        calls: list[Awaitable[Any]] = [users.add(name, PASSWORD) for name in ODD_NAMES]
        calls += [users.add("bea", password) for password in ODD_PASSWORDS]
        calls += [users.add("bea", PASSWORD, [role]) for role in ODD_ROLES]
        calls += [users.set_password(ada.id, password) for password in ODD_PASSWORDS]
        calls += [users.set_roles(ada.id, ["editor", role]) for role in ODD_ROLES]
        calls += [users.issue(ada.id, label) for label in ODD_LABELS]
        for call in calls:
            assert isinstance(await _error(call), InvalidUser)
        assert await users.all() == [await users.check("ada", PASSWORD)] == [ada]
        assert await users.tokens(ada.id) == []

    async def test_who_is_unknown_is_told(self, users: Users) -> None:
        calls: list[Awaitable[Any]] = [
            users.set_password("404", PASSWORD),
            users.set_roles("404", ["viewer"]),
            users.disable("404"),
            users.issue("404", "script"),
            users.issue("x", "script"),
        ]
        for call in calls:
            assert isinstance(await _error(call), UnknownUser)
        assert await users.tokens("404") == await users.tokens("x") == []

    async def test_a_repr_shows_no_name(self, users: Users) -> None:
        assert "ada" not in repr(await users.add("ada@example.org", PASSWORD))


async def _error(call: Awaitable[Any]) -> AuthError | None:
    try:
        await call
    except AuthError as error:
        return error
    return None


async def _roles(users: Users, user: User) -> frozenset[str]:
    found = await users.get(user.id)
    assert found is not None
    return found.roles
