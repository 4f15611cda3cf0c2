"""A window of this machine that shows one picture after the other, and the keys pressed in it."""

import os
import subprocess
import sys
from types import TracebackType
from typing import Final, Self

import cv2

from hipform.records import ImageArray

_TITLE: Final = "hipform"
_ESC = 27
_OPENS_S = 15.0
_TRY: Final = "import cv2; cv2.namedWindow('hipform'); cv2.destroyAllWindows()"


def can_open() -> bool:
    """Whether a window can be opened here.

    It is tried in a process of its own: where there is no display OpenCV does not say so, it aborts.
    """
    displays = ("DISPLAY", "WAYLAND_DISPLAY")
    if sys.platform == "linux" and not any(os.environ.get(name) for name in displays):
        return False
    try:
        tried = subprocess.run(  # noqa: S603 (our own Python and our own words)
            [sys.executable, "-P", "-c", _TRY], capture_output=True, timeout=_OPENS_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 0


class Window:
    """Shows pictures; a context manager."""

    def __init__(self) -> None:
        self._was_seen = False

    def __enter__(self) -> Self:
        cv2.namedWindow(_TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        cv2.destroyAllWindows()

    def show(self, image: ImageArray) -> bool:
        """Show an RGB picture; False when q or Esc was pressed in the window, or it was closed."""
        cv2.imshow(_TITLE, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        key = cv2.waitKey(1) & 0xFF
        seen = cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) >= 1
        closed = self._was_seen and not seen  # not every system can tell, and those never say "seen"
        self._was_seen = seen
        return not closed and key not in (ord("q"), ord("Q"), _ESC)
