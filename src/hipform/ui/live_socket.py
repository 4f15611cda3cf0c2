"""The WebSocket of the live page: `/hipform/live/<token>`. What is said on it: `hipform.live_wire`.

Only our own pages get in: the origin must be there and be this server, and the token that of a visit. Whoever
sends too much, too often or what makes no sense is sent away with a code that says so.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.websockets import WebSocket, WebSocketDisconnect

from hipform.live_wire import HEAD, MOST_BYTES, Hello, read_order, read_picture
from hipform.ui.live_hub import BAD_MESSAGE, Hub, hub
from hipform.ui.tokens import TOKENS

# How long a page may take to say what it wants (ours: it does so at once).
HELLO_WITHIN_S: Final = 5.0
# Cameras give up to 60 pictures a second; a page that sends more for longer than a second is out of order.
MOST_HZ: Final = 90.0
# Ours: the longest order has 300 characters.
LONGEST_TEXT: Final = 4096
# Messages that may wait for a page that does not take them (ours: minutes of a set).
MOST_WAITING: Final = 500
NOT_ALLOWED: Final = 1008
TOO_LARGE: Final = 1009


class _SendAway(Exception):  # noqa: N818 (it is the page that is at fault)
    """The page gets no answer but this close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


async def live_socket(socket: WebSocket) -> None:
    """Serve one page until it or the server closes."""
    if not _is_own_page(socket.headers):
        await socket.close(NOT_ALLOWED)
        return
    await socket.accept()
    if not TOKENS.accept(socket.path_params["token"]):
        await socket.close(NOT_ALLOWED, "This page has expired. Reload it in the browser.")
        return
    line, here = SocketLine(socket), hub()
    sending = asyncio.create_task(line.send_all())
    try:
        await _listen(socket, line, here)
    except _SendAway as refusal:
        line.close(refusal.code, refusal.reason)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(sending), HELLO_WITHIN_S)
    finally:
        here.gone(line)
        sending.cancel()


async def _listen(socket: WebSocket, line: "SocketLine", here: Hub) -> None:
    """Take what the page says until it is gone. Raises `_SendAway`."""
    meter = Meter(MOST_HZ)
    try:
        message = await asyncio.wait_for(_next(socket), HELLO_WITHIN_S)
    except TimeoutError:
        raise _SendAway(BAD_MESSAGE, "no hello") from None
    if isinstance(message, bytes):
        raise _SendAway(BAD_MESSAGE, "a hello comes first")
    while message is not None:
        if not meter.allows():
            raise _SendAway(NOT_ALLOWED, "too many messages")
        _take(message, line, here)
        message = await _next(socket)


def _take(message: str | bytes, line: "SocketLine", here: Hub) -> None:
    """Pass one message on. Raises `_SendAway` for what no page of ours sends."""
    limit = LONGEST_TEXT if isinstance(message, str) else MOST_BYTES + HEAD.size
    if len(message) > limit:
        raise _SendAway(TOO_LARGE, "too large")
    try:
        if isinstance(message, bytes):
            here.picture(line, read_picture(message))
            return
        order = read_order(message)
    except ValueError as error:
        raise _SendAway(BAD_MESSAGE, "not understood") from error
    if isinstance(order, Hello):
        here.hello(line, order)
    else:
        here.order(line, order)


async def _next(socket: WebSocket) -> str | bytes | None:
    """The next message, None when the page is gone."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        return None
    content: str | bytes | None = message.get("bytes")
    return content if content is not None else message["text"]


@dataclass(slots=True)
class _Shown:
    """What is to be seen now."""

    text: str
    packet: bytes | None


@dataclass(slots=True)
class _Closing:
    code: int
    reason: str


class SocketLine:
    """The way to one page, as `live_hub.Line`: messages in their order, of what is to be seen the newest."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._waiting: deque[str | _Shown | _Closing] = deque()
        self._changed = asyncio.Event()

    def tell(self, text: str) -> None:
        """Send a message, after all before it; a page that has not taken hundreds is closed."""
        self._put(text if len(self._waiting) < MOST_WAITING else _Closing(NOT_ALLOWED, "too slow"))

    def show(self, text: str, packet: bytes | None) -> None:
        """Send what is to be seen now; it takes the place of one that still waits."""
        if self._waiting and isinstance(self._waiting[-1], _Shown):
            self._waiting.pop()
        self._put(_Shown(text, packet))

    def close(self, code: int, reason: str = "") -> None:
        """Send what waits, then close."""
        self._put(_Closing(code, reason))

    def _put(self, item: str | _Shown | _Closing) -> None:
        self._waiting.append(item)
        self._changed.set()

    async def send_all(self) -> None:
        """Send what comes, until the line is closed (runs as a task of its own)."""
        with suppress(WebSocketDisconnect, RuntimeError):  # the page is gone: the listening side hears of it
            while True:
                while not self._waiting:
                    self._changed.clear()
                    await self._changed.wait()
                item = self._waiting.popleft()
                if isinstance(item, _Closing):
                    await self._socket.close(item.code, item.reason)
                    return
                await self._send(item)

    async def _send(self, item: str | _Shown) -> None:
        if isinstance(item, _Shown):
            if item.packet is not None:
                await self._socket.send_bytes(item.packet)
            item = item.text
        await self._socket.send_text(item)


class Meter:
    """Allows `most_hz` messages a second, and a second's worth of them at once. `clock` gives seconds."""

    def __init__(self, most_hz: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most_hz = most_hz
        self._clock = clock
        self._left = most_hz
        self._since_s = clock()

    def allows(self) -> bool:
        """Whether one more may come now."""
        now_s = self._clock()
        self._left = min(self._most_hz, self._left + (now_s - self._since_s) * self._most_hz)
        self._since_s = now_s
        self._left -= 1.0
        return self._left >= 0.0


def _is_own_page(headers: Headers) -> bool:
    """Whether a page of this server asks. The guard lets requests without an origin pass; here it must be."""
    origin = headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == headers.get("host", "")
