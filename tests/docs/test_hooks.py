"""What the pages take from the code is complete and stays with it."""

from types import ModuleType

import pytest

from hutch import Settings
from hutch.settings import HttpSettings
from hutch_redis import RedisSettings


class ShelfSettings(Settings, section="shelf"):
    """A shelf."""

    boards: int
    """How many boards it has."""
    kind: str = "oak|ash"
    """oak|ash."""


@pytest.mark.parametrize("cls", [HttpSettings, RedisSettings])
def test_a_table_of_settings_has_every_field(hooks: ModuleType, cls: type[Settings]) -> None:
    table = hooks.settings_table(f"{cls.__module__}:{cls.__name__}")
    rows = table.splitlines()[2:]
    names = [f"HUTCH_{cls.section}__{name}".upper() for name in cls.model_fields]
    assert [row.split("`")[1] for row in rows] == names
    assert all(row.count(" | ") == 2 and not row.endswith("|  |") for row in rows)


def test_a_row_tells_default_further_names_and_what_is_required(hooks: ModuleType) -> None:
    table = hooks.settings_table("hutch_redis:RedisSettings")
    assert "| `HUTCH_REDIS__POOL_SIZE` | `50` | Connections per pool. |" in table
    assert "Also read from `REDIS_URL`. |" in table
    rows = hooks._blocks(ShelfSettings)
    boards, kind = [hooks._settings_row(block) for block in rows]
    assert boards == "| `HUTCH_SHELF__BOARDS` | required | How many boards it has. |"
    assert kind == "| `HUTCH_SHELF__KIND` | `oak|ash` | oak\\|ash. |"


def test_the_table_of_errors_has_each_code_once(hooks: ModuleType) -> None:
    rows = hooks.error_table("").splitlines()[2:]
    codes = [row.split("`")[1] for row in rows]
    assert {"missing-provider", "wrong-setting", "queue-unavailable", "redis-refused"} < set(codes)
    assert len(codes) == len(set(codes))
    assert all(row.split("|")[4].strip() for row in rows)


def test_the_drawing_is_that_of_the_app(hooks: ModuleType) -> None:
    drawn = hooks.graph("rabbit24.module:app")
    assert drawn.startswith("```mermaid\nflowchart")
    assert "job PublishJobs.publish_post" in drawn


def test_a_proven_requirement_shows_its_tests(hooks: ModuleType) -> None:
    page = "# Requirements\n\n- **XB-04** Keys.\n- **FD-45** Insights.\n<!-- hutch: proofs -->"
    filled = hooks.on_page_markdown(page)
    assert "Keys. <small markdown>`tests/hutch_redis/test_keys.py`" in filled
    assert hooks.proof_count("").endswith(" of 275")
    assert hooks.proof_count("") in filled


def test_an_unknown_wish_fails_the_build(hooks: ModuleType) -> None:
    with pytest.raises(KeyError, match="figures"):
        hooks.on_page_markdown("<!-- hutch: figures -->")


def test_pages_without_a_drawing_do_not_load_mermaid(hooks: ModuleType) -> None:
    script = '<script src="../javascripts/mermaid.min.js"></script>'
    assert hooks.on_post_page(f"<p>text</p>\n{script}") == "<p>text</p>"
    drawing = f'<pre class="mermaid"></pre>{script}'
    assert hooks.on_post_page(drawing) == drawing
