import asyncio
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from tests.hutch_database.packages import Package, table

from hutch.contributions import Migrations
from hutch_database import (
    BranchState,
    Database,
    DatabaseUnusable,
    InvalidMigrations,
    NotMigrated,
    Schema,
    connect,
    new_revision,
    state,
    upgrade,
)

UPGRADER = Path(__file__).with_name("upgrader.py")


async def tables(database: Database) -> set[str]:
    async with database.engine.connect() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def check_at_head(database: Database, migrations: list[Migrations]) -> None:
    await Schema(database, migrations).check()


async def test_an_empty_database_gets_all_branches(
    database: Database, shop: Package, stock: Package
) -> None:
    shop.add("a1", table("orders"))
    shop.add("a2", 'op.add_column("orders", sa.Column("note", sa.Text))', down="a1")
    stock.add("b1", table("items"))
    both = [shop.migrations, stock.migrations]
    assert await state(database, both) == (
        BranchState("shop", None, "a2"),
        BranchState("stock", None, "b1"),
    )
    await upgrade(database, both)
    assert await tables(database) == {"alembic_version", "items", "orders"}
    assert [s.is_at_head for s in await state(database, both)] == [True, True]
    await upgrade(database, both)  # nothing is left to do


async def test_later_revisions_and_branches_are_added(
    database: Database, shop: Package, stock: Package
) -> None:
    shop.add("a1", table("orders"))
    await upgrade(database, [shop.migrations])
    shop.add("a2", table("notes"), down="a1")
    stock.add("b1", table("items"))
    await upgrade(database, [shop.migrations, stock.migrations])
    assert {"orders", "notes", "items"} < await tables(database)


async def test_a_branch_that_another_depends_on_counts_as_applied(
    database: Database, shop: Package, stock: Package
) -> None:
    shop.add("a1", table("orders"))
    stock.add("b1", table("items"), depends="a1")
    both = [shop.migrations, stock.migrations]
    await upgrade(database, both)
    assert all(s.is_at_head for s in await state(database, both))


async def test_a_failing_migration_undoes_all(
    database: Database, shop: Package, stock: Package
) -> None:
    shop.add("a1", table("orders"))
    stock.add("b1", 'op.execute("INSERT INTO nowhere VALUES (1)")')
    with pytest.raises(DBAPIError, match="nowhere"):
        await upgrade(database, [shop.migrations, stock.migrations])
    assert "orders" not in await tables(database)
    await upgrade(database, [shop.migrations])  # and no lock is left
    assert "orders" in await tables(database)


async def test_a_step_may_run_outside_of_the_transaction(database: Database, shop: Package) -> None:
    shop.add("a1", table("orders"))
    index = 'op.create_index("later", "orders", ["id"], postgresql_concurrently=True)'
    shop.add("a2", f"with op.get_context().autocommit_block():\n        {index}", down="a1")
    shop.add("a3", table("items"), down="a2")
    await upgrade(database, [shop.migrations])
    await check_at_head(database, [shop.migrations])
    assert "items" in await tables(database)


async def test_tasks_of_one_process_take_turns(database: Database, shop: Package) -> None:
    shop.add("a1", table("orders"))
    await asyncio.gather(*(upgrade(database, [shop.migrations]) for _ in range(3)))
    assert "orders" in await tables(database)


def test_at_once_in_one_event_loop_after_another(shop: Package, sqlite_url: str) -> None:
    shop.add("a1", table("orders"))

    async def upgrade_at_once() -> None:
        async with connect(sqlite_url) as database:
            await asyncio.gather(*(upgrade(database, [shop.migrations]) for _ in range(2)))
            assert all(branch.is_at_head for branch in await state(database, [shop.migrations]))

    for _ in range(2):
        asyncio.run(upgrade_at_once())


