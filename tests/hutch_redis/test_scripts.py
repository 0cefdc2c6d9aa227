from pathlib import Path

import pytest
from redis.exceptions import ResponseError

from hutch_redis import InvalidScript, Redis, Script, load_script


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package of this test's own, with Lua files that include each other."""
    name = f"lua_of_{tmp_path.name.strip('_')}"
    folder = tmp_path / name / "lua"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    files = {
        "twice": "local function twice(n) return n * 2 end",
        "more": "--#include twice\nlocal function more(n) return twice(n) + 1 end",
        "main": f"--#include twice\n--#include {name}:more\nreturn {{more(ARGV[1]), KEYS[1]}}",
        "count_and_fail": "redis.call('INCR', KEYS[1]) return redis.call('NOSUCH')",
        "here": "--#include there",
        "there": "--#include here",
        "lost": "--#include nowhere",
    }
    for file, source in files.items():
        (folder / f"{file}.lua").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


async def test_runs_with_its_fragments(redis: Redis, package: str) -> None:
    key = redis.key("x")
    assert await load_script(package, "main")(redis.state, [key], [20]) == [41, key.encode()]


def test_a_fragment_is_included_once(package: str) -> None:
    assert load_script(package, "main").source.count("function twice") == 1


def test_is_registered_once(package: str) -> None:
    assert load_script(package, "main") is load_script(package, "main")


async def test_is_sent_again_when_the_server_forgot_it(redis: Redis, package: str) -> None:
    script = load_script(package, "main")
    await script(redis.state, ["k"], [1])
    assert await redis.state.script_exists(script.digest) == [True]
    await redis.state.script_flush()
    assert await script(redis.state, ["k"], [1]) == [3, b"k"]
    assert await redis.state.script_exists(script.digest) == [True]


async def test_is_not_repeated_after_an_error(redis: Redis, package: str) -> None:
    key, script = redis.key("count"), load_script(package, "count_and_fail")
    for runs in (b"1", b"2"):  # the first sends the source, the second the digest
        with pytest.raises(ResponseError, match="nknown"):
            await script(redis.state, [key])
        assert await redis.state.get(key) == runs


def test_names_a_missing_file(package: str) -> None:
    with pytest.raises(InvalidScript, match=f"no Lua file lua/typo.lua in the package {package}"):
        load_script(package, "typo")
    with pytest.raises(InvalidScript, match=rf"lua/nowhere.lua .* included by {package}:lost"):
        load_script(package, "lost")
    with pytest.raises(InvalidScript, match="in the package no_such_package"):
        load_script("no_such_package", "x")


def test_draws_a_circle(package: str) -> None:
    p = package
    with pytest.raises(InvalidScript, match=f"{p}:here -> {p}:there -> {p}:here"):
        load_script(package, "here")


def test_the_source_is_not_in_the_repr() -> None:
    assert "return" not in repr(Script("name", "return 1"))
