"""The built site: strict, complete, and from nowhere but itself."""

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_SECONDS = 120
LOADING = {
    ("script", "src"),
    ("img", "src"),
    ("iframe", "src"),
    ("source", "src"),
    ("video", "src"),
    ("object", "data"),
    ("form", "action"),
}
FETCHED = {"stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch", "manifest"}


class Loaded(HTMLParser):
    """Collects what a page makes the browser fetch."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.urls += [
            values[name] for loading, name in LOADING if loading == tag and name in values
        ]
        if tag == "link" and FETCHED & set(values.get("rel", "").split()):
            self.urls.append(values["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    built = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=MOST_SECONDS, check=False
    )
    assert built.returncode == 0, built.stderr
    return folder


def pages(site: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(site.rglob("*.html")):
        yield path.relative_to(site), path.read_text("utf-8")


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    foreign = re.compile(r"^(?:[a-z]+:)?//", re.IGNORECASE)
    loaded = [(path, url) for path, page in pages(site) for url in Loaded(page).urls]
    assert loaded
    assert [found for found in loaded if foreign.match(found[1])] == []
    styles = [(path.name, path.read_text("utf-8")) for path in site.rglob("*.css")]
    assert styles
    loading = re.compile(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//")
    assert [name for name, text in styles if loading.search(text)] == []


def test_drawings_have_their_library_beside_them(site: Path) -> None:
    drawing = [(path, page) for path, page in pages(site) if 'class="mermaid"' in page]
    assert len(drawing) >= 3
    assert all("javascripts/mermaid.min.js" in page for _, page in drawing)
    assert (site / "javascripts" / "mermaid.min.js").stat().st_size > 1_000_000
    assert (site / "javascripts" / "LICENSE.mermaid.txt").exists()


def test_every_wish_of_a_page_was_filled(site: Path) -> None:
    assert [path for path, page in pages(site) if "<!-- hutch:" in page] == []


def test_the_reference_names_what_the_packages_export(site: Path) -> None:
    for package, page in {
        "hutch": "hutch",
        "hutch.http": "http",
        "hutch_redis": "redis",
        "hutch_database": "database",
        "hutch_queue": "queue",
        "hutch_outbox": "outbox",
        "hutch_cache": "cache",
        "hutch_ratelimit": "ratelimit",
        "hutch_pause": "pause",
        "hutch_lock": "lock",
        "hutch_pubsub": "pubsub",
        "hutch_session": "session",
        "hutch_auth": "auth",
        "hutch_vault": "vault",
        "hutch_metrics": "metrics",
        "hutch_monitor": "monitor",
    }.items():
        text = (site / "reference" / page / "index.html").read_text("utf-8")
        names = __import__(package, fromlist=["__all__"]).__all__
        missing = [name for name in names if f'id="{package}.{name}"' not in text]
        assert not missing, f"{package}: {missing}"


def test_links_of_the_readme_lead_to_files() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", readme) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link.split("#")[0]).exists()] == []


def test_every_test_that_a_page_names_exists() -> None:
    pages = [path.read_text("utf-8") for path in (ROOT / "docs").rglob("*.md")]
    named = {name for page in pages for name in re.findall(r"`(test_\w+)`", page)}
    files = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "modules").rglob("*.py")]
    tests = "".join(path.read_text("utf-8") for path in files)
    assert len(named) > 5
    assert [name for name in sorted(named) if f"def {name}(" not in tests] == []


def test_no_page_tells_of_the_machine_it_was_written_on() -> None:
    sources = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), ROOT / "mkdocs.yml"]
    private = re.compile(r"(?<![\w.])/(?:root|home|tmp|work)/")
    assert [str(path) for path in sources if private.search(path.read_text("utf-8"))] == []
