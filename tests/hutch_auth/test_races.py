"""What several do at once happens once."""

import asyncio

import pytest
from tests.hutch_auth.apps import PASSWORD

from hutch_auth import UnknownToken, UserExists, Users
from hutch_auth.passwords import Passwords
from hutch_auth.table_users import TableUsers
from hutch_database import Database
from hutch_session import Sessions

rounds = pytest.mark.parametrize("rounds", [3, pytest.param(50, marks=pytest.mark.slow)])


@pytest.fixture(params=["sqlite", "server"])
def everybodys(request: pytest.FixtureRequest, passwords: Passwords, sessions: Sessions) -> Users:
    name = "database" if request.param == "sqlite" else "server_database"
    database: Database = request.getfixturevalue(name)
    return TableUsers(database, passwords, sessions)


@rounds
async def test_of_many_who_want_a_name_one_gets_it(everybodys: Users, rounds: int) -> None:
    for number in range(rounds):
        calls = [everybodys.add(f"ada{number}", PASSWORD) for _ in range(5)]
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert sum(isinstance(result, UserExists) for result in results) == 4
    assert len(await everybodys.all()) == rounds


@rounds
@pytest.mark.req("R24-57")
async def test_a_token_is_revoked_once_and_no_use_comes_after_it(
    everybodys: Users, rounds: int
) -> None:
    ada = await everybodys.add("ada", PASSWORD)

    async def revoke(id: str) -> bool:
        try:
            await everybodys.revoke(id)
        except UnknownToken:
            return False
        return True

    for number in range(rounds):
        issued = await everybodys.issue(ada.id, f"script {number}")
        used = [everybodys.of_token(issued.text) for _ in range(5)]
        revoked = [revoke(issued.info.id) for _ in range(3)]
        *_, first, second, third = await asyncio.gather(*used, *revoked)
        assert [first, second, third].count(True) == 1
        assert await everybodys.of_token(issued.text) is None
