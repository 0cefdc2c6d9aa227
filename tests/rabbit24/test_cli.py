"""``hutch credits``."""

import pytest
from tests.rabbit24.running import PASSWORD
from typer.testing import CliRunner, Result

from hutch.cli.main import commands
from hutch_auth import UnknownUser


@pytest.fixture(autouse=True)
def app(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HUTCH_APP", "rabbit24")


def hutch(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(commands, arguments, input=typed)


def test_an_operator_books_credits_for_a_user() -> None:
    hutch("users", "add", "ada", typed=f"{PASSWORD}\n")
    for credits_ in (105, 110):
        told = hutch("credits", "book", "ada", "5")
        assert told.stdout == f"ada has {credits_} credits.\n"


def test_what_cannot_be_booked_is_refused() -> None:
    assert isinstance(hutch("credits", "book", "nobody", "5").exception, UnknownUser)
    for amount in ("0", "many", "1000001"):
        assert hutch("credits", "book", "ada", amount).exit_code == 2
