"""``hutch doctor``: what is wrong with an app, and what to do about it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from hutch.cli.table import show_table
from hutch.cli.target import Target, load

if TYPE_CHECKING:
    from hutch.diagnosis import Finding, Setting

_STYLES = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "dim"}


def doctor(target: Target = None) -> None:
    """Check an app's settings, open its resources one by one, ask its health checks.

    No service starts, so no job is taken. Exits with 1 if something required fails.
    """
    from hutch.diagnosis import State, diagnose, settings_of
    from hutch.logs import configure_logging
    from hutch.settings import LogSettings

    app = load(target)
    # Not the app's own settings, which may be what is wrong; errors stand in the table.
    quiet = LogSettings.model_construct(level="error", format="console", redact=())
    configure_logging(quiet)
    findings = asyncio.run(diagnose(app))
    _show(settings_of(app), findings)
    failed = [finding for finding in findings if finding.state is State.FAILED]
    if failed:
        typer.echo(f"{app.name}: {len(failed)} of {len(findings)} checks failed.")
        raise typer.Exit(1)
    typer.echo(f"{app.name}: nothing that is required fails.")


def _show(settings: list[Setting], findings: list[Finding]) -> None:
    rows = [(setting.name, setting.value, setting.source) for setting in settings]
    styles = ["dim" if setting.source == "default" else "" for setting in settings]
    show_table(("setting", "value", "from"), rows, styles)
    checks = [(f.state.value, f.kind, f.name, _text(f)) for f in findings]
    show_table(("state", "what", "name", "detail"), checks, [_STYLES[row[0]] for row in checks])


def _text(finding: Finding) -> str:
    return "\n".join(filter(None, (finding.detail, finding.remedy)))
