import sys
from pathlib import Path

import pytest

from hutch import App, Module
from hutch.cli.target import load
from hutch.errors import GraphError, TargetError

MODULE = "from hutch import App, Module\nshop = Module('shop')\napp = App(shop)\nnumber = 3\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory whose modules are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)


def refusal(target: str | None) -> str:
    with pytest.raises(TargetError) as caught:
        load(target)
    return str(caught.value)


def test_an_attribute_of_a_module(folder):
    write(folder, "target_a.py", MODULE)
    app = load("target_a:app")
    assert isinstance(app, App)
    assert app is load("target_a")


def test_a_package_means_its_module_file(folder):
    write(folder, "target_b/__init__.py", "")
    write(folder, "target_b/module.py", MODULE)
    assert load("target_b") is load("target_b.module:app")


def test_a_module_is_an_app_of_its_own(folder):
    write(folder, "target_c.py", MODULE)
    app = load("target_c:shop")
    module = sys.modules["target_c"]
    assert isinstance(module.shop, Module)
    assert app.module is module.shop


def test_without_a_target_the_setting_says(folder, monkeypatch):
    write(folder, "target_d.py", MODULE)
    write(folder, ".env", "HUTCH_APP=target_d:app\n")
    assert load().name == "shop"
    write(folder, ".env", "")
    assert refusal(None) == (
        "No app is named: write package.module:attribute or an app package's name "
        "after the command, or set HUTCH_APP."
    )


def test_a_missing_module_names_the_nearest(folder):
    write(folder, "target_e.py", MODULE)
    assert refusal("target_ee") == (
        f"target_ee: {folder} and the environment have no module 'target_ee'. "
        "Did you mean target_e?"
    )


def test_a_missing_module_in_a_package(folder):
    write(folder, "target_f/__init__.py", "")
    write(folder, "target_f/orders.py", MODULE)
    assert refusal("target_f.order:app") == (
        "target_f.order:app: The package target_f has no module 'order'. "
        "Did you mean target_f.orders?"
    )
    assert refusal("target_f") == "target_f: The package target_f has no module 'module'."


def test_a_missing_attribute_names_the_nearest(folder):
    write(folder, "target_g.py", MODULE)
    assert refusal("target_g:shopp") == (
        "target_g:shopp: target_g has no 'shopp'. Did you mean target_g:shop?"
    )
    write(folder, "target_h.py", "")
    assert refusal("target_h") == (
        "target_h: target_h has no 'app'. Make one there: app = App(module)."
    )


def test_something_that_is_no_app(folder):
    write(folder, "target_i.py", MODULE)
    assert refusal("target_i:number") == (
        "target_i:number: target_i:number is a int, no App and no Module. "
        "Did you mean target_i:shop?"
    )


@pytest.mark.parametrize("target", ["../shop", "shop:", "a..b", "shop-1:app", "a:b:c"])
def test_something_that_is_no_target(target):
    assert refusal(target) == (
        f"{target!r} is no target: write package.module:attribute, or an app package's name."
    )


def test_what_the_code_raises_passes_through(folder):
    write(folder, "target_j.py", "import no_such_library\n")
    with pytest.raises(ModuleNotFoundError, match="no_such_library") as caught:
        load("target_j")
    assert str(folder / "target_j.py") in [str(e.path) for e in caught.traceback]
    write(folder, "target_k.py", "1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        load("target_k")


def test_a_refusal_of_the_graph_passes_through(folder):
    write(folder, "target_l.py", MODULE + "bad = Module('bad', exports=[int])\n")
    with pytest.raises(GraphError, match="bad exports int"):
        load("target_l:bad")
