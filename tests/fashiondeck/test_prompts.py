"""What prompts ask for."""

import pytest

from fashiondeck.keys import generate_hash
from fashiondeck.schemas import Prompt
from fashiondeck.services.prompts import NothingToLookFor, parse

KNOWN = ("boho", "classic")


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("red linen shirt", Prompt(words="red linen shirt")),
        ("Boho DRESS", Prompt(words="boho dress", aesthetics=("boho",))),
        ("coat under 40", Prompt(words="coat", most=4000)),
        ("coat below $39.90 please", Prompt(words="coat please", most=3990)),
        ("coat up to 40 euros", Prompt(words="coat", most=4000)),
        ("coat over 20 and under 40", Prompt(words="coat and", least=2000, most=4000)),
        ("coat between 40 and 20", Prompt(words="coat", least=2000, most=4000)),
        ("coat from 20 to 40 eur", Prompt(words="coat", least=2000, most=4000)),
        ("brand new coat, new", Prompt(words="coat", condition="New")),
        ("second-hand coat", Prompt(words="coat", condition="Used")),
        ("used coat", Prompt(words="coat", condition="Used")),
        ("coat size 40", Prompt(words="coat size 40")),
        ("newborn coat", Prompt(words="newborn coat")),
        ("under armour shirt", Prompt(words="under armour shirt")),
        ("coat under 40mm", Prompt(words="coat under 40mm")),
        ("bohochic dress", Prompt(words="bohochic dress")),
    ],
)  # fmt: skip
def test_a_prompt_is_read(text: str, prompt: Prompt) -> None:
    assert parse(text, KNOWN) == prompt


@pytest.mark.parametrize("text", ["under 40", "!!!", "  ", "new", "§"])
def test_a_prompt_without_words_is_refused(text: str) -> None:
    with pytest.raises(NothingToLookFor) as refused:
        parse(text, KNOWN)
    assert str(refused.value) == (
        f"{text!r} names nothing to look for: write what it is, e.g. 'boho linen dress under 40'."
    )


@pytest.mark.req("FD-08")
def test_those_who_mean_the_same_have_the_same_hash() -> None:
    of_another_run = "2828553accc8"
    hashes = {generate_hash(text) for text in ("Red  shirt", " red shirt", "red\tSHIRT")}
    assert len(hashes) == 1
    assert hashes.pop().startswith(of_another_run)
    assert not generate_hash("red shirts").startswith(of_another_run)
