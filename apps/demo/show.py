"""What the demo shows: a live table in a terminal, plain lines in a pipe."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from demo.stack import Stack
from demo.story import PostStory, Step, Story
from demo.verdict import Finding

COLOURS = {
    Step.WRITTEN: "dim",
    Step.APPROVED: "yellow",
    Step.SENDING: "cyan",
    Step.PUBLISHED: "green",
    Step.STUCK: "red",
}
REFRESH = 0.1


def addresses(console: Console, stack: Stack) -> None:
    """Say where to look."""
    for what, url in (
        ("Queues (SAQ)", f"{stack.app}/admin/queues/"),
        ("API docs", f"{stack.app}/docs"),
        ("Health", f"{stack.app}/monitor/health"),
        ("Sandbox of X", stack.sandbox),
        ("Operator token", stack.token),
    ):
        console.print(f"{what:<15} {url}", soft_wrap=True)
    console.print()


async def progress(console: Console, story: Story) -> None:
    """Show the posts moving until the story is done or this is cancelled."""
    if console.is_terminal:
        await _live(console, story)
    else:
        await _lines(console, story)


async def _live(console: Console, story: Story) -> None:
    with Live(table(story), console=console, auto_refresh=False) as live:
        while True:
            live.update(table(story), refresh=True)
            if story.is_done:
                return
            await asyncio.sleep(REFRESH)


async def _lines(console: Console, story: Story) -> None:
    shown: set[str] = set()
    while True:
        for post in list(story.posts.values()):
            if post.is_done and post.id not in shown:
                shown.add(post.id)
                console.print(
                    f"post {post.number}/{story.expected} published as {post.remote_id} "
                    f"after {post.seconds or 0:.2f} s"
                )
        if story.is_done:
            return
        await asyncio.sleep(REFRESH)


def table(story: Story) -> Table:
    """Lay the posts out; long runs show the last ones."""
    done, total = story.count(Step.PUBLISHED), story.expected
    heard = sum(post.events > 0 for post in story.posts.values())
    found = Table(
        title=f"rabbit24: {done} of {total} posts published, {heard} events heard",
        title_justify="left",
        min_width=70,
    )
    for column in ("post", "step", "on the platform", "event", "seconds"):
        found.add_column(column, justify="right" if column in ("post", "seconds") else "left")
    for post in list(story.posts.values())[-25:]:
        found.add_row(*_cells(post))
    return found


def _cells(post: PostStory) -> tuple[Text | str, ...]:
    seconds = "" if post.seconds is None else f"{post.seconds:.2f}"
    step = Text(post.step.value, style=COLOURS[post.step])
    return str(post.number), step, post.remote_id, "heard" if post.events else "", seconds


def summary(console: Console, findings: Sequence[Finding], seconds: float) -> None:
    """Say what was checked and whether it holds."""
    found = Table(title=f"after {seconds:.1f} s", title_justify="left")
    for column in ("checked", "expected", "found", ""):
        found.add_column(column, justify="left" if column in ("checked", "") else "right")
    for finding in findings:
        verdict = Text("ok", style="green") if finding.holds else Text("WRONG", style="bold red")
        found.add_row(finding.what, str(finding.expected), str(finding.found), verdict)
    console.print(found)
    for finding in findings:
        if not finding.holds:
            more = f": {finding.missing}" if finding.missing else ""
            console.print(
                f"Wrong: {finding.what}: {finding.found} instead of {finding.expected}{more}",
                markup=False,
            )
