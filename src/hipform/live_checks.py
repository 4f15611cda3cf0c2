"""What the picture itself says, beside the pose in it: too dark, or somebody else in it."""

from typing import Final

import numpy as np

from hipform.api import PeopleLook, crowd_notes
from hipform.records import Frame, ImageArray

TOO_DARK: Final = "It is too dark to see you well: switch on a light or turn towards it."
TWO_PEOPLE: Final = "I see two people: ask the other one to step out of the picture."
# Mean luma (0..255) below which it is too dark (ours). Three sample clips were darkened, given the noise of a
# camera that turns its gain up (sigma 6 and 12) and coded as the page does. At 40 the person is found in 98
# to 100 % of the pictures, and joints move by 1 to 3 % of a leg; at 30 one of the six is lost in two thirds
# of the pictures, at 20 three are.
DARK_LUMA: Final = 35.0
# A look for others takes 30 ms: often where there is time, seldom where pictures would be missed (ours).
READY_EVERY_S: Final = 1.0
GOING_EVERY_S: Final = 5.0
_STEP = 8  # every eighth pixel of every eighth row tells how bright a picture is


class PictureChecks:
    """Push each picture; back comes a remark for the user while getting ready, "" when all is well.

    Without `people` nobody looks for others. `notes` is kept at what the report should say of the set.
    """

    def __init__(self, people: PeopleLook | None, notes: list[str], *, with_video: bool) -> None:
        self._people = people
        self._notes = notes
        self._with_video = with_video
        self._next_s = 0.0
        self._remark = ""
        self._looks = 0
        self._crowded = 0

    def push(self, frame: Frame, *, getting_ready: bool) -> str:
        """Take the next picture, with whether the set has not begun."""
        if not getting_ready:
            self._remark = ""
        if frame.t_s >= self._next_s:
            self._next_s = frame.t_s + (READY_EVERY_S if getting_ready else GOING_EVERY_S)
            crowded = self._people is not None and self._people.count(frame) > 1
            if getting_ready:
                self._remark = _remark(frame, crowded=crowded)
            else:
                self._note(crowded=crowded)
        return self._remark

    def _note(self, *, crowded: bool) -> None:
        self._looks += 1
        self._crowded += crowded
        self._notes[:] = crowd_notes(self._crowded / self._looks, with_video=self._with_video)


def luma(image: ImageArray) -> float:
    """How bright an RGB picture is, 0..255 (ITU-R BT.601)."""
    return float((image[::_STEP, ::_STEP] @ np.array([0.299, 0.587, 0.114])).mean())


def _remark(frame: Frame, *, crowded: bool) -> str:
    if luma(frame.image) < DARK_LUMA:
        return TOO_DARK
    return TWO_PEOPLE if crowded else ""
