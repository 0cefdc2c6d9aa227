"""``hutch queues``: look into queues, and move what is in them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Annotated, TypeVar

import typer

from hutch.cli.target import load
from hutch.logs import configure_logging
from hutch.settings import LogSettings
from hutch_queue.admin.admin import QueueAdmin
from hutch_queue.admin.worker_info import WorkerInfo
from hutch_queue.errors import InvalidOption, QueueError
from hutch_queue.module import core_module
from hutch_queue.rows import (
    JobRow,
    QueueRow,
    ScheduleRow,
    job_row,
    schedule_row,
    show_job,
    show_rows,
)
from hutch_queue.schedules.schedules import Schedules
from hutch_queue.storage.memory_store import MemoryStore
from hutch_queue.storage.store import State
from hutch_queue.storage.stores import Stores

T = TypeVar("T")
A = TypeVar("A")

Name = Annotated[str, typer.Argument(metavar="QUEUE", help="The queue's name.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The job's id.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="The jobs' ids.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Shown = Annotated[State, typer.Option(help="Which jobs.")]

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(json: Json = False) -> None:
    """List the queues with their jobs by state; latency is that of the next job, in seconds."""
    show_rows(QueueRow, _with_admin(_queues), as_json=json)


@app.command()
def show(
    queue: Name,
    state: Shown = "failed",
    find: Annotated[
        str, typer.Option(help="Only those with this text in id, name, arguments or error.")
    ] = "",
    offset: Annotated[int, typer.Option(help="How many to leave out.")] = 0,
    limit: Annotated[int, typer.Option(help="How many to show, 500 at most.")] = 20,
    json: Json = False,
) -> None:
    """List the jobs of a queue in one state."""

    async def look(admin: QueueAdmin) -> list[JobRow]:
        if find:
            found = await admin.find(queue, state, find, limit=limit)
        else:
            found = await admin.jobs(queue, state, offset=offset, limit=limit)
        return [job_row(info) for info in found]

    show_rows(JobRow, _with_admin(look), as_json=json)


@app.command()
def job(
    queue: Name,
    id: Id,
    show_arguments: Annotated[
        bool, typer.Option("--show-arguments", help="Show arguments and result as they are.")
    ] = False,
    json: Json = False,
) -> None:
    """Show one job: its state, its failed attempts, its progress and log."""
    found = _with_admin(lambda admin: admin.job(queue, id))
    show_job(found, as_json=json, show_arguments=show_arguments)


@app.command()
def workers(queue: Name, json: Json = False) -> None:
    """List the living workers of a queue."""
    show_rows(WorkerInfo, _with_admin(lambda admin: admin.workers(queue)), as_json=json)


@app.command()
def schedules(queue: Name, json: Json = False) -> None:
    """List the schedules of a queue, those that are due next first."""

    async def look(schedules: Schedules) -> list[ScheduleRow]:
        return [schedule_row(info) for info in await schedules.list(queue)]

    show_rows(ScheduleRow, _with(Schedules, look), as_json=json)


@app.command()
def pause(queue: Name) -> None:
    """Let no worker take jobs of a queue; those that run go on."""
    _with_admin(lambda admin: admin.pause(queue))
    typer.echo(f"{queue} is paused.")


@app.command()
def resume(queue: Name) -> None:
    """Let workers take jobs of a queue again."""
    _with_admin(lambda admin: admin.resume(queue))
    typer.echo(f"{queue} is resumed.")


@app.command()
def quiet(
    queue: Name,
    worker: Annotated[str, typer.Argument(metavar="WORKER", help="Its name in `workers`.")],
    off: Annotated[bool, typer.Option("--off", help="Let it take jobs again.")] = False,
) -> None:
    """Let one worker take no more jobs of a queue."""
    _with_admin(lambda admin: admin.quiet(queue, worker, quiet=not off))
    typer.echo(f"{worker} {'takes jobs again' if off else 'takes no more jobs'}.")


@app.command()
def replay(
    queue: Name,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID...]")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All failed jobs of the queue.")] = False,
) -> None:
    """Run ended jobs anew, with all their attempts and their history."""
    if all_ == bool(ids):
        raise InvalidOption("replay: give the ids of jobs, or --all for those that failed.")
    if all_:
        typer.echo(f"{_with_admin(lambda admin: admin.replay_all(queue))} job(s) run anew.")
        return
    asked = ids or []
    done = _with_admin(lambda admin: admin.replay(queue, *asked))
    _tell(asked, done, "run anew", "has not ended")


app.command("retry", help="The same as replay.")(replay)


@app.command()
def promote(queue: Name, ids: Ids) -> None:
    """Let delayed jobs run now."""
    done = _with_admin(lambda admin: admin.promote(queue, *ids))
    _tell(ids, done, "may run now", "is not delayed")


@app.command()
def discard(queue: Name, ids: Ids) -> None:
    """Remove jobs that do not run, with their records."""
    done = _with_admin(lambda admin: admin.discard(queue, *ids))
    _tell(ids, done, "are removed", "runs")


@app.command()
def abort(
    queue: Name,
    ids: Ids,
    reason: Annotated[str, typer.Option(help="Kept with the jobs.")] = "Aborted by hand.",
) -> None:
    """Stop waiting, delayed or running jobs for good: they fail without another attempt."""
    done = _with_admin(lambda admin: admin.abort(queue, *ids, reason=reason))
    _tell(ids, done, "are stopped", "has ended")


@app.command()
def drain(
    queue: Name,
    state: Shown = "waiting",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove all jobs of a queue in one state, with their records."""
    if not yes:
        _with_admin(lambda admin: admin.stats(queue))  # refuses an unknown queue
        typer.confirm(f"Remove all {state} jobs of {queue}?", abort=True, err=True)
    removed = _with_admin(lambda admin: admin.drain(queue, state))
    typer.echo(f"{removed} {state} job(s) of {queue} are removed.")


