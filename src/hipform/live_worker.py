"""The process that does a page's live sets, and its parent's side of it.

Pictures and orders go in over a pipe, messages for the page come back. The process begins to load the pose
library at once, so that a set can begin as soon as the page asks for one. When its input just ends, the
server is gone: the journal of the set that was going stays and is offered again. A polite end keeps the set.
"""

import _thread
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import IO, TYPE_CHECKING, Final

from hipform.errors import HipformError, InputError
from hipform.live_wire import Begin, Ended, Picture, Why, event
from hipform.workers import close, collect, pipe, spawn

if TYPE_CHECKING:
    from hipform.api import PeopleLook
    from hipform.capture.browser_camera import BrowserCamera

# How long a set may take to be kept when the server stops; then its journal has to do (ours).
KEEP_WITHIN_S: Final = 8.0
_TIDY_S = 2.0
_IDLE_ENDS_S = 0.1  # an idle worker is gone by then; a busy one must be interrupted
_NOT_LOST = "What you did is not lost: reload this page, and its finished reps are offered."
_CODE = "from hipform.live_worker import serve; serve()"


@dataclass(frozen=True, slots=True)
class Stop:
    """End the set that is going and keep it; with `leave` the process ends as well."""

    why: Ended
    leave: bool = False


Order = Begin | Picture | Stop


