"""Every backend keeps the contract, on every database it works on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hutch_database import Database, Session
from kit.vectors import ExactVectors, PgVectors, Vectors
from kit.vectors.contract import VectorsContract


@pytest.mark.req("FD-42")
class TestExactOnSqlite(VectorsContract):
    @pytest.fixture
    def vectors(self) -> Vectors:
        return ExactVectors()

    @pytest.fixture
    async def session(self, sqlite: Database) -> AsyncIterator[Session]:
        async with sqlite.session() as session:
            yield session


class TestExactOnPostgres(VectorsContract):
    @pytest.fixture
    def vectors(self) -> Vectors:
        return ExactVectors()

    @pytest.fixture
    async def session(self, server: Database) -> AsyncIterator[Session]:
        async with server.session() as session:
            yield session


@pytest.mark.req("FD-42")
class TestPgvector(VectorsContract):
    @pytest.fixture
    def vectors(self) -> Vectors:
        return PgVectors()

    @pytest.fixture
    async def session(self, server: Database) -> AsyncIterator[Session]:
        async with server.session() as session:
            yield session