@app.command()
def obliterate(
    queue: Name,
    yes_delete: Annotated[
        str | None, typer.Option(metavar="QUEUE", help="The queue's name again; else it is asked.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also while jobs run; they are lost.")
    ] = False,
) -> None:
    """Remove all there is of a queue: jobs, records, schedules. Stop its workers first."""
    if yes_delete is None:
        stats = _with_admin(lambda admin: admin.stats(queue))
        counts = ", ".join(f"{count} {state}" for state, count in asdict(stats).items())
        typer.echo(f"{queue} has {counts} jobs.", err=True)
        yes_delete = typer.prompt("Type the queue's name to remove all of it", err=True)
    if yes_delete != queue:
        raise InvalidOption(f"{yes_delete!r} is not {queue!r}; nothing is removed.")
    _with_admin(lambda admin: admin.obliterate(queue, force=force))
    typer.echo(f"{queue} is empty.")


async def _queues(admin: QueueAdmin) -> list[QueueRow]:
    rows: list[QueueRow] = []
    for queue in admin.names():
        stats = await admin.stats(queue)
        rows.append(
            QueueRow(
                queue,
                stats.waiting + stats.paused,
                stats.active,
                stats.delayed,
                stats.completed,
                stats.failed,
                await admin.is_paused(queue),
                await admin.latency(queue),
                len(await admin.workers(queue)),
            )
        )
    return rows


def _tell(asked: Sequence[str], done: Sequence[str], verb: str, otherwise: str) -> None:
    typer.echo(f"{len(done)} of {len(asked)} job(s) {verb}.")
    left = [id for id in asked if id not in set(done)]
    for id in left:
        typer.echo(f"Error: {id} {otherwise}, or is not there.", err=True)
    if left:
        raise typer.Exit(1)


def _with_admin(act: Callable[[QueueAdmin], Awaitable[T]]) -> T:
    return _with(QueueAdmin, act)


def _with(token: type[A], act: Callable[[A], Awaitable[T]]) -> T:
    """Open what belongs to the queues of the app that is meant, and nothing else of it."""
    application, queues = load(), core_module()
    # What the commands say stands on its own, and errors are their messages.
    configure_logging(LogSettings.model_construct(level="error", format="console", redact=()))

    async def open_and_act() -> T:
        async with application.opened(token, Stores, module=queues) as running:
            if isinstance(running.get(Stores, queues).fast, MemoryStore):
                raise QueueError(
                    "the queue's backend is memory, which only the app's own process sees: "
                    "set HUTCH_QUEUE__BACKEND=redis."
                )
            return await act(running.get(token, queues))

    return asyncio.run(open_and_act())