async def test_two_databases_of_one_process_are_told_apart(
    tmp_path: Path, shop: Package, stock: Package
) -> None:
    shop.add("a1", "\n    ".join(table(f"shop_{number}") for number in range(5)))
    stock.add("b1", "\n    ".join(table(f"stock_{number}") for number in range(5)))
    one, two = f"sqlite:///{tmp_path / 'one.db'}", f"sqlite:///{tmp_path / 'two.db'}"
    async with connect(one) as first, connect(two) as second:
        await asyncio.gather(upgrade(first, [shop.migrations]), upgrade(second, [stock.migrations]))
        assert await tables(first) == {"alembic_version", *(f"shop_{n}" for n in range(5))}
        assert await tables(second) == {"alembic_version", *(f"stock_{n}" for n in range(5))}


async def test_processes_take_turns(
    url: str, shop: Package, stock: Package, database: Database
) -> None:
    shop.add("a1", table("orders"))
    stock.add("b1", table("items"))
    # Concurrently: it waits for all snapshots, so a process that waits must hold none.
    index = 'op.create_index("later", "orders", ["id"], postgresql_concurrently=True)'
    shop.add("a2", f"with op.get_context().autocommit_block():\n        {index}", down="a1")
    processes = await asyncio.gather(*(start(url, shop.root) for _ in range(2)))
    errors = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [process.returncode for process in processes] == [0, 0], errors
    await check_at_head(database, [shop.migrations, stock.migrations])


async def start(url: str, folder: Path) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, str(UPGRADER), url, str(folder), "shop", "stock")
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


async def test_a_database_that_is_behind_is_refused(database: Database, shop: Package) -> None:
    shop.add("a1", table("orders"))
    with pytest.raises(NotMigrated, match=r"shop is at nothing, not a1\): run `hutch db upgrade`"):
        await check_at_head(database, [shop.migrations])
    await upgrade(database, [shop.migrations])
    await check_at_head(database, [shop.migrations])
    shop.add("a2", down="a1")
    with pytest.raises(NotMigrated, match="shop is at a1, not a2"):
        await check_at_head(database, [shop.migrations])


async def test_a_database_of_newer_code_is_refused(database: Database, shop: Package) -> None:
    shop.add("a1", table("orders"))
    shop.add("a2", down="a1")
    await upgrade(database, [shop.migrations])
    (shop.folder / "a2.py").unlink()
    for act in (upgrade, state, check_at_head):
        with pytest.raises(InvalidMigrations, match=r"'a2'.*upgraded by newer code"):
            await act(database, [shop.migrations])


async def test_a_running_process_is_content_when_newer_code_upgrades(
    database: Database, shop: Package
) -> None:
    shop.add("a1", table("orders"))
    schema = Schema(database, [shop.migrations])
    with pytest.raises(NotMigrated):
        await schema.check()
    await upgrade(database, [shop.migrations])
    await schema.check()
    shop.add("a2", down="a1")
    await upgrade(database, [shop.migrations])
    await schema.check()


async def test_constraints_in_migrations_are_named(database: Database, shop: Package) -> None:
    column = 'sa.Column("email", sa.Text)'
    shop.add("a1", f'op.create_table("users", {column}, sa.UniqueConstraint("email"))')
    await upgrade(database, [shop.migrations])
    async with database.engine.connect() as connection:
        found = await connection.run_sync(
            lambda sync: inspect(sync).get_unique_constraints("users")
        )
    assert [constraint["name"] for constraint in found] == ["uq_users_email"]


async def test_without_migrations_nothing_is_done(database: Database, shop: Package) -> None:
    await upgrade(database, [shop.migrations])
    await check_at_head(database, [])
    assert await tables(database) == set()


CHILD = (
    'op.create_table("child", sa.Column("id", sa.Integer, primary_key=True), sa.Column('
    '"parent_id", sa.Integer, sa.ForeignKey("parent.id", ondelete="CASCADE")))'
)


