"""The URL checker of the recipe: what the page shows is what runs."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from httpx2 import AsyncClient
from playwright.async_api import Page, expect
from tests.browser.conftest import Complaints
from tests.recipes.asked import Request, Site, site
from tests.recipes.recipe import environment, files_of, served, write

PERIOD, EACH = 10, 5
"""Seconds from one round to the next, and the URLs of each of two hosts."""
# Were it put into the page as HTML, a browser would show "<" in place of "&lt;".
PATHS = ["a?b&lt;i", *map(str, range(1, EACH))]
FILES = files_of("url-checker.md")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(FILES, tmp_path)


@pytest.fixture
async def there() -> AsyncIterator[Site]:
    async with site() as opened:
        yield opened


@pytest.fixture
def urls(there: Site) -> list[str]:
    hosts = ("127.0.0.1", "localhost")
    return [f"http://{host}:{there.port}/{path}" for path in PATHS for host in hosts]


@pytest.fixture
async def address(folder: Path, urls: list[str]) -> AsyncIterator[str]:
    async with served("checker", folder, HUTCH_CHECKER__URLS=json.dumps(urls)) as address:
        yield address


def run(folder: Path, *command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_it_is_as_short_as_the_page_says() -> None:
    assert {name: text.count("\n") for name, text in FILES.items()} == {
        "checker.py": 100,
        "test_checker.py": 40,
    }


@pytest.mark.slow
def test_it_is_formatted_and_typed(folder: Path) -> None:
    run(folder, "ruff", "check", "--isolated", ".")
    run(folder, "ruff", "format", "--isolated", "--check", ".")
    run(folder, "mypy", "--strict", "checker.py", "test_checker.py")


@pytest.mark.slow
def test_its_own_test_passes_in_an_empty_folder(folder: Path) -> None:
    run(folder, "pytest", "-q", "-o", "asyncio_mode=auto")
    assert not (folder / ".data").exists()


@pytest.mark.slow
async def test_it_tells_each_answer_and_spares_each_host(
    address: str, there: Site, urls: list[str]
) -> None:
    async with AsyncClient(base_url=address) as client, asyncio.timeout(30):
        await _heard(client, {(url, "204") for url in urls})
        results = (await client.get("/results")).json()
    assert [result["url"] for result in results] == urls
    for host in ("127.0.0.1", "localhost"):
        _is_spared(there.of(host)[:EACH])
    # Under one limit for both hosts the last of these would come later.
    assert there.requests[2 * EACH - 1].at < _round(there.requests[0]) + 2 * EACH - 1


async def _heard(client: AsyncClient, wanted: set[tuple[str, str]]) -> None:
    """Hear the live stream until each URL's answer was told."""
    async with client.stream("GET", "/live", timeout=None) as stream:
        lines = stream.aiter_lines()
        assert await anext(lines) == "event: listening"
        async for line in lines:
            if line.startswith('data: {"url":'):
                result = json.loads(line.removeprefix("data: "))
                wanted.discard((result["url"], result["answer"]))
            if not wanted:
                return


def _is_spared(requests: list[Request]) -> None:
    """Hold one round of a host against its limit; the first is asked when the round begins."""
    assert len({request.path for request in requests}) == EACH
    begin = _round(requests[0])
    early = [n for n, request in enumerate(requests) if request.at < begin + n]
    assert not early, f"asked too early: {early} of {requests}"


def _round(request: Request) -> float:
    return request.at // PERIOD * PERIOD


async def test_the_page_runs_no_script_but_its_own(address: str) -> None:
    async with AsyncClient(base_url=address) as client:
        page, script = await client.get("/"), await client.get("/page.js")
    policy = page.headers["content-security-policy"]
    assert policy == "default-src 'none'; script-src 'self'; connect-src 'self'"
    assert page.text.endswith('<script src="/page.js"></script>')
    assert script.headers["content-type"].startswith("text/javascript")


@pytest.mark.slow
async def test_a_browser_shows_the_answers_as_they_come(
    address: str, urls: list[str], page: Page, complaints: Complaints
) -> None:
    await page.goto(address)
    lines = page.locator("pre")
    for url in urls:
        await expect(lines).to_contain_text(f"{url}  204  ", timeout=25_000)
    assert complaints.texts == []
