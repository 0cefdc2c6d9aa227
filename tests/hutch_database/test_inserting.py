"""Rows that are there already are left, or changed, on both databases."""

from sqlalchemy import Column, Integer, MetaData, String, Table, select

from hutch_database import Database, insert

NOTES = Table(
    "note", MetaData(), Column("id", Integer, primary_key=True), Column("words", String())
)


async def test_what_is_there_is_left_or_changed(database: Database) -> None:
    async with database.session() as session:
        await (await session.connection()).run_sync(NOTES.metadata.create_all)
        first = insert(session, NOTES).values(id=1, words="first")
        await session.execute(first)
        await session.execute(first.values(words="left out").on_conflict_do_nothing())
        assert await session.scalar(select(NOTES.c.words)) == "first"
        changed = insert(session, NOTES).values(id=1, words="second")
        replaced = {"words": changed.excluded.words}
        await session.execute(changed.on_conflict_do_update(index_elements=["id"], set_=replaced))
        assert await session.scalar(select(NOTES.c.words)) == "second"
