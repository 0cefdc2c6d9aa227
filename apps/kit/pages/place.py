"""Where an app's pages come from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PagesAt:
    """Where an app's pages come from.

    Attributes:
        package: The package with the folders ``templates`` and ``static``.
        title: The app's name, as people read it.
        links: What stands in every page's header: a name and a path of this app.
    """

    package: str
    title: str
    links: tuple[tuple[str, str], ...] = ()
