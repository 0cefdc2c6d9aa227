"""Work: which jobs this process can run, found among the processors of all modules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json

from hutch.discovery import Discovery, Found
from hutch.invoke import Invoker
from hutch_queue.declare.calls import Call
from hutch_queue.declare.definition import JobDefinition
from hutch_queue.declare.jobs import jobs_of
from hutch_queue.declare.processors import Processor
from hutch_queue.errors import InvalidJob
from hutch_queue.names import Queues
from hutch_queue.schedules.recurrence import Recurrence
from hutch_queue.settings import QueueSettings


@dataclass(frozen=True, slots=True)
class Task:
    """One job of a running app: its declaration and how to call it."""

    queue: str
    name: str
    job: JobDefinition
    invoke: Invoker

    def call(self, arguments: Mapping[str, Any] | None = None) -> Call[Any]:
        """Make a call from arguments as they are stored; without any for its schedules.

        Raises:
            InvalidArguments: They do not fit.
        """
        found = self.job.codec.decode(to_json(arguments or {}))
        return Call(self.queue, self.name, found, self.job)


@dataclass(frozen=True, slots=True)
class Desk:
    """What is done for one queue: its tasks by wire name.

    Attributes:
        concurrency: How many of them run at once.
    """

    queue: str
    concurrency: int
    tasks: dict[str, Task] = field(default_factory=dict[str, Task])

    @property
    def size(self) -> int | None:
        """How many jobs one call takes; None where each has a call of its own."""
        return next((task.job.size for task in self.tasks.values() if task.job.size), None)

    def schedules(self) -> Iterator[tuple[str, Task, Recurrence]]:
        """List the tasks that run by the clock, the schedules named as they are."""
        for task in self.tasks.values():
            for number, recurrence in enumerate(task.job.schedules, 1):
                yield task.name if number == 1 else f"{task.name}:{number}", task, recurrence


class Work:
    """The desks of all queues that have a processor here."""

    def __init__(self, discovery: Discovery, queues: Queues, settings: QueueSettings) -> None:
        self._discovery = discovery
        self._queues = queues
        self._concurrency = settings.concurrency
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
        concurrency = self._concurrency or found.mark.concurrency
        desk = desks.setdefault(queue, Desk(queue, concurrency))
        if desk.concurrency != concurrency:
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
        _check_chunks(desk)


def _check(name: str, job: JobDefinition) -> None:
    required = job.codec.required
    if job.schedules and required:
        raise InvalidJob(
            f"a schedule of {name}: nobody passes `{required[0]}` at a tick; give it a default."
        )


def _check_chunks(desk: Desk) -> None:
    if desk.size and len(desk.tasks) > 1:
        raise InvalidJob(
            f"the queue {desk.queue!r} has a @chunk and other jobs: {', '.join(desk.tasks)}. "
            "A chunk has its queue for itself; declare another queue for the others."
        )
