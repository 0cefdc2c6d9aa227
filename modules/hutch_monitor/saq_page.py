"""SAQ's page and its files, as they are shipped."""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from saq.web.common import render
from starlette.requests import Request
from starlette.responses import Response

from hutch.http import NotFound

# The same files whatever a path says: SAQ serves any *.gz of the disk.
_FILES = {
    "app.js": "text/javascript",
    "pico.min.css": "text/css",
    "snabbdom.js": "text/javascript",
}
# SAQ's page links a job to its queue as if it were served at the root, its buttons cannot
# be reached by keyboard, and a job without progress seems to move.
_MENDED = {
    b'{ href: "/queues/" + job.queue }': b'{ href: root_path + "/queues/" + job.queue }',
    b'data.attrs.role = "button"': b'data.attrs.role = "button"; data.attrs.tabindex = "0"',
    b"props: { value: job.progress || 0": b"attrs: { value: job.progress || 0",
}
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_CONTENT = '<div id="app"></div>'


class SaqFiles:
    """SAQ's style sheet and scripts, read once."""

    def __init__(self) -> None:
        self._files = {name: _read(name) for name in _FILES}
        for theirs, ours in _MENDED.items():
            self._files["app.js"] = self._files["app.js"].replace(theirs, ours)

    async def serve(self, request: Request) -> Response:
        """Serve one of the files.

        Raises:
            NotFound: It is not on the list.
        """
        name = request.path_params["name"]
        if name not in self._files:
            raise NotFound
        headers = {"cache-control": "private, max-age=3600"}
        return Response(self._files[name], headers=headers, media_type=_FILES[name])


def saq_page(root: str, header: str) -> Response:
    """Make SAQ's page, with the policy that runs no script but its own.

    Args:
        root: The path at which it is served, as the browser sees it.
        header: HTML above SAQ's content.
    """
    page = render(root_path=root)
    hashes = " ".join(f"'sha256-{_hash(script)}'" for script in _INLINE.findall(page))
    policy = (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self'; img-src data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    page = page.replace("<html>", '<html lang="en">').replace(_CONTENT, header + _CONTENT)
    page = page.replace("</head>", '<link rel="icon" href="data:,"></head>')
    return Response(page, headers={"content-security-policy": policy}, media_type="text/html")


def _hash(script: str) -> str:
    return b64encode(sha256(script.encode("utf-8")).digest()).decode("ascii")


def _read(name: str) -> bytes:
    folder = files("saq.web") / "static"
    packed = folder / f"{name}.gz"
    return (
        gzip.decompress(packed.read_bytes()) if packed.is_file() else (folder / name).read_bytes()
    )