@dataclass(frozen=True, slots=True)
class Looked:
    """The message about one analysed picture."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """A message to the page."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A begun set is over, or failed: exactly one for each `Begin`. The text is empty for a set given up."""

    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A picture that no page of ours sends."""

    reason: str


@dataclass(frozen=True, slots=True)
class Died:
    """The process ended by itself; `reason` is fit to be shown to the user."""

    reason: str


Message = Looked | Told | Finished | Refused | Died


class LiveWorker:
    """One live process, seen from the server; it starts at once.

    `on_message` is called in a thread of this object's own. Nothing here waits for the process but `stop`.
    `code` is what the process runs.
    """

    def __init__(self, on_message: Callable[[Message], None], code: str = _CODE) -> None:
        self._on_message = on_message
        self._orders: deque[Order] = deque()
        self._changed = threading.Condition()
        self._stopped = False
        self._process = spawn(code)
        for work in (self._listen, self._write):
            threading.Thread(target=work, name=f"hipform-live{work.__name__}", daemon=True).start()

    def begin(self, begin: Begin) -> None:
        """Get ready for a set; one that is going is ended and kept."""
        self._put(begin)

    def picture(self, picture: Picture) -> None:
        """Give the next picture; it takes the place of one that still waits."""
        self._put(picture)

    def end(self, why: Ended) -> None:
        """End the set that is going and keep it."""
        self._put(Stop(why))

    def stop(self, why: Ended, within_s: float = KEEP_WITHIN_S) -> None:
        """End the process, and before that the set, which is kept if that takes no longer than `within_s`.

        Else its journal stays. May be called twice, and from any thread.
        """
        with self._changed:
            self._stopped = True
        self._put(Stop(why, leave=True))
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(within_s)
        close(self._process.stdin)
        try:
            self._process.wait(_TIDY_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _put(self, order: Order) -> None:
        with self._changed:
            if isinstance(order, Picture) and self._orders and isinstance(self._orders[-1], Picture):
                self._orders.pop()
            self._orders.append(order)
            self._changed.notify()

    def _write(self) -> None:
        """Pass orders on (runs in a thread of its own, since a full pipe blocks)."""
        channel = pipe(self._process.stdin)
        with suppress(OSError, ValueError):  # the process ended, or its input was closed
            while True:
                with self._changed:
                    while not self._orders:
                        self._changed.wait()
                    order = self._orders.popleft()
                pickle.dump(order, channel)
                channel.flush()
                if isinstance(order, Stop) and order.leave:
                    return

    def _listen(self) -> None:
        """Pass messages on until the process ends (runs in a thread of its own)."""
        last_words: deque[str] = deque(maxlen=1)
        errors = threading.Thread(target=collect, args=(self._process.stderr, last_words), daemon=True)
        errors.start()
        with pipe(self._process.stdout) as channel:
            while True:
                try:
                    message: Message = pickle.load(channel)  # noqa: S301 (from our own process)
                except (EOFError, OSError, pickle.UnpicklingError):
                    break
                self._on_message(message)
        code = self._process.wait()
        close(self._process.stdin)
        errors.join(timeout=1.0)
        with self._changed:
            stopped = self._stopped
        if not stopped:
            self._put(Stop("lost", leave=True))  # lets the writing thread end
            self._on_message(Died(_why_it_died(code, "".join(last_words))))


def serve() -> None:
    """Be a live worker until the input ends or says so.

    Native code that prints does so on standard error, so that it cannot garble the messages.
    """
    with os.fdopen(os.dup(1), "wb") as channel:
        os.dup2(2, 1)
        _Inside(channel).run()
    os._exit(0)  # nothing is open any more, and taking the pose library down in order would take a second


@dataclass(slots=True)
class _Set:
    """One begun set: where its pictures come from, and why it was ended from outside."""

    begin: Begin
    camera: "BrowserCamera"
    why: Why | None = None

    def end(self, why: Why) -> None:
        self.why = self.why or why
        self.camera.close()


class _Inside:
    """The worker's own side: a thread takes orders in, the main thread does one set after the other."""

    def __init__(self, channel: IO[bytes]) -> None:
        self._channel = channel
        self._sending = threading.Lock()
        self._sets: queue.SimpleQueue[_Set | None] = queue.SimpleQueue()
        self._last: _Set | None = None
        self._alone = False

    def run(self) -> None:
        """Do sets until told to leave."""
        import cv2

        from hipform.live_stage import warm_up

        cv2.setNumThreads(1)  # the pose model needs the processor
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._on_signal)
        threading.Thread(target=self._take_orders, daemon=True).start()
        people = warm_up()
        while (one := self._sets.get()) is not None:
            self._send(Finished(self._attempt(one, people)))

    def _take_orders(self) -> None:
        """Read orders; at the end of the input stop the main thread, by force if it does not listen."""
        with suppress(EOFError, OSError):
            while True:
                self._take(pickle.load(sys.stdin.buffer))  # noqa: S301 (from the process that started this one)
        self._alone = True
        self._sets.put(None)
        time.sleep(_IDLE_ENDS_S)
        _thread.interrupt_main(signal.SIGTERM)
        time.sleep(_TIDY_S - 1.0)
        os._exit(1)

    def _take(self, order: Order) -> None:
        from hipform.capture.browser_camera import BrowserCamera

        if isinstance(order, Picture):
            if self._last is None:
                return
            try:
                self._last.camera.put(order.t_s, order.number, order.jpeg)
            except InputError as error:
                self._send(Refused(str(error)))
        elif isinstance(order, Begin):
            if self._last is not None:
                self._last.end("again")
            self._last = _Set(order, BrowserCamera(order.width, order.height))
            self._sets.put(self._last)
        else:
            self._end(order.why, leave=order.leave)

    def _end(self, why: Ended, *, leave: bool) -> None:
        if self._last is not None:
            self._last.end(why)
        if leave:
            self._sets.put(None)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        """A polite kill keeps the set; without a server there is nobody to keep it for, but the journal."""
        if self._alone:
            raise SystemExit(128 + number)
        self._end("stopped", leave=True)

    def _attempt(self, one: _Set, people: "PeopleLook | None") -> str:
        """Do one set; what is told at its end."""
        from hipform.live_stage import Stage

        try:
            return Stage(one.begin, one.camera, people, self._look, self._tell).do(lambda: one.why)
        except HipformError as error:
            return event("failed", reason=str(error))
        except Exception as error:  # noqa: BLE001 (a fault of ours must reach the user as words)
            traceback.print_exc()
            cause = f"{type(error).__name__}: {error}"
            return event("failed", reason=f"Something went wrong inside hipform ({cause}). {_NOT_LOST}")

    def _look(self, number: int, text: str) -> None:
        self._send(Looked(number, text))

    def _tell(self, text: str) -> None:
        self._send(Told(text))

    def _send(self, message: Message) -> None:
        with self._sending:
            pickle.dump(message, self._channel)
            self._channel.flush()


def _why_it_died(code: int, last_words: str) -> str:
    """What to tell the user about a worker that ended by itself."""
    if code == -getattr(signal, "SIGKILL", 9):
        return f"The set was stopped by the system, most likely because memory ran out. {_NOT_LOST}"
    if code < 0:
        return f"Following you crashed ({signal.Signals(-code).name}). {_NOT_LOST}"
    reason = last_words or f"code {code}"
    return f"Following you ended early ({reason}). {_NOT_LOST} `hipform doctor` may tell more."
