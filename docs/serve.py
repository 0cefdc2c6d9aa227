"""``./dev docs``: serve this documentation, or build it strictly."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Become mkdocs; with ``--build`` any warning is a failure."""
    parser = argparse.ArgumentParser(prog="./dev docs", description=__doc__)
    parser.add_argument("--port", type=int, default=8001, help="where to serve (default: 8001)")
    parser.add_argument("--build", action="store_true", help="build into site/ and exit")
    options = parser.parse_args()
    serve = ("serve", "--dev-addr", f"127.0.0.1:{options.port}")
    command = ("build", "--strict", "--clean") if options.build else serve
    os.chdir(ROOT)
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    os.execv(sys.executable, [sys.executable, "-m", "mkdocs", *command])


if __name__ == "__main__":
    main()
