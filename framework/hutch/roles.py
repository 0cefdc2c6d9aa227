"""Roles: which half of an app a process runs."""

from enum import Enum


class Role(Enum):
    """What a process does with the graph: serve HTTP, run jobs, or both."""

    WEB = "web"
    WORKER = "worker"
    ALL = "all"

    def covers(self, part: "Role") -> bool:
        """Tell whether a process of this role runs parts of the other."""
        return self is Role.ALL or part is Role.ALL or self is part
