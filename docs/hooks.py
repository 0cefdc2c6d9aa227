"""What mkdocs generates from the code: settings, error codes, drawings and proofs.

A page asks for it by a comment, ``<!-- hutch: settings hutch_redis:RedisSettings -->``.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from hutch.drawing import drawing_of, mermaid
from hutch.errors import HutchError
from hutch.settings import Settings, env_example

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "hutch",
    "hutch_redis",
    "hutch_database",
    "hutch_queue",
    "hutch_outbox",
    "hutch_cache",
    "hutch_ratelimit",
    "hutch_pause",
    "hutch_lock",
    "hutch_pubsub",
    "hutch_session",
    "hutch_auth",
    "hutch_vault",
    "hutch_metrics",
    "hutch_monitor",
)
APPS = ("rabbit24", "xbot", "secondme", "fashiondeck", "kit")
_IMPORT = re.compile(r"^(?:from|import) (hutch\w*)", re.MULTILINE)
_DIRECTIVE = re.compile(r"<!-- hutch: (\w+) ?(\S*) -->")
_LINE = re.compile(r"^- \*\*([A-Z0-9]+-\d+)\*\*.*$", re.MULTILINE)
_MARK = re.compile(r"mark\.req\(([^)]*)\)")
_MERMAID = re.compile(r'\s*<script src="[^"]*mermaid\.min\.js"></script>')


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill in what a page asks for.

    Raises:
        KeyError: It asks for something unknown.
    """
    filled = _DIRECTIVE.sub(lambda match: DIRECTIVES[match[1]](match[2]), markdown)
    return _with_proofs(filled) if filled.startswith("# Requirements\n") else filled


def on_post_page(output: str, **_: Any) -> str:
    """Leave Mermaid's three megabytes out of pages that draw nothing."""
    return output if 'class="mermaid"' in output else _MERMAID.sub("", output)


def settings_table(place: str) -> str:
    """Lay out a settings class, ``package:Class``, as a table."""
    rows = [_settings_row(block) for block in _blocks(_load(place))]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


def error_table(_: str) -> str:
    """List every error with its code, its class and what it means."""
    for package in PACKAGES:
        _import_all(package)
    ours = (e for e in _subclasses(HutchError) if e.__module__.split(".")[0] in PACKAGES)
    rows = sorted({_error_row(error) for error in ours})
    return "\n".join(["| code | class | in | meaning |", "|---|---|---|---|", *rows])


def graph(place: str) -> str:
    """Draw an app, ``package.module:attribute``."""
    return f"```mermaid\n{mermaid(drawing_of(_load(place).graph))}```"


def proof_count(_: str) -> str:
    """Say how many requirement lines have a test that names them."""
    lines = _LINE.findall((ROOT / "docs" / "requirements.md").read_text("utf-8"))
    return f"{len(set(lines) & set(proofs()))} of {len(lines)}"


def apps_table(_: str) -> str:
    """Show which app imports which module, and how many of its files do."""
    counts = {app: _imported(ROOT / "apps" / app) for app in APPS}
    rows = [
        f"| `{package}` | {' | '.join(str(counts[app][package] or '') for app in APPS)} |"
        for package in PACKAGES
    ]
    head = f"| module | {' | '.join(APPS)} |"
    return "\n".join([head, "|---|" + "---|" * len(APPS), *rows])


DIRECTIVES: dict[str, Callable[[str], str]] = {
    "settings": settings_table,
    "errors": error_table,
    "graph": graph,
    "proofs": proof_count,
    "apps": apps_table,
}


@cache
def proofs() -> dict[str, list[str]]:
    """Find the test files that name each requirement line."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in (ROOT / "tests").rglob("test_*.py"):
        for mark in _MARK.findall(path.read_text("utf-8")):
            for line in re.findall(r"[\"']([^\"']+)[\"']", mark):
                found[line].add(str(path.relative_to(ROOT)))
    return {line: sorted(files) for line, files in found.items()}


def _imported(folder: Path) -> Counter[str]:
    """Count the files of an app that import each package."""
    files = (path.read_text("utf-8") for path in folder.rglob("*.py"))
    return Counter(package for text in files for package in set(_IMPORT.findall(text)))


def _with_proofs(markdown: str) -> str:
    def proven(match: re.Match[str]) -> str:
        files = ", ".join(f"`{name}`" for name in proofs().get(match[1], ()))
        return f"{match[0]} <small markdown>{files}</small>" if files else match[0]

    return _LINE.sub(proven, markdown)


def _load(place: str) -> Any:
    module, _, attribute = place.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _blocks(cls: type[Settings]) -> Iterator[list[str]]:
    """Cut the class's part of ``.env.example`` into one block for each variable."""
    for block in env_example([cls]).strip().split("\n\n")[1:]:
        yield [line.removeprefix("# ") for line in block.splitlines()]


def _settings_row(block: list[str]) -> str:
    *meaning, assignment = block
    name, _, default = assignment.partition("=")
    shown = f"`{default}`" if default else "required" if "Required." in meaning else ""
    # Only outside of code a bar would end the cell.
    text = " ".join(line for line in meaning if line != "Required.").replace("|", "\\|")
    return f"| `{name}` | {shown} | {re.sub('Also: (.*)', _also, text)} |"


def _also(match: re.Match[str]) -> str:
    names = ", ".join(f"`{name}`" for name in match[1].split(", "))
    return f"Also read from {names}."


def _subclasses(cls: type[HutchError]) -> Iterator[type[HutchError]]:
    yield cls
    for subclass in cls.__subclasses__():
        yield from _subclasses(subclass)


def _error_row(error: type[HutchError]) -> str:
    meaning = (error.__doc__ or "").splitlines()[0].replace("``", "`")
    return f"| `{error.code}` | `{error.__name__}` | `{error.__module__}` | {meaning} |"


def _import_all(package: str) -> None:
    root = importlib.import_module(package)
    for found in pkgutil.iter_modules(root.__path__, f"{package}."):
        if found.name.endswith(".errors"):
            importlib.import_module(found.name)
