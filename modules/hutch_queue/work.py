"""Work: which jobs this process can run, found among the processors of all modules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hutch.discovery import Discovery, Found
from hutch.invoke import Invoker
from hutch_queue.calls import Call
from hutch_queue.crontab import Cron
from hutch_queue.definition import JobDefinition
from hutch_queue.errors import InvalidJob
from hutch_queue.jobs import jobs_of
from hutch_queue.names import Queues
from hutch_queue.processors import Processor


@dataclass(frozen=True, slots=True)
class Task:
    """One job of a running app: its declaration and how to call it."""

    queue: str
    name: str
    job: JobDefinition
    invoke: Invoker

    def call(self) -> Call[Any]:
        """Make a call without arguments, for its schedules."""
        return Call(self.queue, self.name, self.job.codec.bind((), {}), self.job)


@dataclass(frozen=True, slots=True)
class Desk:
    """What is done for one queue: its tasks by wire name.

    Attributes:
        concurrency: How many of them run at once.
    """

    queue: str
    concurrency: int
    tasks: dict[str, Task] = field(default_factory=dict[str, Task])

    def schedules(self) -> Iterator[tuple[Task, Cron]]:
        """List the tasks that run by the clock."""
        for task in self.tasks.values():
            for cron in task.job.crons:
                yield task, cron


class Work:
    """The desks of all queues that have a processor here."""

    def __init__(self, discovery: Discovery, queues: Queues) -> None:
        self._discovery = discovery
        self._queues = queues
        self._desks: dict[str, Desk] | None = None

    @property
    def desks(self) -> dict[str, Desk]:
        """The desks by queue; built when first asked for.

        Raises:
            UnknownQueue: No module declares a processor's queue.
            InvalidJob: A job cannot work, or two have one name.
        """
        if self._desks is None:
            desks: dict[str, Desk] = {}
            for found in self._discovery.marked(Processor):
                self._add(found, desks)
            self._desks = desks
        return self._desks

    def _add(self, found: Found[Processor], desks: dict[str, Desk]) -> None:
        queue = self._queues[found.mark.queue].name
        desk = desks.setdefault(queue, Desk(queue, found.mark.concurrency))
        if desk.concurrency != found.mark.concurrency:
            raise InvalidJob(
                f"{found.cls.__name__} wants concurrency={found.mark.concurrency} for the queue "
                f"{queue!r}, another processor {desk.concurrency}; the queue can have one only."
            )
        for method, job in jobs_of(found.cls).items():
            name = job.name_in(found.cls)
            if name in desk.tasks:
                raise InvalidJob(
                    f"two jobs of the queue {queue!r} are named {name!r}: "
                    f"{desk.tasks[name].invoke.name} and {found.invokers[method].name}."
                )
            _check(name, job)
            desk.tasks[name] = Task(queue, name, job, found.invokers[method])


def _check(name: str, job: JobDefinition) -> None:
    required = job.codec.required
    if job.crons and required:
        raise InvalidJob(
            f"@cron on {name}: nobody passes `{required[0]}` at a tick; give it a default."
        )
