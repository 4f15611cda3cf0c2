"""When each picture was taken, and which pictures of a very fast recording to keep.

Both are small machines that are pushed one value at a time and know nothing of files.
"""

from collections import deque
from collections.abc import Sequence
from math import ceil

RATE_TOLERANCE = 1.03  # a recording at 60 a second that wavers up to 61.8 is left whole
GAP = 1.8  # an interval this much longer than its neighbours is a dropped picture, not a lower rate
CLOSEST = 0.6  # of the interval at the highest rate: pictures nearer than this begin a faster part
LONGEST_GAP_S = 60.0  # nobody holds still for longer within a set: such a leap is a fault of the file
LONGEST_STEP_BACK_S = 1.0
WINDOW = 30  # intervals that state the present rate: half a second at 60 a second


class Clock:
    """Turns presentation times as a file states them into seconds since the first picture.

    `default_step_s` is how long a picture lasts where the file does not say. `last_s` is the time of the
    last picture that was not dropped, `stated_s` the same moment as the file counts it. `jumps` counts
    the places where the file's time leaps by minutes or starts anew, as damaged and joined files do:
    there the next picture is taken to follow the one before it.
    """

    def __init__(self, default_step_s: float) -> None:
        self._default_step_s = default_step_s
        self._step_s = 0.0
        self._zero_s: float | None = None  # the stated time that is called 0
        self.last_s = 0.0
        self.jumps = 0

    @property
    def end_s(self) -> float:
        """When the last picture ends; 0 before the first one."""
        return self.last_s + self._step_s

    @property
    def stated_s(self) -> float:
        """The last picture's time as the file counts it."""
        return (self._zero_s or 0.0) + self.last_s

    def push(self, stated_s: float | None, lasts_s: float = 0.0) -> float | None:
        """Seconds since the first picture, or None when the picture must be dropped.

        A picture is dropped when its time repeats or goes back a little, so the times that are returned
        grow strictly. `stated_s` None means "not stated": then the picture follows the one before it.
        `lasts_s` is how long the file says that the picture is shown, 0 if it does not say.
        """
        if self._zero_s is None:
            self._zero_s = stated_s or 0.0
        else:
            t_s = self.end_s if stated_s is None else stated_s - self._zero_s
            if not -LONGEST_STEP_BACK_S < t_s - self.last_s < LONGEST_GAP_S:
                self._zero_s += t_s - self.last_s - self._default_step_s
                t_s = self.last_s + self._default_step_s
                self.jumps += 1
            if t_s <= self.last_s:
                return None
            self.last_s = t_s
        self._step_s = lasts_s if 0 < lasts_s < LONGEST_GAP_S else self._default_step_s
        return self.last_s


def stride(intervals_s: Sequence[float], max_rate_hz: float) -> tuple[int, float]:
    """Of how many pictures one is kept, and the interval between pictures in seconds.

    The interval is the mean of those that hold no dropped picture: the median would be off by up to 7 %
    where a container rounds times to a millisecond. Without intervals every picture is kept.
    """
    if not intervals_s:
        return 1, 0.0
    typical = sorted(intervals_s)[len(intervals_s) // 2]
    steady = [d for d in intervals_s if d <= GAP * typical]
    interval_s = sum(steady) / len(steady)
    return max(1, ceil(1.0 / (interval_s * max_rate_hz * RATE_TOLERANCE))), interval_s


class Thinner:
    """Keeps every n-th picture of a recording that is faster than `max_rate_hz`, all of a slower one.

    n follows the true times, so a recording that changes between 30 and 240 pictures a second is thinned
    only where it is fast. What is kept comes at `max_rate_hz` / 2 or faster (where the recording does).
    `intervals_s` are the first intervals of the recording, from which n is known at the start.
    """

    def __init__(self, max_rate_hz: float, intervals_s: Sequence[float] = ()) -> None:
        self._max_rate_hz = max_rate_hz
        self._intervals: deque[float] = deque(intervals_s, maxlen=WINDOW)
        self._last_s: float | None = None
        self._kept_s: float | None = None

    def keep(self, t_s: float) -> bool:
        """Whether the picture taken at `t_s` is kept; call it once for each picture in turn."""
        if self._last_s is not None:
            self._intervals.append(t_s - self._last_s)
        self._last_s = t_s
        if self._kept_s is not None:
            n, interval_s = stride(self._intervals, self._max_rate_hz)
            # Half an interval of slack takes the wavering of the times, without letting one slip in.
            apart_s = (n - 0.5) * interval_s if n > 1 else CLOSEST / self._max_rate_hz
            if t_s - self._kept_s < apart_s:
                return False
        self._kept_s = t_s
        return True
