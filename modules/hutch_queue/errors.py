"""The errors of this package.

HutchError
└── QueueError
    ├── InvalidJob           a processor, job or queue is declared in a way that cannot work
    ├── UnknownQueue         a call or processor names a queue that no module declares
    ├── InvalidOption        a key, delay or time cannot be used
    ├── InvalidArguments     a call's arguments do not fit the job's signature
    ├── QueueFull            as many jobs wait as the queue may hold
    ├── UnknownWorker        a queue has no living worker of that name
    ├── UnknownSchedule      a queue has no schedule of that name
    ├── WrongState           a job is not in the state that an operation needs
    ├── QueueBusy            a queue is to be removed while its jobs run
    ├── PayloadTooLarge      a call's arguments are larger than the setting allows
    ├── QueueUnavailable     the queue's server did not answer; it is not known to have the job
    ├── JobFailed            the job whose result is awaited has failed
    ├── ResultTimeout        the job has not ended in time
    └── JobGone              the job's record or result is not kept
"""

from hutch.errors import HutchError


class QueueError(HutchError):
    """Base of all errors of the queue."""

    code = "queue-error"


class InvalidJob(QueueError):
    """A processor, job or queue is declared in a way that cannot work."""

    code = "invalid-job"


class UnknownQueue(QueueError):
    """A call or a processor names a queue that no module declares."""

    code = "unknown-queue"


class InvalidOption(QueueError, ValueError):
    """A key, delay or time given to ``enqueue`` cannot be used."""

    code = "invalid-option"


class InvalidArguments(QueueError, ValueError):
    """A call's arguments do not fit the signature of its job."""

    code = "invalid-arguments"


class PayloadTooLarge(QueueError, ValueError):
    """A call's arguments are larger than ``HUTCH_QUEUE__PAYLOAD_LIMIT`` allows."""

    code = "payload-too-large"


class QueueFull(QueueError):
    """As many jobs wait as the queue may hold; those that did not fit are not stored."""

    code = "queue-full"


class UnknownWorker(QueueError):
    """A queue has no living worker of that name."""

    code = "unknown-worker"


class UnknownSchedule(QueueError):
    """A queue has no schedule of that name."""

    code = "unknown-schedule"


class WrongState(QueueError):
    """A job is not in the state that an operation needs."""

    code = "wrong-state"


class QueueBusy(QueueError):
    """A queue is to be removed while its jobs run."""

    code = "queue-busy"


class JobFailed(QueueError):
    """The job whose result is awaited has failed for good."""

    code = "job-failed"


class ResultTimeout(QueueError, TimeoutError):
    """The job whose result is awaited has not ended in time."""

    code = "result-timeout"


class JobGone(QueueError):
    """The record of the job whose result is awaited is no longer kept, or its result is not."""

    code = "job-gone"


class QueueUnavailable(QueueError):
    """The queue's server did not answer; it is not known to have the job."""

    code = "queue-unavailable"
