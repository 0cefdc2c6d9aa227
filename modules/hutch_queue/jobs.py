"""Jobs: methods of a processor that run later, elsewhere."""

from __future__ import annotations

import inspect
import math
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial, update_wrapper
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, cast, overload

from hutch.marks import Handler, mark_handler
from hutch_queue.backoff import Backoff
from hutch_queue.calls import Call
from hutch_queue.context import JobContext
from hutch_queue.crontab import Cron
from hutch_queue.definition import DEFAULT_BACKOFF, JobDefinition, JobOptions
from hutch_queue.errors import InvalidJob
from hutch_queue.processors import processor_of

P = ParamSpec("P")
R = TypeVar("R")


class Job(Generic[P, R]):
    """What ``@job`` makes of a method.

    On the class it builds calls, ``Emails.confirm(order)``; on an object it is the
    method itself, ``await Emails(mailer).confirm(order)``.

    Attributes:
        definition: What was declared.
    """

    def __init__(
        self, function: Callable[Concatenate[Any, P], Awaitable[R]], options: JobOptions
    ) -> None:
        self.definition = JobDefinition(function, options)
        update_wrapper(cast(Any, self), function)
        mark_handler(self, Handler(function, JobContext))

    @overload
    def __get__(self, obj: None, owner: type[Any], /) -> JobType[P, R]: ...
    @overload
    def __get__(self, obj: object, owner: type[Any], /) -> Callable[P, Awaitable[R]]: ...
    def __get__(self, obj: Any, owner: Any, /) -> Any:
        if obj is not None:
            return MethodType(self.definition.function, obj)
        made: JobType[P, R] = JobType(self.definition, owner)
        return made


class JobType(Generic[P, R]):
    """A job seen on its processor's class: call it to make a ``Call``."""

    __slots__ = ("definition", "owner")

    def __init__(self, definition: JobDefinition, owner: type[Any]) -> None:
        self.definition = definition
        self.owner = owner

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Call[R]:
        """Make the call of this job with these arguments.

        Raises:
            InvalidArguments: One is missing, or there is one too many.
            InvalidJob: The class is no ``@processor``.
        """
        cls, processor = processor_of(self.owner)
        arguments = self.definition.codec.bind(args, kwargs)
        name = self.definition.name_in(cls)
        return Call(processor.queue, name, arguments, self.definition)


@overload
def job(function: Callable[Concatenate[Any, P], Awaitable[R]], /) -> Job[P, R]: ...
@overload
def job(
    *,
    attempts: int = 3,
    backoff: Backoff = DEFAULT_BACKOFF,
    timeout: float = 60,
    name: str | None = None,
) -> Callable[[Callable[Concatenate[Any, P], Awaitable[R]]], Job[P, R]]: ...
def job(function: Any = None, /, **options: Any) -> Any:
    """Make an async method of a processor a job. It may run twice: see *Guarantees*.

    Args:
        function: The method, when used without parentheses.
        options: ``attempts``, the runs in all (3). ``backoff``, the wait between them
            (1 s, 2 s, 4 s ...). ``timeout``, the seconds a run may take (60). ``name``,
            the wire name (``Class.method``): keep it when you rename the method, or
            waiting jobs are not found.

    Raises:
        InvalidJob: The method is not async, or an option cannot work.
    """
    if function is not None:
        return _make(function, JobOptions())
    return partial(_make, options=JobOptions(**options))


def cron(spec: str, *, tz: str = "UTC") -> Callable[[Job[[], R]], Job[[], R]]:
    """Run a job without arguments by the clock, once per tick however many workers there are.

    Written above ``@job``; may be repeated for several schedules.

    Args:
        spec: Five fields: minute, hour, day, month, weekday; a sixth one is the second.
        tz: The time zone in which the fields are read, e.g. ``Europe/Berlin``.

    Raises:
        InvalidJob: The spec or the time zone is wrong, or the job needs arguments.
    """
    schedule = Cron(spec, tz)

    def decorate(job: Job[[], R]) -> Job[[], R]:
        if not isinstance(job, Job):
            raise InvalidJob(f"@cron({spec!r}) stands below @job; write it above.")
        definition = job.definition
        job.definition = replace(definition, crons=(schedule, *definition.crons))
        return job

    return decorate


def jobs_of(processor: type[Any]) -> dict[str, JobDefinition]:
    """List the jobs of a processor by method, inherited ones included."""
    found: dict[str, JobDefinition] = {}
    for base in reversed(processor.__mro__):
        for method, attribute in vars(base).items():
            if isinstance(attribute, Job):
                found[method] = cast("Job[..., Any]", attribute).definition
    return found


def _make(function: Callable[..., Awaitable[Any]], options: JobOptions) -> Job[..., Any]:
    name = getattr(function, "__qualname__", repr(function))
    if not inspect.iscoroutinefunction(function):
        raise InvalidJob(f"@job {name}: it must be `async def`.")
    if options.attempts < 1:
        raise InvalidJob(f"@job {name}: attempts={options.attempts}; a job runs at least once.")
    if not 0 < options.timeout < math.inf:
        raise InvalidJob(f"@job {name}: timeout={options.timeout}; give seconds above 0.")
    if options.name is not None and not options.name.strip():
        raise InvalidJob(f"@job {name}: name={options.name!r}; a wire name cannot be empty.")
    return Job(function, options)
