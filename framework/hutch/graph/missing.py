"""What is missing: who needs it, why it is not seen, and where it can be had."""

from __future__ import annotations

import sys
from typing import Any

from hutch.graph.link import Links
from hutch.graph.signature import Wanted
from hutch.module import Module
from hutch.tokens import describe


def explain_missing(links: Links, module: Module, who: str, want: Wanted) -> str:
    """Say what ``who`` needs and its module cannot see, and what to change."""
    what = describe(want.token)
    head = f"{who} (in {module.name}) needs `{want.name}: {what}`, which {module.name} cannot see."
    hiding = [other for other in links.modules if want.token in links.own[other]]
    remedy = _share(links, module, hiding[0], want) if hiding else _provide(module, want.token)
    return f"{head}\n  {remedy}"


def _share(links: Links, module: Module, other: Module, want: Wanted) -> str:
    if want.token not in links.exported[other]:
        what = describe(want.token)
        return f"{other.name} provides it but does not export it: add {what} to its `exports`."
    return f"{other.name} exports it: add {other.name} to the `imports` of {module.name}."


def _provide(module: Module, token: Any) -> str:
    makers = _makers(token)
    if makers:
        return f"No module provides it: add {makers} to the `imports` of {module.name}."
    what = describe(token)
    return (
        f"No module provides it: add {what} to the `providers` of {module.name}, "
        f"as a class or as bind({what}).to(...)."
    )


def _makers(token: Any) -> str:
    """Name the functions that make modules in the package that a class comes from."""
    if not isinstance(token, type):
        return ""
    package = token.__module__.partition(".")[0]
    public: list[str] = getattr(sys.modules.get(package), "__all__", [])
    # What the framework itself exports under such a name makes modules for other things.
    names = [name for name in public if name.endswith("_module") and package != "hutch"]
    return " or ".join(f"{package}.{name}(...)" for name in names)
