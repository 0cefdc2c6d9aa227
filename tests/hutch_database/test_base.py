from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import ForeignKey, Text, inspect
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from hutch_database import Database, UtcDateTime, metadata


class Base(DeclarativeBase):
    metadata = metadata()
    type_annotation_map = {datetime: UtcDateTime()}


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text, unique=True)


class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"), index=True)
    at: Mapped[datetime]
    ended: Mapped[datetime | None]


@pytest.fixture(autouse=True)
async def tables(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)


async def test_instants_come_back_aware_and_in_utc(database: Database) -> None:
    written = datetime(2026, 3, 29, 2, 30, 0, 123456, timezone(timedelta(hours=2)))
    async with database.session() as session:
        session.add(Author(id=1, email="a"))
        await session.flush()
        session.add(Post(id=1, author_id=1, at=written))
    async with database.session() as session:
        post = await session.get_one(Post, 1)
    assert post.at == written
    assert post.at.tzinfo is UTC
    assert post.ended is None


async def test_a_naive_datetime_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="has no time zone; store datetime"):
        async with database.session() as session:
            session.add(Post(id=1, author_id=1, at=datetime(2026, 1, 1)))


async def test_constraints_have_the_same_names_everywhere(database: Database) -> None:
    async with database.engine.connect() as connection:
        found = await connection.run_sync(
            lambda sync: (
                inspect(sync).get_unique_constraints("author")[0]["name"],
                inspect(sync).get_foreign_keys("post")[0]["name"],
                inspect(sync).get_indexes("post")[0]["name"],
                inspect(sync).get_pk_constraint("post")["name"],
            )
        )
    assert found == (
        "uq_author_email",
        "fk_post_author_id_author",
        "ix_post_author_id",
        "pk_post",
    )


async def test_references_are_checked(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.session() as session:
            session.add(Post(id=1, author_id=7, at=datetime.now(UTC)))
