from pathlib import Path

import pytest
from tests.hutch_database.packages import Package, table
from typer.testing import CliRunner

from hutch.cli.main import commands
from hutch_database import DatabaseError

APP = """
from hutch import App, Module
from hutch.contributions import Migrations
from hutch_database import database_module

app = App(Module("shop", imports=[database_module()], contributions=[
    Migrations("shop", "shop:migrations")]))
"""


@pytest.fixture(autouse=True)
def app(shop: Package, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (shop.root / "shop" / "module.py").write_text(APP)
    monkeypatch.setenv("HUTCH_APP", "shop")
    monkeypatch.setenv("DATABASE_URL", sqlite_url)


def hutch(*arguments: str) -> str:
    result = CliRunner().invoke(commands, ["db", *arguments])
    if result.exception:
        raise result.exception
    return result.output


def test_upgrade_and_current_tell_where_the_database_is(shop: Package) -> None:
    shop.add("a1", table("orders"))
    assert hutch("current") == "shop: nothing applied (behind: newest is a1)\n"
    assert hutch("upgrade") == "shop: a1 (newest)\n"
    assert hutch("current", "shop") == "shop: a1 (newest)\n"
    shop.add("a2", down="a1")
    assert hutch("current") == "shop: a1 (behind: newest is a2)\n"
    assert hutch("upgrade", "shop.module:app") == "shop: a2 (newest)\n"


def test_an_app_whose_root_does_not_see_the_database_is_upgraded(shop: Package) -> None:
    """The database is a part's own affair."""
    part = 'part = Module("part", imports=[database_module()])\n\napp ='
    whole = APP.replace("app =", part).replace(
        "imports=[database_module()], con", "imports=[part], con"
    )
    (shop.root / "shop" / "module.py").write_text(whole)
    shop.add("a1", table("orders"))
    assert hutch("upgrade") == "shop: a1 (newest)\n"


def test_revision_writes_a_file_that_upgrade_applies() -> None:
    file = Path(hutch("revision", "-m", "Add orders", "--branch", "shop").strip())
    revision = file.name.removesuffix("_add_orders.py")
    assert hutch("upgrade") == f"shop: {revision} (newest)\n"


def test_an_app_without_revisions_is_told_so() -> None:
    assert hutch("current") == hutch("upgrade") == "no package of this app contributes revisions\n"


@pytest.mark.parametrize("command", ["current", "upgrade"])
def test_a_server_that_is_away_is_named_without_its_password(
    command: str, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    url = f"postgresql://u:secret@127.0.0.1:{unused_tcp_port}/x"
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(
        DatabaseError, match=r"u:\*\*\*@127.* cannot be reached \(Conn.*; start"
    ) as e:
        hutch(command)
    assert "secret" not in str(e.value)
