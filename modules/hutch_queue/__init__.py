"""Jobs for later: typed calls, processors, one queue port, on SAQ or in memory."""

from hutch_queue.backoff import Backoff, delays, exponential, fixed
from hutch_queue.calls import Call
from hutch_queue.context import JobContext
from hutch_queue.errors import (
    InvalidArguments,
    InvalidJob,
    InvalidOption,
    JobFailed,
    JobGone,
    PayloadTooLarge,
    QueueError,
    QueueUnavailable,
    ResultTimeout,
    UnknownQueue,
)
from hutch_queue.injection import injected
from hutch_queue.jobs import cron, job
from hutch_queue.module import core_module, queue_module
from hutch_queue.on_redis import SaqQueues
from hutch_queue.port import Handle, Queue, QueueAdmin, QueueStats
from hutch_queue.processors import processor
from hutch_queue.settings import QueueSettings

__all__ = [
    "Backoff",
    "Call",
    "Handle",
    "InvalidArguments",
    "InvalidJob",
    "InvalidOption",
    "JobContext",
    "JobFailed",
    "JobGone",
    "PayloadTooLarge",
    "Queue",
    "QueueAdmin",
    "QueueError",
    "QueueSettings",
    "QueueStats",
    "QueueUnavailable",
    "ResultTimeout",
    "SaqQueues",
    "UnknownQueue",
    "core_module",
    "cron",
    "delays",
    "exponential",
    "fixed",
    "injected",
    "job",
    "processor",
    "queue_module",
]
