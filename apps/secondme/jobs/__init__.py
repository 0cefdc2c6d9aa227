"""What happens without a request: one processor for each queue, and the inbox's consumer."""

from secondme.jobs.answers import AnswerJobs
from secondme.jobs.housekeeping import Housekeeping
from secondme.jobs.messages import MessageConsumer

JOBS = (AnswerJobs, Housekeeping, MessageConsumer)
"""All of them, for the module's providers."""
