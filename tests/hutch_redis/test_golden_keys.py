"""The literal keys of the five systems come out as they are documented, with the prefix before."""

from pathlib import Path

import pytest

from hutch_redis import Keys

LINES = Path(__file__).with_name("golden_keys.txt").read_text().splitlines()
GOLDEN = [line.split(" ") for line in LINES if not line.startswith("#")]


@pytest.mark.req("X-22", "C-35")
@pytest.mark.parametrize("prefix", ["app:", "stg", "prod:"])
@pytest.mark.parametrize(("line", "parts", "literal"), GOLDEN)
def test_a_key_is_the_prefix_and_the_literal(
    prefix: str, line: str, parts: str, literal: str
) -> None:
    assert Keys(prefix).key(*parts.split("|")) == f"{prefix.removesuffix(':')}:{literal}"


def test_every_system_with_keys_of_its_own_is_there() -> None:
    assert {line.partition("-")[0] for line, _, _ in GOLDEN} == {"R24", "XB", "SM", "C"}
    assert len({literal for _, _, literal in GOLDEN}) == len(GOLDEN) >= 50
