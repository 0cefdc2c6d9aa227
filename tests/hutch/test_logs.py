import io
import json
import logging
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
import structlog
from pydantic import SecretStr

from hutch.context import adopt, bind_context
from hutch.logs import configure_logging
from hutch.settings import LogSettings, Profile

HEADER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

log = structlog.get_logger("shop.orders")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@dataclass
class Output:
    """What was logged."""

    stream: io.StringIO = field(default_factory=io.StringIO)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def output() -> Output:
    """JSON lines at debug level."""
    output = Output()
    settings = LogSettings(level="debug", redact=("Customer-Iban",))
    configure_logging(settings, profile=Profile.PRODUCTION, stream=output.stream)
    return output


# Shape


def test_a_line_is_json_in_production(output: Output) -> None:
    log.info("order placed", order=7)
    (line,) = output.lines
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "order placed", "order": 7, "level": "info", "logger": "shop.orders"}


def test_the_standard_library_has_the_same_shape(output: Output) -> None:
    logging.getLogger("sqlalchemy.pool").warning("pool of %d is full", 5, extra={"size": 5})
    (line,) = output.lines
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "pool of 5 is full",
        "size": 5,
        "level": "warning",
        "logger": "sqlalchemy.pool",
    }


@pytest.mark.parametrize("name", ["uvicorn.error", "uvicorn.access"])
def test_uvicorns_own_handlers_give_way(output: Output, name: str) -> None:
    own = io.StringIO()
    logger = logging.getLogger(name)
    logger.addHandler(logging.StreamHandler(own))
    logger.propagate = False
    logger.setLevel(logging.NOTSET)  # a server that a test ran may have changed it
    configure_logging(LogSettings(), profile=Profile.PRODUCTION, stream=output.stream)
    logger.info("served", extra={"color_message": "\x1b[1mserved"})
    assert own.getvalue() == ""
    assert [(line["event"], line["logger"]) for line in output.lines] == [("served", name)]
    assert "color" not in output.text


def test_plain_lines_where_there_is_no_terminal() -> None:
    output = Output()
    configure_logging(LogSettings(), stream=output.stream)
    log.info("order placed", order=7, customer="a b")
    time, rest = output.text.split(" ", 1)
    assert time.endswith("Z")
    assert rest == "[info] order placed [shop.orders] customer='a b' order=7\n"


def test_coloured_lines_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    output = Output(Terminal())
    configure_logging(LogSettings(), stream=output.stream)
    log.info("order placed")
    assert "\x1b[" in output.text


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    output = Output(Terminal())
    configure_logging(LogSettings(), stream=output.stream)
    log.info("order placed")
    assert "\x1b[" not in output.text


@pytest.mark.parametrize(
    ("profile", "wanted", "is_json"),
    [(Profile.PRODUCTION, "console", False), (Profile.DEVELOPMENT, "json", True)],
)
def test_the_format_can_be_set(
    profile: Profile, wanted: Literal["json", "console"], is_json: bool
) -> None:
    output = Output()
    configure_logging(LogSettings(format=wanted), profile=profile, stream=output.stream)
    log.info("order placed")
    assert output.text.startswith("{") is is_json


def test_the_level_holds_for_both() -> None:
    output = Output()
    configure_logging(LogSettings(level="warning", format="json"), stream=output.stream)
    log.info("no")
    logging.getLogger("other").info("no")
    log.warning("yes")
    logging.getLogger("other").warning("yes")
    assert [line["event"] for line in output.lines] == ["yes", "yes"]


def test_again_replaces_what_was_set(output: Output) -> None:
    log.info("first")
    second = Output()
    for _ in range(2):
        configure_logging(LogSettings(format="json"), stream=second.stream)
    log.info("ours")
    logging.getLogger("other").info("theirs")
    assert [line["event"] for line in output.lines] == ["first"]
    assert [line["event"] for line in second.lines] == ["ours", "theirs"]


def test_other_handlers_stay(output: Output) -> None:
    own = logging.NullHandler()
    logging.getLogger().addHandler(own)
    configure_logging(LogSettings(), stream=output.stream)
    assert own in logging.getLogger().handlers


def test_by_default_it_goes_to_standard_error() -> None:
    program = (
        "import structlog; from hutch.logs import configure_logging; "
        "from hutch.settings import LogSettings; configure_logging(LogSettings()); "
        "structlog.get_logger('shop').info('hello')"
    )
    clean = {key: value for key, value in os.environ.items() if not key.startswith("HUTCH_")}
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=clean
    )
    assert run.stdout == ""
    assert "hello [shop]" in run.stderr


# Context


def test_the_context_stands_in_every_line(output: Output) -> None:
    with adopt({"request_id": "r1", "traceparent": HEADER}, job_id="j1"):
        log.info("ours", job_id="own")
        logging.getLogger("other").info("theirs")
    log.info("after")
    ours, theirs, after = output.lines
    assert (ours["request_id"], ours["job_id"]) == ("r1", "own")
    assert (theirs["request_id"], theirs["job_id"]) == ("r1", "j1")
    assert theirs["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert "traceparent" not in theirs
    assert "request_id" not in after


# What is not shown


def test_secrets_and_personal_data_are_hidden(output: Output) -> None:
    with bind_context(session_token="hush"):
        log.info(
            "called",
            api_key="hush",
            customer_iban="hush",
            headers={"Cookie": "hush", "Accept": "*/*"},
            posts=[{"id": 1, "content": "hush"}],
            key=SecretStr("hush"),
            url="redis://:hush@host/0",
        )
    logging.getLogger("other").info("GET /x?token=hush", extra={"email": "hush"})
    assert "hush" not in output.text
    ours, theirs = output.lines
    assert ours["api_key"] == "***"
    assert ours["headers"] == {"Cookie": "***", "Accept": "*/*"}
    assert ours["posts"] == [{"id": 1, "content": "***"}]
    assert ours["url"] == "redis://***@host/0"
    assert theirs["event"] == "GET /x?token=***"


@pytest.mark.parametrize("wanted", ["json", "console"])
@pytest.mark.parametrize("terminal", [True, False])
def test_exceptions_without_local_variables(
    wanted: Literal["json", "console"], terminal: bool
) -> None:
    output = Output(Terminal() if terminal else io.StringIO())
    configure_logging(LogSettings(format=wanted), stream=output.stream)
    card = "".join(["hu", "sh"])
    for logger in (log, logging.getLogger("other")):
        try:
            raise ConnectionError(f"cannot reach redis://:{card}@host")
        except ConnectionError:
            logger.exception("failed")
    assert "hush" not in output.text
    assert output.text.count("ConnectionError: cannot reach redis://***@host") == 2
    assert output.text.count("Traceback (most recent call last)") == 2


def test_who_quotes_payloads_at_debug_level_is_kept_from_it(output: Output) -> None:
    logging.getLogger("aiosqlite").debug("executing with ('hush',)")
    logging.getLogger("aiosqlite").info("connected")
    logging.getLogger("other").debug("detail")
    assert [line["event"] for line in output.lines] == ["connected", "detail"]


@pytest.mark.parametrize("name", ["httpx2", "saq"])
def test_who_repeats_our_own_lines_is_heard_from_warning_on(output: Output, name: str) -> None:
    logging.getLogger(name).info("Finished Job<...>")
    logging.getLogger(name).warning("lost")
    assert [line["event"] for line in output.lines] == ["lost"]
