"""Diagnosis: look at an app's settings, resources and health without running it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import Enum

from hutch.app import App
from hutch.binding import Scope
from hutch.contributions import Health
from hutch.errors import HutchError, SettingsError
from hutch.graph.graph import Graph
from hutch.graph.live import live
from hutch.graph.node import Node
from hutch.graph.start import open_node
from hutch.health import CheckResult, HealthChecks
from hutch.redaction import REDACTED, hide_in_text, is_sensitive
from hutch.roles import Role
from hutch.running import Running
from hutch.settings import Settings, check_environment, load
from hutch.settings.base import resolve
from hutch.settings.environment import Entry, read_environment
from hutch.settings.load import default_of
from hutch.settings.variables import Variable, prefix_of, variables_of
from hutch.tokens import describe

TIME_LIMIT = 10.0
"""How long one resource may take to open, in seconds."""


class State(Enum):
    """How something was found."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting, its value (hidden where it is a secret) and where that comes from."""

    name: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to do about it.

    Attributes:
        kind: ``settings``, ``resource`` or ``health``.
    """

    kind: str
    name: str
    state: State
    detail: str = ""
    remedy: str = ""


def settings_of(app: App) -> list[Setting]:
    """List the settings of an app's modules, values as they stand in the environment."""
    entries = read_environment()
    return [setting for cls in app.settings() for setting in _settings_of(cls, entries)]


def _settings_of(cls: type[Settings], entries: dict[str, Entry]) -> Iterator[Setting]:
    whole: set[tuple[str, ...]] = set()  # what is set at once, so that its parts have no default
    for variable in variables_of(cls):
        path = variable.path
        found = list(_found(variable, entries))
        yield from found
        if found:
            whole.add(path)
        elif not variable.is_group and not any(path[:end] in whole for end in range(len(path))):
            yield Setting(variable.name, _shown(variable, default_of(variable)), "default")


def _found(variable: Variable, entries: dict[str, Entry]) -> Iterator[Setting]:
    """List what sets a variable: one entry, or one for each part of a dictionary."""
    try:
        entry = resolve(variable, entries)
    except SettingsError:
        yield Setting(variable.name, "", "contradicting variables")
        return
    if entry is not None:
        yield Setting(variable.name, _shown(variable, entry.value), entry.place)
    for name in sorted(entries.keys() - {variable.name, *variable.also}):
        if variable.takes(name):
            value = REDACTED if is_sensitive(name) else _shown(variable, entries[name].value)
            yield Setting(name, value, entries[name].place)


def _shown(variable: Variable, value: str) -> str:
    return REDACTED if value and variable.secret else hide_in_text(value)


async def diagnose(app: App) -> list[Finding]:
    """Check an app's settings, open what it needs piece by piece, and ask its health checks.

    No service starts, so no job is taken. What fails is noted; the rest is looked at
    all the same, and everything is closed again.
    """
    findings = list(_check_settings(app))
    async with AsyncExitStack() as stack:
        running = Running(app.graph, Role.ALL)
        broken: set[Node] = set()
        findings.extend(await _open_all(running, stack, broken))
        findings.extend(await _ask_health(running, broken))
    return findings


def _check_settings(app: App) -> Iterator[Finding]:
    try:
        check_environment(app.settings())
        yield Finding("settings", "names", State.OK, "every HUTCH_ variable is a setting")
    except SettingsError as error:
        yield _failed("settings", "names", error)
    for cls in app.settings():
        yield _check_values(cls)


def _check_values(cls: type[Settings]) -> Finding:
    name = f"{prefix_of(cls)}*"
    try:
        load(cls)
    except SettingsError as error:
        return _failed("settings", name, error)
    return Finding("settings", name, State.OK)


async def _open_all(running: Running, stack: AsyncExitStack, broken: set[Node]) -> list[Finding]:
    """Open everything in order, noting in ``broken`` what is not there afterwards."""
    graph, built = running.graph, running.objects.built
    try:
        reached = running.objects.live = live(graph, graph.roots(Role.ALL), built.chosen)
    except Exception as error:  # a choice asks the app's own code
        running.objects.live = graph.ordered
        broken.update(graph.ordered)
        return [_failed("resource", "choice of backends", error)]
    findings: list[Finding] = []
    for node in (n for n in reached if n.scope is Scope.APP and n not in graph.calls):
        finding = await _open(node, broken, running, stack)
        if finding.state is not State.OK:
            broken.add(node)
        if _is_worth_telling(node, finding):
            findings.append(finding)
    return findings


async def _open(node: Node, broken: set[Node], running: Running, stack: AsyncExitStack) -> Finding:
    missing = [describe(need.token) for need in node.depends_on() if need in broken]
    if missing:
        return Finding("resource", str(node), State.SKIPPED, f"needs {', '.join(missing)}")
    limit = asyncio.timeout(TIME_LIMIT)
    try:
        async with limit:
            await open_node(node, running.objects.built, stack)
    except Exception as error:
        late = TimeoutError(f"it did not open within {TIME_LIMIT:g} s")
        reason = late if limit.expired() else error
        return _failed("resource", str(node), reason, _remedy(node.depends_on()))
    return Finding("resource", str(node), State.OK, "opened")


def _is_worth_telling(node: Node, finding: Finding) -> bool:
    """Leave out plain objects that could be made, and settings, which are checked before."""
    is_settings = isinstance(node.token, type) and issubclass(node.token, Settings)
    return not is_settings and (node.is_resource or finding.state is not State.OK)


def _remedy(needs: Iterable[Node]) -> str:
    tokens = [need.token for need in needs]
    settings = [t for t in tokens if isinstance(t, type) and issubclass(t, Settings)]
    names = ", ".join(f"{prefix_of(cls)}*" for cls in settings)
    return f"Check {names}." if names else "`hutch run` shows where it comes from."


async def _ask_health(running: Running, broken: set[Node]) -> list[Finding]:
    report = await running.get(HealthChecks).report()
    skipped = dict(_skipped(running.graph, broken))
    return [skipped.get(result.name) or _health(result) for result in report.results]


def _skipped(graph: Graph, broken: set[Node]) -> Iterator[tuple[str, Finding]]:
    """Find the checks that cannot say anything, because what they ask is not open."""
    for contributed in graph.contributions:
        needs = [need for node in contributed.functions.values() for need in node.depends_on()]
        missing = ", ".join(describe(need.token) for need in needs if need in broken)
        if missing and isinstance(contributed.contribution, Health):
            name = contributed.contribution.name
            yield name, Finding("health", name, State.SKIPPED, f"needs {missing}")


def _health(result: CheckResult) -> Finding:
    detail = result.detail or ""
    if result.ok:
        return Finding("health", result.name, State.OK, detail)
    if result.required:
        remedy = "The app is not ready while this check fails."
        return Finding("health", result.name, State.FAILED, detail, remedy)
    return Finding("health", result.name, State.WARNING, detail, "The app can do without it.")


def _failed(kind: str, name: str, error: Exception, remedy: str = "") -> Finding:
    """Note a failure; the framework's own errors say themselves what to do."""
    if isinstance(error, HutchError):
        return Finding(kind, name, State.FAILED, str(error))
    reason = hide_in_text(f"{type(error).__name__}: {error}")
    return Finding(kind, name, State.FAILED, reason, remedy)
