"""``.env.example`` says what ``hutch env demo.house`` says today."""

from pathlib import Path

from demo.house import app
from hutch.settings import env_example

EXAMPLE = Path(__file__).parents[2] / ".env.example"


def test_the_example_is_what_the_settings_say() -> None:
    assert EXAMPLE.read_text() == env_example(app.settings()), (
        "write it again: hutch env demo.house > .env.example"
    )
