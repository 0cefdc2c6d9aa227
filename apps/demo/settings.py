"""Settings of the house: which apps run in this process, and where."""

from pathlib import Path

from hutch import Settings


class DemoSettings(Settings, section="demo"):
    """Which apps run in this process, and where."""

    apps: tuple[str, ...] = ("rabbit24", "xbot", "secondme", "fashiondeck")
    """The apps, each at the path of its name."""
    folder: Path = Path(".data/demo")
    """Where their databases and files lie."""
    url: str = "http://127.0.0.1:8000"
    """Where the house is reached."""
    sandbox: str = "http://127.0.0.1:8700"
    """Where the sandbox is reached."""
