"""Jobs for later: typed calls, processors, one queue port, on SAQ or in memory."""

from hutch_queue.admin.admin import QueueAdmin
from hutch_queue.admin.job_info import Failure, JobInfo
from hutch_queue.admin.stats import QueueStats, Totals
from hutch_queue.admin.worker_info import WorkerInfo
from hutch_queue.declare.backoff import Backoff, delays, exponential, fixed
from hutch_queue.declare.calls import Call
from hutch_queue.declare.chunk_item import ChunkItem
from hutch_queue.declare.chunks import chunk
from hutch_queue.declare.context import JobContext
from hutch_queue.declare.injection import injected
from hutch_queue.declare.jobs import cron, every, job
from hutch_queue.declare.options import Options
from hutch_queue.declare.processors import processor
from hutch_queue.declare.snooze import Snooze
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
from hutch_queue.module import core_module, queue_module
from hutch_queue.names import Rate
from hutch_queue.port import Handle, Queue
from hutch_queue.produce.handover import Handover, Prepared
from hutch_queue.saq.queue import SaqQueues
from hutch_queue.schedules.schedules import ScheduleInfo, Schedules
from hutch_queue.settings import QueueSettings

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
