"""What may be a password, and how it is hashed."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hutch_auth.apps import PASSWORD, settings

from hutch_auth import InvalidUser
from hutch_auth.passwords import (
    AT_ONCE,
    LEAST_PASSWORD,
    MOST_PASSWORD,
    Passwords,
    check_password,
    find_password,
)
from hutch_auth.table_users import TableUsers
from hutch_session import Sessions

RIGHT = PASSWORD.encode()


async def test_a_hash_is_argon2id_with_a_salt_of_its_own(passwords: Passwords) -> None:
    one, other = [await passwords.hash(RIGHT) for _ in range(2)]
    assert one.startswith("$argon2id$v=19$m=7168,t=1,p=1$")
    assert one != other
    assert await passwords.matches(one, RIGHT)
    assert not await passwords.matches(one, b"wrong horse battery")
    assert not await passwords.matches(None, RIGHT)


async def test_a_hash_of_other_settings_is_outdated() -> None:
    with ThreadPoolExecutor(1) as threads:
        cheap = Passwords(settings(), threads)
        stored = await cheap.hash(RIGHT)
        assert not cheap.is_outdated(stored)
        for dearer in ({"hash_rounds": 2}, {"hash_memory": 8 * 1024**2}, {"hash_lanes": 2}):
            passwords = Passwords(settings(**dearer), threads)
            assert passwords.is_outdated(stored)
            assert await passwords.matches(stored, RIGHT)


async def test_a_login_renews_an_outdated_hash(
    users: TableUsers, database: Any, sessions: Sessions
) -> None:
    await users.add("ada", PASSWORD)
    with ThreadPoolExecutor(1) as threads:
        dearer = Passwords(settings(hash_rounds=2), threads)
        later = TableUsers(database, dearer, sessions)
        assert await later.check("ada", "wrong horse battery") is None
        assert await _stored(users) == "m=7168,t=1,p=1"
        assert await later.check("ada", PASSWORD)
    assert await _stored(users) == "m=7168,t=2,p=1"
    assert await users.check("ada", PASSWORD)


async def test_renewing_a_hash_undoes_no_password_change(
    users: TableUsers, database: Any, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await users.add("ada", PASSWORD)
    with ThreadPoolExecutor(1) as threads:
        dearer = Passwords(settings(hash_rounds=2), threads)
        hashing = dearer.hash

        async def change_first(password: bytes) -> str:
            await users.set_password(ada.id, "staple correct horse")
            return await hashing(password)

        monkeypatch.setattr(dearer, "hash", change_first)
        assert await TableUsers(database, dearer, sessions).check("ada", PASSWORD)
    assert await users.check("ada", "staple correct horse")
    assert await users.check("ada", PASSWORD) is None


async def _stored(users: TableUsers) -> str:
    row = await users._named("ada")  # pyright: ignore[reportPrivateUsage]
    assert row is not None
    costs: str = row.password.split("$")[3]
    return costs


@pytest.mark.parametrize("password", ["x" * 1_000_000, "", "\ud800" * 20])
async def test_what_is_no_password_is_refused_before_hashing(
    users: TableUsers, passwords: Passwords, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    await users.add("ada", PASSWORD)
    worked: list[object] = []
    monkeypatch.setattr(passwords, "_in_thread", worked.append)
    assert await users.check("ada", password) is None
    with pytest.raises(InvalidUser) as raised:
        await users.add("bea", password)
    assert str(raised.value) == (
        "the password must be text of at least 12 characters and at most 512 bytes; a few words "
        "in a row are a good one."
    )
    assert worked == []


async def test_a_name_that_nobody_has_costs_the_same_work(
    users: TableUsers, passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    await users.add("ada", PASSWORD)
    await users.disable((await users.add("bea", PASSWORD)).id)
    costs: list[str] = []
    verify = passwords._verify  # pyright: ignore[reportPrivateUsage]

    def watch(stored: str, password: bytes) -> bool:
        costs.append(stored.rpartition("$")[0].rpartition("$")[0])
        return verify(stored, password)

    monkeypatch.setattr(passwords, "_verify", watch)
    for name in ("ada", "bea", "nobody", "x" * 10_240, "💥", "ada\n"):
        await users.check(name, "wrong horse battery")
    assert costs == ["$argon2id$v=19$m=7168,t=1,p=1"] * 6


@pytest.mark.slow
async def test_timing_tells_nothing_of_the_names(users: TableUsers) -> None:
    await users.add("ada", PASSWORD)
    times: dict[str, list[float]] = {"ada": [], "nobody": []}
    for _ in range(60):
        for name, taken in times.items():
            began = perf_counter()
            await users.check(name, "wrong horse battery")
            taken.append(perf_counter() - began)
    known, unknown = (sorted(taken)[len(taken) // 2] for taken in times.values())
    assert 0.7 < known / unknown < 1.4


async def test_hashing_lets_others_run_and_is_bounded(passwords: Passwords) -> None:
    ticks = 0
    hashing = asyncio.gather(*(passwords.hash(RIGHT) for _ in range(12)))
    while not hashing.done():
        ticks += 1
        await asyncio.sleep(0)
    assert ticks > 50
    assert len(passwords._threads._threads) <= AT_ONCE  # type: ignore[attr-defined]  # pyright: ignore


@given(st.text(max_size=600))
def test_any_text_is_a_password_or_refused(text: str) -> None:
    found = find_password(text)
    if found is not None:
        assert 0 < len(found) <= MOST_PASSWORD
        assert find_password(found.decode()) == found
    if found is not None and len(found.decode()) >= LEAST_PASSWORD:
        assert check_password(text) == found
    else:
        with pytest.raises(InvalidUser):
            check_password(text)
