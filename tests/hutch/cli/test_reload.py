"""``hutch run --reload``, in a real process."""

import os
from pathlib import Path

from hutch.cli.reload import stamps_below

APP = """
from hutch import App, Module
from hutch.contributions import Service

async def speak():
    print("{word}", flush=True)
    yield
    print("bye", flush=True)

app = App(Module("speaker", contributions=[Service("speaker", speak)]))
"""


def write(file, text):
    """Write with a time of change that differs even where clocks are coarse."""
    before = file.stat().st_mtime_ns if file.exists() else 0
    file.write_text(text)
    os.utime(file, ns=(before + 10**9, before + 10**9))


async def test_it_starts_again_at_a_change_and_outlives_a_mistake(hutch, tmp_path):
    file = tmp_path / "speaker.py"
    write(file, APP.format(word="one"))
    async with hutch("run", "speaker", "--reload", "--port", "0", cwd=tmp_path) as process:
        assert await process.step() == "one"
        write(file, APP.format(word="two"))
        assert [await process.step(), await process.step()] == ["bye", "two"]
        write(file, "mistake(")
        assert await process.step() == "bye"
        await process.wrote("SyntaxError")
        write(file, APP.format(word="three"))
        assert await process.step() == "three"
        process.signal()
        result = await process.ended()
    assert (result.code, result.out) == (0, "bye\n")


def test_a_file_that_vanishes_while_it_is_looked_at(tmp_path, monkeypatch):
    for name in ("kept.py", "gone.py"):
        (tmp_path / name).touch()
    stat = Path.stat

    def vanished(path, **options):
        if path.name == "gone.py":
            raise FileNotFoundError(path)
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", vanished)
    monkeypatch.setattr(Path, "exists", lambda _: True)  # it was still there a moment before
    assert set(stamps_below(tmp_path)) == {tmp_path / "kept.py"}


def test_foreign_code_is_not_watched(tmp_path):
    for name in ("app/module.py", "venv/lib.py", ".hidden/x.py", "node_modules/x.py", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "venv" / "pyvenv.cfg").touch()
    (tmp_path / ".env").touch()
    found = {str(path.relative_to(tmp_path)) for path in stamps_below(tmp_path)}
    assert found == {"app/module.py", ".env"}
