"""The page of requirements is complete, and every reference on it leads somewhere."""

import re
from collections import Counter
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "requirements.md").read_text()
LINES = re.findall(r"^- \*\*([A-Z0-9]+-\d+)\*\* \S", PAGE, re.MULTILINE)
RESOLUTIONS = re.findall(r"^\*\*(C-\d\d)\*\*\{ #(c-\d\d) \}", PAGE, re.MULTILINE)


def test_each_line_is_there_once() -> None:
    systems = Counter(line.split("-")[0] for line in LINES)
    assert systems == {"R24": 66, "SD": 47, "XB": 52, "FD": 45, "SM": 41, "X": 24}
    assert len(LINES) == len(set(LINES)) == 275


def test_the_lines_of_a_system_are_numbered_without_a_gap() -> None:
    for system, count in Counter(line.split("-")[0] for line in LINES).items():
        numbers = [line for line in LINES if line.startswith(f"{system}-")]
        assert numbers == [f"{system}-{number:02}" for number in range(1, count + 1)]


def test_each_contradiction_has_an_anchor_and_a_resolution() -> None:
    assert [(f"C-{number:02}", f"c-{number:02}") for number in range(1, 61)] == RESOLUTIONS
    assert PAGE.count("\n:   *Conflict.* ") == PAGE.count("\n:   *Resolution.* ") == 60


def test_every_reference_names_a_contradiction() -> None:
    references = re.findall(r"\[(C-\d\d)\]\(#(c-\d\d)\)", PAGE)
    assert references
    assert all(reference in RESOLUTIONS for reference in references)