async def test_remaking_a_table_keeps_the_rows_that_refer_to_it(
    sqlite: Database, shop: Package
) -> None:
    shop.add("a1", f"{table('parent')}\n    {CHILD}")
    await upgrade(sqlite, [shop.migrations])
    async with sqlite.session() as session:
        await session.execute(text("INSERT INTO parent VALUES (1)"))
        await session.execute(text("INSERT INTO child VALUES (1, 1)"))
    change = 'batch.alter_column("id", existing_type=sa.Integer, type_=sa.BigInteger)'
    remake = f'with op.batch_alter_table("parent", recreate="always") as batch:\n        {change}'
    shop.add("a2", remake, down="a1")
    await upgrade(sqlite, [shop.migrations])
    async with sqlite.session() as session:
        assert await session.scalar(text("SELECT count(*) FROM child")) == 1
        assert await session.scalar(text("PRAGMA foreign_keys")) == 1


async def test_a_migration_that_leaves_orphans_is_undone(sqlite: Database, shop: Package) -> None:
    shop.add("a1", f"{table('parent')}\n    {CHILD}")
    shop.add("a2", 'op.execute("INSERT INTO child VALUES (1, 7)")', down="a1")
    with pytest.raises(DatabaseUnusable, match=r"1 row.* missing rows \(child -> parent\)"):
        await upgrade(sqlite, [shop.migrations])
    assert await tables(sqlite) == set()


def test_new_revisions_follow_each_other(shop: Package, stock: Package) -> None:
    both = [shop.migrations, stock.migrations]
    stock.add("b1")
    first = new_revision(both, "shop", "Add orders")
    second = new_revision(both, "shop", "Add a note")
    assert first.parent == second.parent == shop.folder
    assert first.name.endswith("_add_orders.py")
    assert 'branch_labels = ("shop",)' in first.read_text()
    revision = first.name.removesuffix("_add_orders.py")
    assert f'down_revision = "{revision}"' in second.read_text()
    assert "branch_labels = None" in second.read_text()


async def test_a_new_revision_can_be_applied(sqlite_url: str, shop: Package) -> None:
    new_revision([shop.migrations], "shop", 'With "quotes"')
    async with connect(sqlite_url) as database:
        await upgrade(database, [shop.migrations])
        await check_at_head(database, [shop.migrations])


def test_a_revision_of_an_unknown_branch_is_refused(shop: Package) -> None:
    with pytest.raises(InvalidMigrations, match="no package has the branch 'shp'; there are: shop"):
        new_revision([shop.migrations], "shp", "x")
    assert list(shop.folder.iterdir()) == []


async def refused(database: Database, message: str, *migrations: Migrations) -> None:
    with pytest.raises(InvalidMigrations, match=message):
        await upgrade(database, migrations)
    assert await tables(database) == set()


async def test_an_unlabelled_branch_is_refused(sqlite: Database, shop: Package) -> None:
    shop.add("a1", labels=())
    await refused(sqlite, r'a1.py is not in branch \'shop\'.*\("shop",\)', shop.migrations)


async def test_two_heads_are_refused(sqlite: Database, shop: Package) -> None:
    for revision, down in (("a1", None), ("a2", "a1"), ("a3", "a1")):
        shop.add(revision, down=down)
    await refused(sqlite, r"'shop' has two newest revisions, a\d and a\d", shop.migrations)


async def test_a_branch_of_two_packages_is_refused(
    sqlite: Database, shop: Package, stock: Package
) -> None:
    other = Migrations("shop", "stock:migrations")
    await refused(sqlite, "'shop' is claimed by .*shop.* and by .*stock", shop.migrations, other)


async def test_a_revision_of_two_packages_is_refused(
    sqlite: Database, shop: Package, stock: Package
) -> None:
    shop.add("a1")
    stock.add("a1")
    await refused(sqlite, "a1 is present more than once", shop.migrations, stock.migrations)


async def test_a_revision_after_a_missing_one_is_refused(sqlite: Database, shop: Package) -> None:
    shop.add("a2", down="a1", labels=("shop",))
    await refused(sqlite, "do not fit together: .*a1", shop.migrations)


async def test_missing_places_are_named(sqlite: Database, shop: Package) -> None:
    await refused(
        sqlite, "there is no folder .*shop/versions; make it", Migrations("s", "shop:versions")
    )
    await refused(sqlite, "there is no package 'nowhere'", Migrations("s", "nowhere:versions"))
