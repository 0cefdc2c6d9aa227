"""The list of SAQ's own tests that differ; ``suite.py`` runs them."""

from pathlib import Path

from tests.hutch_queue.saq.suite import DIFFERENCES

PAGE = Path(__file__).parents[3] / "docs" / "modules" / "queue" / "saq.md"


def test_the_documentation_lists_each_difference() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `Test")]
    assert rows == [f"| `{name}` | {why} |" for name, why in DIFFERENCES.items()]
    assert f"The other {len(DIFFERENCES)} ask" in PAGE.read_text()
