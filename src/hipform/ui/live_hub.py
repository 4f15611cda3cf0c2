"""The live session of this server: who films, who watches, and the process that does the sets.

There is one session at a time. All of it runs in the server's event loop and nothing here waits; the process
is stopped in a thread. A page that comes back within a minute goes on where it was; of one that does not the
set is ended and kept.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Protocol

from hipform.live_wire import Begin, End, Ended, Hello, Leave, Picture, event, welcome, write_picture
from hipform.live_worker import KEEP_WITHIN_S, Died, Finished, LiveWorker, Looked, Message, Refused, Told

# How long a set waits for a page that is gone (a reload, a phone that locks itself), ours.
LOST_AFTER_S: Final = 60.0
# How long a process that is given no picture is kept: it holds 0.5 GB (ours).
IDLE_AFTER_S: Final = 300.0
# How long keeping the last set of a page that left may take: with its video that can be minutes (ours).
KEEP_LEFT_WITHIN_S: Final = 1800.0
_TICK_S: Final = 1.0
BAD_MESSAGE: Final = 4000
TAKEN_OVER: Final = 4001
STOPPING: Final = 1001
_PICTURES_KEPT = 8  # more than a page has in flight


class Line(Protocol):
    """The way to one page; nothing here waits."""

    def tell(self, text: str) -> None:
        """Send a message, after all before it."""
        ...

    def show(self, text: str, packet: bytes | None) -> None:
        """Send what is to be seen now, its picture first; it takes the place of one that still waits."""
        ...

    def close(self, code: int) -> None:
        """Send what waits, then close."""
        ...


class Process(Protocol):
    """What is used of `LiveWorker`."""

    def begin(self, begin: Begin) -> None: ...  # noqa: D102 (as there)
    def picture(self, picture: Picture) -> None: ...  # noqa: D102
    def end(self, why: Ended) -> None: ...  # noqa: D102
    def stop(self, why: Ended, within_s: float) -> None: ...  # noqa: D102


NewProcess = Callable[[Callable[[Message], None]], Process]


@dataclass(slots=True)
class _Session:
    """A page that films. `begun` are the sets that were begun and are not over yet, one after the other.

    The first `of_another` of these were begun by the page that filmed before: this one hears nothing of them.
    """

    id: str
    film: Line | None
    heard_s: float
    lost_s: float = 0.0
    process: Process | None = None
    begun: deque[Begin] = field(default_factory=deque)
    of_another: int = 0
    missed: list[str] = field(default_factory=list)
    pictures: deque[Picture] = field(default_factory=lambda: deque(maxlen=_PICTURES_KEPT))

    @property
    def begin(self) -> Begin | None:
        """Of the set that is going."""
        return self.begun[-1] if self.begun else None


class Hub:
    """Who films, who watches and who waits. Used in the event loop only; `clock` gives seconds."""

    def __init__(
        self, new_process: NewProcess = LiveWorker, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._new_process = new_process
        self._clock = clock
        self._session: _Session | None = None
        self._watchers: list[Line] = []
        self._waiting: dict[Line, Hello] = {}
        self._ticking: asyncio.Task[None] | None = None
        self._leaving: dict[Process, asyncio.Task[None]] = {}

    def hello(self, line: Line, hello: Hello) -> None:
        """A page says what it wants to do; one that finds another filming is told so, and waits."""
        if hello.role == "watch":
            self._watchers.append(line)
            line.tell(welcome(self._session.begin if self._session else None, resumed=False))
            return
        session = self._session
        if session is None or session.id == hello.id or hello.take_over or self._is_free(session):
            self._waiting.pop(line, None)
            self._film(line, hello)
        else:
            self._waiting[line] = hello
            line.tell(event("busy"))

    def order(self, line: Line, order: Begin | End | Leave) -> None:
        """What the page that films wants; of others it means nothing."""
        session = self._of(line)
        if session is None:
            return
        session.heard_s = self._clock()
        if isinstance(order, Begin):
            session.begun.append(order)
            self._working(session).begin(order)
        elif isinstance(order, Leave):
            self._close_session(session)
        elif session.begun and session.process:
            session.process.end("stopped")

    def picture(self, line: Line, picture: Picture) -> None:
        """A picture of the page that films; without a set it means nothing."""
        session = self._of(line)
        if session is None or not session.begun or session.process is None:
            return
        session.heard_s = self._clock()
        session.pictures.append(picture)
        session.process.picture(picture)

    def gone(self, line: Line) -> None:
        """The way to a page is closed."""
        self._waiting.pop(line, None)
        if line in self._watchers:
            self._watchers.remove(line)
        session = self._of(line)
        if session is not None:
            session.film, session.lost_s = None, self._clock()
            self._let_in()

    def tick(self) -> None:
        """Look at the clock; called once a second while there is a session."""
        session, now_s = self._session, self._clock()
        if session is None:
            return
        lost = session.film is None and now_s - session.lost_s >= LOST_AFTER_S
        idle = now_s - session.heard_s >= IDLE_AFTER_S
        if session.begun and session.process is not None:
            if lost or idle:
                session.process.end("lost")
        elif lost:
            self._close_session(session)
        elif idle:
            self._stop(session)

    async def close(self) -> None:
        """Send everybody away and end the set, which is kept if that is quickly done."""
        for line in [*self._waiting, *self._watchers]:
            line.close(STOPPING)
        self._waiting.clear()  # or the first of them would be let in now
        if self._session is not None:
            if self._session.film is not None:
                self._session.film.close(STOPPING)
            self._close_session(self._session)
        leaving = dict(self._leaving)
        await asyncio.gather(*(asyncio.to_thread(p.stop, "stopped", KEEP_WITHIN_S) for p in leaving))
        await asyncio.gather(*leaving.values())

    def _of(self, line: Line) -> _Session | None:
        return self._session if self._session is not None and self._session.film is line else None

    def _is_free(self, session: _Session) -> bool:
        return session.film is None and not session.begun

    def _film(self, line: Line, hello: Hello) -> None:
        session, now_s = self._session, self._clock()
        if session is None:
            session = self._session = _Session(hello.id, line, now_s)
            self._ticking = asyncio.get_running_loop().create_task(self._tick_on())
        before, session.film, session.heard_s = session.film, line, now_s
        if before is not None and before is not line:
            before.tell(event("taken"))
            before.close(TAKEN_OVER)
        resumed = session.id == hello.id and bool(session.begun)
        if session.id != hello.id:
            session.id, session.of_another = hello.id, len(session.begun)
            session.missed.clear()
            if session.begun and session.process:  # another camera is another set
                session.process.end("stopped")
        line.tell(welcome(session.begin if resumed else None, resumed=resumed))
        for text in session.missed:
            line.tell(text)
        session.missed.clear()
        self._working(session)

    def _let_in(self) -> None:
        """Give the place to who waited longest, when it is free."""
        session = self._session
        if self._waiting and (session is None or self._is_free(session)):
            line, hello = next(iter(self._waiting.items()))
            self.hello(line, hello)

    def _working(self, session: _Session) -> Process:
        """The session's process, which is started when there is none."""
        if session.process is None:
            loop = asyncio.get_running_loop()
            holder: list[Process] = []

            def hear(message: Message) -> None:
                with suppress(RuntimeError):  # the loop is closed: the server has stopped
                    loop.call_soon_threadsafe(lambda: self._hear(holder[0], message))

            holder.append(self._new_process(hear))
            session.process = holder[0]
        return session.process

    def _hear(self, process: Process, message: Message) -> None:
        session = self._session
        if session is None or session.process is not process:
            self._hear_of_one_that_left(message)
        elif isinstance(message, Looked):
            self._show(session, message)
        elif isinstance(message, Refused):
            if session.film is not None:
                session.film.close(BAD_MESSAGE)
        elif isinstance(message, Died):
            session.process = None
            self._fail(session, message.reason)
        elif isinstance(message, Finished):
            session.begun.popleft()
            if message.text:
                self._tell(session, message.text, last=True)
            session.of_another = max(0, session.of_another - 1)
        else:
            self._tell(session, message.text)
        self._let_in()

    def _fail(self, session: _Session, reason: str) -> None:
        """All begun sets are over; the page that films is told when one of them is its own."""
        if len(session.begun) > session.of_another:
            session.of_another = 0
        if session.begun:
            self._tell(session, event("failed", reason=reason), last=True)
        session.begun.clear()
        session.of_another = 0

    def _hear_of_one_that_left(self, message: Message) -> None:
        """The page that filmed is gone, but others may still watch."""
        if isinstance(message, Told | Finished) and message.text:
            for line in self._watchers:
                line.tell(message.text)

    def _show(self, session: _Session, look: Looked) -> None:
        if session.film is not None and not session.of_another:
            session.film.show(look.text, None)
        if self._watchers:
            seen = next((p for p in reversed(session.pictures) if p.number == look.number), None)
            packet = write_picture(seen) if seen else None
            for line in self._watchers:
                line.show(look.text, packet)

    def _tell(self, session: _Session, text: str, *, last: bool = False) -> None:
        """Tell all whom it concerns; the last word on a set waits for a page that is away."""
        if not session.of_another:
            if session.film is not None:
                session.film.tell(text)
            elif last:
                session.missed.append(text)
        for line in self._watchers:
            line.tell(text)

    def _close_session(self, session: _Session) -> None:
        self._stop(session)
        self._session = None
        if self._ticking is not None:
            self._ticking.cancel()
        self._let_in()

    def _stop(self, session: _Session) -> None:
        """Let the process keep what it has and end; in a thread, since that takes its time."""
        process, session.process = session.process, None
        if process is not None:
            waiting = asyncio.to_thread(process.stop, "stopped", KEEP_LEFT_WITHIN_S)
            task = self._leaving[process] = asyncio.get_running_loop().create_task(waiting)
            task.add_done_callback(lambda _task: self._leaving.pop(process))

    async def _tick_on(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            self.tick()


@cache
def hub() -> Hub:
    """The hub of this server."""
    return Hub()


@asynccontextmanager
async def hub_while_serving(_app: object) -> AsyncIterator[None]:
    """For `st.App`: when the server stops, the set that is going is ended and kept."""
    yield
    if hub.cache_info().currsize:
        await hub().close()
        hub.cache_clear()
