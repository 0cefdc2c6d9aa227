import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(("HUTCH_", "STORE_", "OLD_STORE_")):
            monkeypatch.delenv(name)
    return monkeypatch
