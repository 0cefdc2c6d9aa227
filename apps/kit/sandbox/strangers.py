"""Other web pages: none of them may use the sandbox through the browser of who runs it."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_FRIENDS = ("same-origin", "none")


class Strangers:
    """Refuse what a browser says that another site has asked for; programs do not say."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a call, or answer 403."""
        site = Headers(scope=scope).get("sec-fetch-site", "none")
        ours = scope["path"].startswith("/_sandbox/")
        refused = PlainTextResponse("Another site may not use the sandbox.", 403)
        await (refused if ours and site not in _FRIENDS else self._app)(scope, receive, send)
