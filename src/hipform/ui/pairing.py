"""Who may come in from the network: devices that scanned the code of this start, and nobody else.

The code holds a token. Who brings it gets a cookie of its own, and with the cookie everything that the
page on this machine gets; without it there is no page, no file and no socket.
"""

import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from hipform.ui.tokens import Tokens

# Ours: a hand that types the link wrong a few times still gets in. The token has 128 random bits, so a
# thousand times as many guesses would not find it either.
_GUESSES: Final = 10
_GUESSES_WITHIN_S: Final = 60.0
_TOKEN_BYTES: Final = 16
_ADDRESSES_KEPT: Final = 256
_FIRST: Final = "./live"  # the page that films
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_PAGE: Final = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>hipform</title>'
    '<meta name="viewport" content="width=device-width">'
    "<style>:root{{color-scheme:light dark}}body{{font:1.1rem/1.5 system-ui;max-width:30rem;"
    "margin:15vh auto;padding:0 1.5rem}}</style>{head}</head>"
    "<body><h1>{title}</h1><p>{text}</p></body></html>"
)


class Pairing:
    """The token of one server start, and the devices that brought it. Safe to use from several threads.

    `clock` gives seconds. What is kept of wrong guesses is bounded, however many addresses guess.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.token: Final = secrets.token_urlsafe(_TOKEN_BYTES)
        self._clock = clock
        self._devices = Tokens(clock)
        self._wrong_s: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def pair(self, token: str, address: str) -> str | None:
        """The cookie for a device that brings the right token; None for a wrong one."""
        if hmac.compare_digest(token.encode(), self.token.encode()):
            return self._devices.issue()
        with self._lock:
            self._wrong_s.setdefault(address, []).append(self._clock())
            self._wrong_s.move_to_end(address)
            while len(self._wrong_s) > _ADDRESSES_KEPT:
                self._wrong_s.popitem(last=False)
        return None

    def may_try(self, address: str) -> bool:
        """Whether this address has guessed wrong less than ten times in the last minute."""
        since_s = self._clock() - _GUESSES_WITHIN_S
        with self._lock:
            recent = [at_s for at_s in self._wrong_s.get(address, []) if at_s > since_s]
            if recent:
                self._wrong_s[address] = recent
            else:
                self._wrong_s.pop(address, None)
        return len(recent) < _GUESSES

    def knows(self, cookie: str) -> bool:
        """Whether a device was given this cookie."""
        return self._devices.accept(cookie)


class PairedOnly:
    """ASGI middleware that lets paired devices in and answers 403 to everything else.

    `hosts` are the names with port under which it may be called over HTTPS; a page of any other origin is
    refused. What comes in is passed on as if it were asked of `inside` ("localhost:8501"): the guard and
    Streamlit answer that name without asking anybody whether it is their own.
    """

    def __init__(
        self, app: ASGIApp, pairing: Pairing, hosts: Collection[str], inside: str, cookie: str
    ) -> None:
        self._app = app
        self._pairing = pairing
        self._hosts = frozenset(hosts)
        self._inside = inside
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, pair a device, or refuse."""
        request = HTTPConnection(scope)
        if not self._is_own(request):
            await _refuse(scope, receive, send)
        elif scope["type"] == "http" and "pair" in request.query_params:
            await self._pair(request)(scope, receive, send)
        elif self._pairing.knows(request.cookies.get(self._cookie, "")):
            await self._app(self._as_local(scope), receive, send)
        else:
            await _refuse(scope, receive, send)

    def _is_own(self, request: HTTPConnection) -> bool:
        hosts = [host.lower() for host in request.headers.getlist("host")]
        origins = [origin.lower() for origin in request.headers.getlist("origin")]
        return len(hosts) == 1 and hosts[0] in self._hosts and origins in ([], [f"https://{hosts[0]}"])

    def _pair(self, request: HTTPConnection) -> Response:
        address = request.client.host if request.client else ""
        if not self._pairing.may_try(address):
            return _page(429, "Too many tries", "Wait a minute, then scan the code again.")
        value = self._pairing.pair(request.query_params["pair"], address)
        if value is None:
            return _scan_again()
        # A page that moves on by itself, not a redirect: where the scanner counts as a foreign site, the
        # browser would send no Strict cookie to the address that it is redirected to.
        on = f'<meta http-equiv="refresh" content="0;url={_FIRST}">'
        answer = _page(200, "Paired", f'This device may use hipform now. <a href="{_FIRST}">Open it</a>.', on)
        answer.set_cookie(self._cookie, value, path="/", secure=True, httponly=True, samesite="strict")
        return answer

    def _as_local(self, scope: Scope) -> Scope:
        replaced = {b"host": self._inside, b"origin": f"http://{self._inside}"}
        headers = [
            (name, replaced[name].encode() if name in replaced else value) for name, value in scope["headers"]
        ]
        return {**scope, "headers": headers}


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await WebSocketClose(code=1008, reason="not paired")(scope, receive, send)
    else:
        await _scan_again()(scope, receive, send)


def _scan_again() -> Response:
    text = "To open hipform on this device, scan the code that the computer shows now."
    return _page(403, "Scan the code again", text)


def _page(status: int, title: str, text: str, head: str = "") -> Response:
    page = _PAGE.format(title=title, text=text, head=head)
    return HTMLResponse(page, status_code=status, headers=_HEADERS)
