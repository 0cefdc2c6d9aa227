"""What the demo asks of a play."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import httpx2

from demo.verdict import Finding


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a play takes place.

    Attributes:
        run: Made up for this run, so that what earlier runs left behind is told from it.
        app: Where the app serves, without a slash at the end.
        sandbox: Where the sandbox serves, likewise.
        client: Speaks to the app as its operator; paths are below the app's address.
        token: What operators log in with.
        deaths: Tells how often a worker was killed so far; None where nobody knows.
    """

    run: str
    app: str
    sandbox: str
    client: httpx2.AsyncClient = field(repr=False)
    token: str = field(repr=False)
    deaths: Callable[[], int | None] = field(default=lambda: None, repr=False)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a play is.

    Attributes:
        done: How much of it has happened.
        total: How much there is.
        detail: What a reader sees beside it, e.g. "12 of 20 posts published, 3 events heard".
    """

    done: int
    total: int
    detail: str


class Play(Protocol):
    """Uses one app as people would, over HTTP, and knows what has to come out.

    The worker may be killed and started again at any moment of it.
    """

    app: str
    """The app's package, and its path in the demo."""
    does: str
    """One line for the start page: what the app does."""

    async def environment(self, sandbox: str, client: httpx2.AsyncClient) -> dict[str, str]:
        """Make accounts at the sandbox; return the variables that tell the app of them."""
        ...

    async def run(self, scene: Scene) -> None:
        """Use the app until everything that shall happen has happened."""
        ...

    def progress(self) -> Progress:
        """Tell how far it is."""
        ...

    async def judge(self, scene: Scene) -> list[Finding]:
        """Compare what the app says with what the outside world has."""
        ...
