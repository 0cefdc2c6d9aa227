"""Travelling in time, in this process: for the app and the sandbox together."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

Travel = Callable[[timedelta], None]


@pytest.fixture
def travel() -> Iterator[Travel]:
    """Move this process's clock, and so the sandbox's."""
    with ExitStack() as stack:

        def travel(distance: timedelta) -> None:
            # Jobs are due at whole milliseconds, rounded up.
            then = datetime.now(UTC) + distance + timedelta(milliseconds=2)
            stack.enter_context(time_machine.travel(then))

        yield travel
