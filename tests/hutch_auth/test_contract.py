"""The accounts in a table keep the contract, on each database."""

import pytest

from hutch_auth import Users
from hutch_auth.contract import UsersContract
from hutch_auth.passwords import Passwords
from hutch_auth.table_users import TableUsers
from hutch_database import Database
from hutch_session import Sessions


@pytest.mark.req("R24-57", "C-10")
class TestOnSqlite(UsersContract):
    @pytest.fixture
    def users(self, database: Database, passwords: Passwords, sessions: Sessions) -> Users:
        return TableUsers(database, passwords, sessions)


@pytest.mark.req("R24-57", "C-10")
class TestOnPostgresql(UsersContract):
    @pytest.fixture
    def users(self, server_database: Database, passwords: Passwords, sessions: Sessions) -> Users:
        return TableUsers(server_database, passwords, sessions)
