"""Jobs: methods of a processor that run later, elsewhere."""

from __future__ import annotations

import inspect
import math
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial, update_wrapper
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, cast, overload

from hutch.marks import Handler, mark_handler
from hutch_queue.declare.backoff import Backoff
from hutch_queue.declare.calls import Call
from hutch_queue.declare.context import JobContext
from hutch_queue.declare.definition import DEFAULT_BACKOFF, JobDefinition, JobOptions
from hutch_queue.declare.options import PRIORITIES
from hutch_queue.declare.processors import processor_of
from hutch_queue.errors import InvalidJob
from hutch_queue.schedules.crontab import Cron
from hutch_queue.schedules.recurrence import Every, Missed, Recurrence
from hutch_queue.worker.threads import threaded

P = ParamSpec("P")
R = TypeVar("R")


class Declared:
    """What stands in a processor's class in place of a job's method.

    Attributes:
        definition: What was declared.
    """

    def __init__(self, definition: JobDefinition) -> None:
        self.definition = definition
        update_wrapper(cast(Any, self), definition.function)
        mark_handler(self, Handler(definition.function, JobContext))


class Job(Declared, Generic[P, R]):
    """What ``@job`` makes of a method.

    On the class it builds calls, ``Emails.confirm(order)``; on an object it is the
    method itself, ``await Emails(mailer).confirm(order)``.
    """

    def __init__(self, function: Callable[..., Any], options: JobOptions) -> None:
        super().__init__(JobDefinition(function, options))
        is_async = inspect.iscoroutinefunction(function)
        self._method = function if is_async else threaded(function)

    @overload
    def __get__(self, obj: None, owner: type[Any], /) -> JobType[P, R]: ...
    @overload
    def __get__(self, obj: object, owner: type[Any], /) -> Callable[P, Awaitable[R]]: ...
    def __get__(self, obj: Any, owner: Any, /) -> Any:
        if obj is not None:
            return MethodType(self._method, obj)
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
        return make_call(self.definition, self.owner, args, kwargs)


class MakesJob(Protocol):
    """``@job(...)``, ready for its method."""

    @overload
    def __call__(self, function: Callable[Concatenate[Any, P], Awaitable[R]], /) -> Job[P, R]: ...
    @overload
    def __call__(self, function: Callable[Concatenate[Any, P], R], /) -> Job[P, R]: ...


@overload
def job(function: Callable[Concatenate[Any, P], Awaitable[R]], /) -> Job[P, R]: ...
@overload
def job(function: Callable[Concatenate[Any, P], R], /) -> Job[P, R]: ...
@overload
def job(
    *,
    attempts: int = 3,
    backoff: Backoff = DEFAULT_BACKOFF,
    timeout: float = 60,
    name: str | None = None,
    priority: int = 0,
    no_retry: tuple[type[Exception], ...] = (),
) -> MakesJob: ...
def job(function: Any = None, /, **options: Any) -> Any:
    """Make a method of a processor a job. It may run twice: see *Guarantees*.

    A method that is not async runs in a thread, which nothing can stop: its time limit, and
    an abort, count only when it returns.

    Args:
        function: The method, when used without parentheses.
        options: ``attempts``, the runs in all (3). ``backoff``, the wait between them
            (1 s, 2 s, 4 s ...). ``timeout``, the seconds a run may take (60). ``name``,
            the wire name (``Class.method``): keep it when you rename the method, or
            waiting jobs are not found. ``priority``, from -100 to 100, higher first (0).
            ``no_retry``, the errors after which there is no other attempt.

    Raises:
        InvalidJob: The method yields, or an option cannot work.
    """
    if function is not None:
        return _make(function, JobOptions())
    return partial(_make, options=JobOptions(**options))


def cron(
    spec: str, *, tz: str = "UTC", missed: Missed = "run", overlap: bool = True
) -> Callable[[Job[[], R]], Job[[], R]]:
    """Run a job without arguments by the clock, once per tick however many workers there are.

    Written above ``@job``; may be repeated for several schedules.

    Args:
        spec: Five fields: minute, hour, day, month, weekday; a sixth one is the second.
        tz: The time zone in which the fields are read, e.g. ``Europe/Berlin``.
        missed: ``run``: what was missed while no worker was there is made up for by one run;
            ``skip``: a tick more than 60 seconds late has no run.
        overlap: Whether a tick has a run of its own while the one before waits or runs.

    Raises:
        InvalidJob: The spec or the time zone is wrong, or the job needs arguments.
    """
    return _recurring(f"@cron({spec!r})", Recurrence(Cron(spec, tz), missed, overlap))


def every(
    period: timedelta, *, missed: Missed = "run", overlap: bool = True
) -> Callable[[Job[[], R]], Job[[], R]]:
    """Run a job without arguments at a fixed interval, whatever the clocks show.

    Written above ``@job``; the first run comes when the interval has passed once.

    Args:
        period: A second or more.
        missed: As in ``cron``.
        overlap: As in ``cron``.

    Raises:
        InvalidJob: The interval is too short or too long, or the job needs arguments.
    """
    return _recurring(f"@every({period})", Recurrence(Every(period), missed, overlap))


def _recurring(name: str, recurrence: Recurrence) -> Callable[[Job[[], R]], Job[[], R]]:
    def decorate(job: Job[[], R]) -> Job[[], R]:
        if not isinstance(job, Job):
            raise InvalidJob(f"{name} stands below @job; write it above.")
        definition = job.definition
        job.definition = replace(definition, schedules=(recurrence, *definition.schedules))
        return job

    return decorate


def jobs_of(processor: type[Any]) -> dict[str, JobDefinition]:
    """List the jobs of a processor by method, inherited ones included."""
    found: dict[str, JobDefinition] = {}
    for base in reversed(processor.__mro__):
        for method, attribute in vars(base).items():
            if isinstance(attribute, Declared):
                found[method] = attribute.definition
    return found


def make_call(
    definition: JobDefinition, owner: type[Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Call[Any]:
    """Make the call of a job; see ``JobType``."""
    cls, processor = processor_of(owner)
    arguments = definition.codec.bind(args, kwargs)
    return Call(processor.queue, definition.name_in(cls), arguments, definition)


def check_options(decorator: str, function: Callable[..., Any], options: JobOptions) -> None:
    """Refuse what no job can have.

    Raises:
        InvalidJob: Names the option.
    """
    name = f"{decorator} {getattr(function, '__qualname__', repr(function))}"
    if options.attempts < 1:
        raise InvalidJob(f"{name}: attempts={options.attempts}; a job runs at least once.")
    if not 0 < options.timeout < math.inf:
        raise InvalidJob(f"{name}: timeout={options.timeout}; give seconds above 0.")
    if options.name is not None and not options.name.strip():
        raise InvalidJob(f"{name}: name={options.name!r}; a wire name cannot be empty.")
    if options.priority not in PRIORITIES:
        raise InvalidJob(
            f"{name}: priority={options.priority}; give a whole number from -100 to 100."
        )
    if not callable(options.backoff):
        raise InvalidJob(f"{name}: backoff={options.backoff}; use e.g. fixed({options.backoff}).")
    for error in options.no_retry:
        if not (isinstance(error, type) and issubclass(error, Exception)):
            raise InvalidJob(f"{name}: no_retry={options.no_retry}; give classes of exceptions.")


def _make(function: Callable[..., Any], options: JobOptions) -> Job[..., Any]:
    check_options("@job", function, options)
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise InvalidJob(f"@job {function.__qualname__}: it yields; a job returns its result.")
    return Job(function, options)
