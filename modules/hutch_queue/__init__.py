"""Jobs for later: typed calls, processors, one queue port, on SAQ or in memory."""

from hutch_queue.admin import QueueAdmin
from hutch_queue.backoff import Backoff, delays, exponential, fixed
from hutch_queue.calls import Call
from hutch_queue.chunk_item import ChunkItem
from hutch_queue.chunks import chunk
from hutch_queue.context import JobContext
from hutch_queue.errors import (
    InvalidArguments,
    InvalidJob,
    InvalidOption,
    JobFailed,
    JobGone,
    PayloadTooLarge,
    QueueBusy,
    QueueError,
    QueueFull,
    QueueUnavailable,
    ResultTimeout,
    UnknownQueue,
    UnknownSchedule,
    UnknownWorker,
    WrongState,
)
from hutch_queue.handover import Handover, Prepared
from hutch_queue.injection import injected
from hutch_queue.job_info import Failure, JobInfo
from hutch_queue.jobs import cron, every, job
from hutch_queue.module import core_module, queue_module
from hutch_queue.names import Rate
from hutch_queue.options import Options
from hutch_queue.port import Handle, Queue
from hutch_queue.processors import processor
from hutch_queue.saq_queue import SaqQueues
from hutch_queue.schedules import ScheduleInfo, Schedules
from hutch_queue.settings import QueueSettings
from hutch_queue.snooze import Snooze
from hutch_queue.stats import QueueStats, Totals
from hutch_queue.worker_info import WorkerInfo

__all__ = [
    "Backoff",
    "Call",
    "ChunkItem",
    "Failure",
    "Handle",
    "Handover",
    "InvalidArguments",
    "InvalidJob",
    "InvalidOption",
    "JobContext",
    "JobFailed",
    "JobGone",
    "JobInfo",
    "Options",
    "PayloadTooLarge",
    "Prepared",
    "Queue",
    "QueueAdmin",
    "QueueBusy",
    "QueueError",
    "QueueFull",
    "QueueSettings",
    "QueueStats",
    "QueueUnavailable",
    "Rate",
    "ResultTimeout",
    "SaqQueues",
    "ScheduleInfo",
    "Schedules",
    "Snooze",
    "Totals",
    "UnknownQueue",
    "UnknownSchedule",
    "UnknownWorker",
    "WorkerInfo",
    "WrongState",
    "chunk",
    "core_module",
    "cron",
    "delays",
    "every",
    "exponential",
    "fixed",
    "injected",
    "job",
    "processor",
    "queue_module",
]
