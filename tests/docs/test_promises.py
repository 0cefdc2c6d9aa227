"""What is promised in writing stands where it is looked for."""

from pathlib import Path
from typing import Any

import pytest

from hutch_pubsub import consumer
from hutch_queue import Queue, chunk, job

GUARANTEES = Path(__file__).parents[2] / "docs" / "modules" / "queue" / "guarantees.md"


@pytest.mark.req("X-03")
@pytest.mark.parametrize(
    ("what", "said"),
    [
        (Queue.enqueue, "once this returns it will run at least once"),
        (job, "It may run twice"),
        (chunk, "Each of them may run twice"),
        (consumer, "It may be handled twice"),
    ],
)
def test_who_writes_a_handler_reads_that_it_may_run_twice(what: Any, said: str) -> None:
    assert said in " ".join(what.__doc__.split())


@pytest.mark.req("X-03")
def test_the_page_promises_at_least_once() -> None:
    page = GUARANTEES.read_text("utf-8")
    assert "- **An acknowledged `enqueue` runs at least once**" in page
    assert "- **It may run twice.**" in page
