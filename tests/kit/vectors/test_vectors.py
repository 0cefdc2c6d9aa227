"""What is particular to a backend: migrations, the module, an index."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from tests.postgres import Server

from hutch import Module, bind
from hutch.testing import testing
from hutch_database import Database, DatabaseSettings, connect, state, upgrade
from kit.ai import NgramEmbedder
from kit.vectors import (
    Entry,
    ExactVectors,
    PgVectors,
    Space,
    Vectors,
    VectorSettings,
    VectorsUnavailable,
    vectors_module,
)
from kit.vectors.on_pgvector import REVISION

BRANCHES = list(vectors_module().contributions)
APP = Module("app", imports=[vectors_module()], exports=[vectors_module()])


def at(url: str, backend: str):
    return (
        bind(DatabaseSettings).value(DatabaseSettings(url=SecretStr(url), upgrade_at_start=True)),
        bind(VectorSettings).value(VectorSettings.model_validate({"backend": backend})),
    )


async def test_the_module_is_exact_by_default(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'app.db'}"

    async with testing(APP, at(url, "exact")[0]) as t:
        assert isinstance(t.get(Vectors), ExactVectors)


async def test_a_setting_chooses_pgvector(migrated: str):
    async with testing(APP, *at(migrated, "pgvector")) as t:
        assert isinstance(t.get(Vectors), PgVectors)


async def test_pgvector_needs_postgresql(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'app.db'}"

    with pytest.raises(VectorsUnavailable, match="the database is sqlite: use the backend exact"):
        async with testing(APP, *at(url, "pgvector")):
            pass


async def test_pgvector_that_came_later_is_explained(postgres: Server):
    url = await postgres.new_database()
    async with connect(url) as database:
        await upgrade(database, BRANCHES)
        async with database.session() as session:
            await session.execute(text("DROP TABLE kit_pgvectors"))
    with pytest.raises(VectorsUnavailable, match=f"first delete {REVISION} from alembic_version"):
        async with testing(APP, *at(url, "pgvector")):
            pass

    async with connect(url) as database, database.session() as session:
        await session.execute(text(f"DELETE FROM alembic_version WHERE version_num = '{REVISION}'"))
    async with testing(APP, *at(url, "pgvector")) as t:
        assert isinstance(t.get(Vectors), PgVectors)


async def test_the_extension_is_really_there(server: Database):
    async with server.session() as session:
        query = "SELECT count(*) FROM pg_extension WHERE extname = 'vector'"
        assert await session.scalar(text(query)) == 1


async def test_both_branches_are_at_their_heads(sqlite: Database, server: Database):
    for database in (sqlite, server):
        states = await state(database, BRANCHES)
        assert [(one.branch, one.is_at_head) for one in states] == [
            ("kit_pgvectors", True),
            ("kit_vectors", True),
        ]


async def test_an_index_of_pgvector_is_used(server: Database):
    space = Space("points", "m", 8)
    numbers = np.random.default_rng(7).normal(size=(300, 8))
    entries = [Entry(str(n), row) for n, row in enumerate(numbers.astype(np.float32))]

    async with server.session() as session:
        await PgVectors().upsert(session, space, entries)
        exact = await PgVectors().nearest(session, space, numbers[0].tolist(), 3)
        await session.execute(
            text(
                "CREATE INDEX points_8 ON kit_pgvectors USING hnsw "
                "((vector::vector(8)) vector_cosine_ops) WHERE dimensions = 8"
            )
        )
        # With the key gone it is the only index; the rollback brings the key back.
        await session.execute(text("ALTER TABLE kit_pgvectors DROP CONSTRAINT pk_kit_pgvectors"))
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        count = "SELECT idx_scan FROM pg_stat_xact_user_tables WHERE relname = 'kit_pgvectors'"
        before = await session.scalar(text(count))
        found = await PgVectors().nearest(session, space, numbers[0].tolist(), 3)
        assert [one.id for one in found] == [one.id for one in exact]
        assert await session.scalar(text(count)) == before + 1
        await session.rollback()


@pytest.mark.req("R24-27")
async def test_a_near_duplicate_is_found(sqlite: Database):
    embedder = NgramEmbedder()
    space = Space("posts", embedder.model, embedder.dimensions)
    texts = {
        "1": "Our new linen jacket is here, light and cool",
        "2": "How to repair a bicycle chain",
        "3": "Autumn sale: all boots at half the price",
    }
    made = await embedder.embed(list(texts.values()))
    async with sqlite.session() as session:
        vectors = ExactVectors()
        entries = [Entry(id_, one) for id_, one in zip(texts, made, strict=True)]
        await vectors.upsert(session, space, entries)

        [sought] = await embedder.embed(["our new LINEN jacket is here: light, and cool!"])
        [match] = await vectors.nearest(session, space, sought, least=0.9)

    assert match.id == "1"
    assert "cool" not in repr(match)


async def test_a_vector_is_in_no_representation():
    assert "0.5" not in repr(Entry("a", [0.5, 0.5]))
