"""Keeps other web pages and other host names out, before Streamlit sees a request.

Streamlit asks an outside host for this machine's address when a foreign page tries its socket; refusing
such requests here means that nothing is asked. It also stops DNS rebinding, where a foreign page reaches
this server under a name of its own.
"""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_EVERYWHERE: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 (compared with, not bound to)


class SameOriginOnly:
    """ASGI middleware that answers 403 to a foreign `Host` or `Origin`.

    `hosts` says under which names this server may be called; None allows every name (the user opened the
    server to the network on purpose) and still refuses requests made by foreign pages. It is asked once,
    when the server starts, because the settings are not complete before.
    """

    def __init__(self, app: ASGIApp, hosts: Callable[[], frozenset[str] | None]) -> None:
        self._app = app
        self._hosts = hosts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] not in {"http", "websocket"} or self._is_own(Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(code=1008, reason="other origin")(scope, receive, send)
        else:
            refusal = PlainTextResponse("This dashboard answers only its own pages.", status_code=403)
            await refusal(scope, receive, send)

    def _is_own(self, headers: Headers) -> bool:
        host = headers.get("host", "")
        if self._hosts is not None and (urlsplit(f"//{host}").hostname or "") not in self._hosts:
            return False
        origin = headers.get("origin")
        return origin is None or urlsplit(origin).netloc == host


def guard() -> Middleware:
    """The guard in front of the dashboard."""
    return Middleware(SameOriginOnly, hosts=configured_hosts)


def configured_hosts() -> frozenset[str] | None:
    """The names this server is configured to answer to; None when it was opened to every network."""
    from streamlit import config

    address = str(config.get_option("server.address") or "")
    named = {str(host) for host in config.get_option("server.allowedHosts")}
    if config.is_manually_set("browser.serverAddress"):
        named.add(str(config.get_option("browser.serverAddress")))
    if address in _EVERYWHERE:
        return frozenset(_LOCAL | named) if named else None
    return frozenset(_LOCAL | named | {address})
