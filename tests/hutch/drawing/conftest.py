"""The bookshop, drawn."""

import importlib
from pathlib import Path

import pytest

from hutch.drawing import Drawing, drawing_of

APPS = Path(__file__).parent.parent / "apps"


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch) -> Drawing:
    monkeypatch.syspath_prepend(str(APPS))
    return drawing_of(importlib.import_module("bookshop").app.graph)


@pytest.fixture
def box(drawing):
    """Find a module's box by its name."""
    boxes = {box.name: box for box in drawing.boxes}
    return boxes.__getitem__
