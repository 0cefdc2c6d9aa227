"""The wheel: what users install has everything and nothing of the apps."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("framework/hutch", *(f"modules/{path.name}" for path in (ROOT / "modules").iterdir()))


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = target.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_every_file_of_a_package_is_in_the_wheel(package: str, names: set[str]) -> None:
    folder = ROOT / package
    files = {
        path.relative_to(folder.parent).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files - names == set()


def test_apps_and_tests_are_not_in_the_wheel(names: set[str]) -> None:
    inside = {name.split("/")[0] for name in names}
    expected = {package.split("/")[1] for package in PACKAGES}
    assert {name for name in inside if not name.endswith(".dist-info")} == expected
