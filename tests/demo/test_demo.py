"""The demo as its user runs it: a process of its own, ended in every way there is."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from demo.backends import MODULES
from demo.folder import DemoFolder
from demo.plays import PLAYS
from demo.processes import DemoError

USERS = {
    "cache": "fashiondeck",
    "lock": "xbot",
    "metrics": "xbot",
    "pause": "secondme",
    "pubsub": "secondme",
    "queue": "fashiondeck",
    "ratelimit": "rabbit24",
    "session": "xbot",
    "tallies": "xbot",
}
"""An app that uses each module."""


def command(data: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "demo", "--data", str(data), *arguments]


def run(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(data, *arguments), capture_output=True, text=True, timeout=180, check=False
    )


@contextmanager
def running(data: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run the demo until it serves; whatever is left at the end is killed."""
    demo = subprocess.Popen(
        command(data, *arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    family = [psutil.Process(demo.pid)]
    try:
        assert demo.stdout is not None
        for line in demo.stdout:
            if line.startswith("Serving"):
                break
        family.extend(family[0].children(recursive=True))
        yield demo
    finally:
        for process in family:
            if process.is_running():
                process.kill()
        demo.communicate()


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def checked(output: str) -> dict[str, int]:
    """Count what was checked for each app; a wrong one fails."""
    rows = re.findall(r"│ (\S*) +│ (.+?) +│ +(\d+) │ +(\d+) │ (ok|WRONG) │", output)
    assert rows, output
    assert all(verdict == "ok" for *_, verdict in rows), output
    return Counter(app for app, *_ in rows)


@pytest.mark.req("X-01")
@pytest.mark.slow
def test_once_uses_all_apps_checks_them_and_ends(tmp_path: Path) -> None:
    done = run(tmp_path, "--once")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\x1b" not in done.stdout
    assert set(checked(done.stdout)) == set(PLAYS)


@pytest.mark.slow  # each app's own suite has its play; here it is run as users do
@pytest.mark.parametrize("app", PLAYS)
def test_each_app_runs_alone(tmp_path: Path, app: str) -> None:
    done = run(tmp_path, app, "--once")
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(checked(done.stdout)) == {app}


@pytest.mark.slow
@pytest.mark.req("R24-64", "X-06")
def test_a_killed_worker_changes_nothing(tmp_path: Path) -> None:
    seen: list[str] = []
    killed = False
    with subprocess.Popen(
        command(tmp_path, "--once"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as demo:
        assert demo.stdout is not None
        for line in demo.stdout:
            seen.append(line)
            # A line of progress: the apps are in the middle of their work.
            if not killed and re.match(r"\w+ +[1-9]\d*/\d+ ", line):
                worker_of(demo.pid).kill()
                killed = True
    assert demo.returncode == 0, "".join(seen)
    assert "worker was killed by SIGKILL; started again.\n" in seen
    assert set(checked("".join(seen))) == set(PLAYS)


def worker_of(demo: int) -> psutil.Process:
    family = psutil.Process(demo).children(recursive=True)
    [worker] = [one for one in family if one.cmdline()[-2:] == ["--role", "worker"]]
    return worker


def test_an_unknown_app_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, "rabbit25", "--once")
    assert done.returncode == 1
    assert done.stderr == f"There is no app 'rabbit25'; choose from {', '.join(PLAYS)}.\n"


def test_a_second_demo_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with DemoFolder(tmp_path):
        done = run(tmp_path, "--once")
    assert done.returncode == 1
    assert done.stderr == (
        f"A demo already runs on {tmp_path} (process {os.getpid()}): stop it with Ctrl-C, or "
        "give this one a folder of its own: ./dev demo --data .data/second --port 8001\n"
    )


def test_the_folder_is_free_again_after_the_demo(tmp_path: Path) -> None:
    for _ in range(2):
        with DemoFolder(tmp_path), pytest.raises(DemoError, match="already runs"):
            DemoFolder(tmp_path).__enter__()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(tmp_path, "--once", "--port", str(port))
    assert done.returncode == 1
    assert done.stderr == (
        f"Port {port} is taken: stop what listens there, or choose another: "
        f"./dev demo --port {port + 1}\n"
    )


def test_with_every_backend_in_memory_nobody_asks_for_redis(tmp_path: Path) -> None:
    done = run(tmp_path, "xbot", "--once", "--memory")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"│ connections to Redis +│ +0 │ +0 │ ok │", done.stdout)
    assert not list(tmp_path.glob("valkey-*"))


@pytest.mark.slow
@pytest.mark.parametrize(("module", "app"), USERS.items())
def test_each_module_may_be_in_memory_alone(
    tmp_path: Path, module: str, app: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"HUTCH_{module.upper()}__BACKEND", "memory")
    done = run(tmp_path, app, "--once")
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_module_has_an_app_that_proves_it_in_memory() -> None:
    assert set(USERS) == set(MODULES)


@pytest.mark.slow
def test_what_is_missing_is_said(tmp_path: Path) -> None:
    done = run(tmp_path, "rabbit24", "--once", "--seconds", "5")
    assert done.returncode == 1
    assert "Not done within 5 s." in done.stdout
    assert re.search(r"Wrong: rabbit24: .+: \d+ instead of \d+", done.stdout)


@pytest.mark.slow
def test_ctrl_c_stops_everything_in_peace(tmp_path: Path) -> None:
    with running(tmp_path, "xbot", "--port", str(free_port())) as demo:
        family = psutil.Process(demo.pid).children(recursive=True)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(30) == 0
        assert not [process for process in family if process.is_running()]


@pytest.mark.slow
def test_kill_9_leaves_nothing_behind_and_the_next_demo_runs(tmp_path: Path) -> None:
    with running(tmp_path, "xbot", "--port", str(free_port())) as demo:
        family = psutil.Process(demo.pid).children(recursive=True)
        assert len(family) >= 4
        demo.kill()
        demo.wait(5)
        wait_for(lambda: not any(process.is_running() for process in family), 5)
        assert run(tmp_path, "rabbit24", "--once").returncode == 0
