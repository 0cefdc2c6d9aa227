"""What the demo shows: how far each play is, and what is wrong."""

from __future__ import annotations

import io
from collections.abc import Callable

import httpx2
from rich.console import Console

from demo.plays import Progress, Scene
from demo.show import summary, table
from demo.verdict import Finding


class Half:
    """A play that stands still."""

    app = "shop"
    does = "Sells."

    async def environment(self, sandbox: str, client: httpx2.AsyncClient) -> dict[str, str]:
        return {}

    async def run(self, scene: Scene) -> None: ...

    def progress(self) -> Progress:
        return Progress(3, 6, "3 of 6 orders sent")

    async def judge(self, scene: Scene) -> list[Finding]:
        return []


def test_the_table_shows_how_far_each_play_is() -> None:
    text = shown(lambda console: console.print(table([Half()])))
    assert "shop" in text
    assert "3/6" in text
    assert "3 of 6 orders sent" in text


def test_the_summary_says_what_is_wrong() -> None:
    findings = {"shop": [Finding("orders sent", 6, 6), Finding("sent twice", 0, 1, "order 3")]}
    text = shown(lambda console: summary(console, findings, 1.5))
    assert "Wrong: shop: sent twice: 1 instead of 0: order 3\n" in text
    assert "orders sent: 6" not in text


def shown(draw: Callable[[Console], None]) -> str:
    page = io.StringIO()
    draw(Console(file=page, width=100))
    return page.getvalue()
