"""Where the monitor is served."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hutch.errors import InvalidDeclaration

_PATH = re.compile(r"(/[A-Za-z0-9_~.-]+)+")


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the monitor is served.

    Args:
        monitor: The path of its own pages.
        queues: The path of SAQ's web UI.

    Raises:
        InvalidDeclaration: A path cannot be one, or both are the same.
    """

    monitor: str = "/monitor"
    queues: str = "/monitor/saq"

    def __post_init__(self) -> None:
        """Check the paths; they stand in a page's script, so only plain ones are allowed."""
        for path in (self.monitor, self.queues):
            if not _PATH.fullmatch(path):
                raise InvalidDeclaration(
                    f"monitor path {path!r}: write it as '/admin/queues', of letters, digits "
                    "and -._~, without a slash at the end."
                )
        if self.monitor == self.queues:
            raise InvalidDeclaration(
                f"monitor path {self.monitor!r} is given to the pages and to the queues; "
                "choose two different ones."
            )


def beside(scope: Mapping[str, Any], own: str, path: str) -> str:
    """Return a path of this app as the browser sees it, wherever the app is mounted.

    Args:
        scope: Of a request to what is mounted at ``own``.
        own: A path of this app.
        path: Another one.
    """
    root: str = scope.get("root_path", "")
    return root.removesuffix(own) + path
