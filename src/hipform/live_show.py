"""What is seen and heard of a live set on this machine (terminal, window, voice), and the keys."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from math import ceil
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from hipform import console
from hipform.api import chosen_exercises
from hipform.capture.camera import Camera, LiveSource, PlayedFile
from hipform.coach import Coach, Shown
from hipform.live import Done, Settings, recover, run
from hipform.records import Frame, ImageArray, Pose
from hipform.session.live_set import Moment
from hipform.store.journal import unfinished
from hipform.voice import Voice

if TYPE_CHECKING:
    from hipform.output import Output
    from hipform.window import Window

_REFRESH_HZ = 10.0
_ESC = "\x1b"

# Digits three bits wide and five rows high, each row as the number that its bits make.
_DIGITS: Final = ("75557", "26227", "71747", "71717", "55711", "74717", "74757", "71111", "75757", "75717")


class Screen:
    """The terminal while a set runs: one block that changes in place, or a line for each event."""

    def __init__(self, screen: Console) -> None:
        self._screen = screen
        self._live = Live(console=screen, transient=True, auto_refresh=False) if screen.is_terminal else None
        self._drawn_s = 0.0

    @contextmanager
    def on(self) -> Iterator["Screen"]:
        """Show until the block is left."""
        if self._live is None:
            yield self
        else:
            with self._live:
                yield self

    def tell(self, line: str) -> None:
        """Print a line that stays."""
        self._screen.print(Text(line))

    def draw(self, shown: Shown) -> None:
        """Show it, at most ten times a second."""
        now_s = time.monotonic()
        if self._live is not None and now_s - self._drawn_s >= 1.0 / _REFRESH_HZ:
            self._drawn_s = now_s
            self._live.update(_block(shown), refresh=True)


def live(place: int | Path, settings: Settings, *, with_window: bool, mute: bool) -> None:
    """Do one set before a camera (its number) or a recording, show it, and print its report.

    It ends by its rules, or when somebody ends it with q, Esc or Ctrl-C. Sets that were cut short before are
    offered first. Raises what opening the camera and `hipform.live.run` raise.
    """
    offer_unfinished(settings.output)
    with PlayedFile(place) if isinstance(place, Path) else Camera(place) as source:
        print_done(_do_set(source, settings, with_window=with_window, mute=mute))


def recover_all(output: "Output | None") -> None:
    """Keep the finished reps of every set that was cut short, and print their reports."""
    found = unfinished()
    if not found:
        console.out().print("There is no set that was cut short.")
    for one in found:
        print_done(recover(one, output))


def offer_unfinished(output: "Output | None") -> None:
    """Tell of sets that were cut short, and ask on a terminal what is to become of them."""
    for one in unfinished():
        minutes, seconds = divmod(round(float(one.track().t_s[-1])), 60)
        what = f"A set was cut short: {one.header.title}, after {minutes}:{seconds:02d} min."
        if not sys.stdin.isatty():
            console.err().print(Text(f"{what} Keep its finished reps with: hipform live --recover"))
            continue
        answer = input(f"{what} Keep its finished reps? [yes / no / later] ").strip().lower()
        if answer.startswith("y"):
            print_done(recover(one, output))
        elif answer.startswith("n"):
            one.remove()


def print_done(done: Done | None) -> None:
    """The report of a set, as for a recorded one; or that nothing was kept."""
    if done is None:
        console.out().print("No rep was done, so nothing was kept.")
    else:
        console.out().print(console.report_view(done.analysis.report, done.files))


def _do_set(source: LiveSource, settings: Settings, *, with_window: bool, mute: bool) -> Done | None:
    screen = Screen(console.out())
    with ExitStack() as stack:
        window = _window(stack, screen) if with_window else None
        voice = None if mute else stack.enter_context(Voice())
        if voice is not None and not voice.found:
            screen.tell("This machine has no voice (spd-say or espeak-ng): cues are shown only.")
        say = voice.say if voice else lambda _text: None
        coach = Coach(screen.tell, say, *chosen_exercises(settings.options))
        typed = stack.enter_context(_keys())
        stack.enter_context(_ended_by_signals(source))
        screen.tell("Starting. The set ends by itself, with a raised hand, or with q, Esc or Ctrl-C.")
        stack.enter_context(screen.on())

        def show(frame: Frame, pose: Pose, moment: Moment) -> None:
            coach.push(frame.t_s, moment)
            screen.draw(coach.shown)
            seen = window is None or window.show(_picture(frame, pose, coach.shown))
            if not seen or typed() in ("q", "Q", _ESC):
                source.close()

        return run(source, settings, show)


def _window(stack: ExitStack, screen: Screen) -> "Window | None":
    from hipform import window

    if window.can_open():
        return stack.enter_context(window.Window())
    screen.tell("No window can be opened here: the set goes on without one.")
    return None


def _picture(frame: Frame, pose: Pose, shown: Shown) -> ImageArray:
    from hipform.overlay.hud import Line
    from hipform.overlay.mirror_picture import Caption, mirror_picture
    from hipform.overlay.sprites import FAULT, GOOD, WARN

    lines = tuple(
        Line(sign, colour, text)
        for sign, colour, text in (
            ("warn", WARN, shown.hint),
            ("tick", GOOD, shown.last_rep),
            ("diamond", FAULT, shown.cue),
        )
        if text
    )[-1:]  # one at a time, or they would hide the person
    return mirror_picture(frame.image, pose, Caption(shown.count, _stage(shown), shown.phase, lines))


def _stage(shown: Shown) -> str:
    left = "" if shown.ready_in_s is None else f" {ceil(shown.ready_in_s)}"
    return f"{shown.stage.upper()}{left}"


def _block(shown: Shown) -> Group:
    """The same on a terminal, with the count as big as it goes without filling the screen."""
    head = " · ".join(filter(None, [_stage(shown), shown.phase, shown.view]))
    lines = [(shown.hint, "yellow"), (shown.last_rep, "green"), (shown.cue, "bold yellow")]
    return Group(Text(head, style="bold"), _big(shown.count), *(Text(*line) for line in lines if line[0]))


def _big(number: int) -> Text:
    rows = []
    for row in range(5):
        bits = (f"{int(_DIGITS[int(digit)][row]):03b}" for digit in str(number))
        rows.append("  ".join(bits).replace("1", "██").replace("0", "  "))
    return Text("\n".join(rows), style="bold cyan")


@contextmanager
def _ended_by_signals(source: LiveSource) -> Iterator[None]:
    """Ctrl-C, a closed terminal and a polite kill end the set, which is then kept; a second one ends all."""
    signals = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32":
        signals.append(signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in signals}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def end(_number: int, _frame: FrameType | None) -> None:
        restore()
        source.close()

    for number in signals:
        signal.signal(number, end)
    try:
        yield
    finally:
        restore()


@contextmanager
def _keys() -> Iterator[Callable[[], str]]:
    """A function that gives what was typed since it was last asked, also before Enter."""
    if not sys.stdin.isatty():
        yield lambda: ""
    elif sys.platform == "win32":
        import msvcrt

        yield lambda: msvcrt.getwch() if msvcrt.kbhit() else ""
    else:
        import select
        import termios
        import tty

        keyboard = sys.stdin.fileno()
        before = termios.tcgetattr(keyboard)
        tty.setcbreak(keyboard)
        try:
            # As one text, since an arrow key begins with what Esc sends.
            yield (
                lambda: (
                    os.read(keyboard, 64).decode(errors="ignore")
                    if select.select([keyboard], [], [], 0)[0]
                    else ""
                )
            )
        finally:
            termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
