"""How deep a body is right now, on a bar that fills as the hips go down, while the rep is still going on.

It reads single poses, so it trembles more than what is measured when the rep is over; the mark that the last
rep leaves on the bar (`ghost`) is of that later measuring. Nothing is told of joints that are not seen.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np

from hipform.exercises.definition import Exercise
from hipform.exercises.gauge_table import GaugeTable
from hipform.kinematics.points import believed_px
from hipform.kinematics.signals import leg_signal, lengths_px
from hipform.kinematics.view import (
    UNKNOWN,
    azimuth_deg,
    measures_side,
    near_side,
    typical_azimuth_deg,
    view_at,
)
from hipform.records import FloatArray, Pose, PoseTrack, Rep, Update, View
from hipform.reps.quantities import BOTTOM_S
from hipform.session.analyzer import STANDING_S
from hipform.skeleton import SIDES, Side, landmark

# Where there is no angle: the hip descent, in leg lengths, that fills the bar (ours: the thighs are level at
# 0.5 to 0.6).
FULL_DROP: Final = 0.75
# What is shown is the median over this time, as the bottom of a rep is: single poses are off by some degrees.
CALM_S: Final = BOTTOM_S
# Poses one after the other that must be past the target: one alone may be a slip of the model.
SURE_POSES: Final = 2
# How often a standing body is looked at: it hardly changes (ours).
STILL_EVERY_S: Final = 0.1
# Feet that are this far apart, in leg lengths, have a front one (ours: half of a short lunge).
FRONT_FOOT_LEGS: Final = 0.3

# Words after a number of this signal above and below 0.
_SENSES: Mapping[str, tuple[str, str]] = {"thigh_to_horizontal": ("above level", "below level")}
_FROM = {"front": "from the front", "back": "from behind"}


@dataclass(frozen=True, slots=True)
class Reading:
    """Where the bar stands at one pose. Shares are of the bar: 0 standing, 1 its end.

    `share` is NaN and `value` None while the joints for it are not seen; `value` is in the unit of the
    exercise's gauge, or in leg lengths where there is no angle. `target` and `ghost` (the bottom of the rep
    before, as it was measured) are None where there is none. `text` says it in words. `reached` is true for
    the one pose of a rep that first reaches the target.
    """

    share: float
    target: float | None
    ghost: float | None
    value: float | None
    text: str
    reached: bool


def depth_words(table: GaugeTable, value: float) -> str:
    """A depth on an exercise's bar, as it is told: "thigh 12° above level", "knee bend 90°"."""
    whole = round(value)
    senses = _SENSES.get(table.signal)
    if senses is None:
        return f"{table.name} {max(whole, 0)}°"
    if whole == 0:
        return f"{table.name} level"
    return f"{table.name} {abs(whole)}° {senses[whole < 0]}"


class DepthGauge:
    """Push each pose of a set with what it changed; back comes the reading.

    `standing` are the poses of standing before the set. With `given` the bar is that exercise's, else the one
    of the last complete rep. `targets` are the user's own, by exercise, in the unit of its gauge; they go
    before the file's. As long as no exercise is known, for one without a gauge, and in a view that does not
    give its signal, the bar shows how far the hips came down, without a target.
    """

    def __init__(
        self,
        standing: PoseTrack,
        exercises: Mapping[str, Exercise],
        given: str | None,
        targets: Mapping[str, float],
    ) -> None:
        self._angles = {e.id: _Angle(e, e.gauge, targets.get(e.id)) for e in exercises.values() if e.gauge}
        self._given = given
        self._exercise = given
        self._bar: _Angle | _Drop = _Drop()
        self._still = _Still()
        for pose in standing:
            self._still.push(pose, _believed_px(pose))
        self._last: Rep | None = None
        self._recent: deque[tuple[float, float]] = deque()
        self._past = 0
        self._told = False

    def push(self, pose: Pose, update: Update) -> Reading:
        """The reading at this pose."""
        px = _believed_px(pose)
        if update.phase == "standing":
            self._past, self._told = 0, False
            self._still.push(pose, px)
        for rep in update.finished:
            self._last = rep
            if rep.complete and self._given is None:
                self._exercise = rep.exercise
        self._choose_bar()
        now = self._bar.read(px, self._still)
        value = self._calm(pose.t_s, now)
        known = bool(np.isfinite(value))
        return Reading(
            share=self._bar.share(value),
            target=None if self._bar.target is None else self._bar.share(self._bar.target),
            ghost=self._bar.ghost(self._last),
            value=value if known else None,
            text=self._bar.words(value, self._still.view) if known else "not seen",
            reached=update.phase not in ("standing", "unknown") and self._reaches(now),
        )

    def _choose_bar(self) -> None:
        angle = self._angles.get(self._exercise or "")
        chosen = angle if angle and angle.seen_in(self._still.view) else _Drop()
        if chosen != self._bar:
            self._bar = chosen
            self._recent.clear()
            self._past = 0

    def _calm(self, t_s: float, now: float) -> float:
        """The median of what was known lately, NaN when nothing was."""
        self._recent.append((t_s, now))
        while self._recent[0][0] < t_s - CALM_S:
            self._recent.popleft()
        known = [value for _, value in self._recent if np.isfinite(value)]
        return median(known) if known else float("nan")

    def _reaches(self, now: float) -> bool:
        """Whether the target counts as reached with this pose, for the first time in this rep."""
        past = isinstance(self._bar, _Angle) and self._bar.is_past(now)
        self._past = self._past + 1 if past else 0
        if self._told or self._past < SURE_POSES:
            return False
        self._told = True
        return True


@dataclass(frozen=True, slots=True)
class _Drop:
    """The bar of how far the hips came down, in leg lengths, which every view shows."""

    target: None = None

    def share(self, value: float) -> float:
        return _between(value, 0.0, FULL_DROP)

    def ghost(self, rep: Rep | None) -> float | None:
        found = rep.measure("hip_drop_ratio") if rep else None
        return self.share(found.value) if found else None

    def words(self, value: float, view: View) -> str:
        without = "" if measures_side(view) else f" (no angle {_FROM.get(view.label, 'from here')})"
        return f"hips down {max(value, 0.0):.2f} leg lengths{without}"

    def read(self, px: FloatArray, still: "_Still") -> float:
        return (still.hip_px - float(lengths_px(px)["hip_height"][0])) / still.leg_px


class _Angle:
    """The bar of an exercise, as its file says it, with the user's own target."""

    def __init__(self, exercise: Exercise, table: GaugeTable, own_target: float | None) -> None:
        self.target = table.target if own_target is None else own_target
        self._exercise = exercise
        self._table = table
        self._falls = table.end < table.start
        # A target of one's own beyond the end is the end.
        self._end = (min if self._falls else max)(table.end, self.target)

    def seen_in(self, view: View) -> bool:
        return near_side(view) is not None and measures_side(view, self._legs_alike)

    def share(self, value: float) -> float:
        return _between(value, self._table.start, self._end)

    def is_past(self, value: float) -> bool:
        return value <= self.target if self._falls else value >= self.target

    def ghost(self, rep: Rep | None) -> float | None:
        if rep is None or rep.exercise != self._exercise.id:
            return None
        found = rep.measure(self._table.measure)
        return self.share(found.value) if found else None

    def words(self, value: float, _view: View) -> str:
        return depth_words(self._table, value)

    def read(self, px: FloatArray, still: "_Still") -> float:
        side = self._leg(px, still)
        if side is None:
            return float("nan")
        return float(leg_signal(px, still.view, self._legs_alike, self._table.signal, side)[0])

    @property
    def _legs_alike(self) -> bool:
        return self._exercise.legs == "alike"

    def _leg(self, px: FloatArray, still: "_Still") -> Side | None:
        """The leg that is read: the one in front where legs are apart, else the one that faces the camera."""
        near = near_side(still.view)
        if self._exercise.legs != "apart" or near is None:
            return near
        left, right = (px[0, landmark(side, "ankle"), 0] for side in SIDES)
        # The camera at their left side sees them face the picture's left.
        ahead = float(right - left) if near == "left" else float(left - right)
        if not abs(ahead) > FRONT_FOOT_LEGS * still.leg_px:
            return near
        return "left" if ahead > 0 else "right"


class _Still:
    """What the last two seconds of standing say: the view, and how high and long legs and hips look."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float, float, float]] = deque()
        self.view = UNKNOWN
        self.hip_px = float("nan")
        self.leg_px = float("nan")

    def push(self, pose: Pose, px: FloatArray) -> None:
        if not pose.found or (self._seen and pose.t_s - self._seen[-1][0] < STILL_EVERY_S):
            return
        azimuth = float(azimuth_deg(PoseTrack.of([pose]))[0])
        found = lengths_px(px)
        hip_px, leg_px = float(found["hip_height"][0]), float(found["leg_length"][0])
        self._seen.append((pose.t_s, azimuth, hip_px, leg_px))
        while self._seen[0][0] < pose.t_s - STANDING_S:
            self._seen.popleft()
        _, azimuths, hips, legs = np.array(self._seen).T
        self.view = view_at(typical_azimuth_deg(azimuths))
        self.hip_px, self.leg_px = _median(hips), _median(legs)


def _believed_px(pose: Pose) -> FloatArray:
    return believed_px(PoseTrack.of([pose]))


def _median(x: FloatArray) -> float:
    known = x[np.isfinite(x)]
    return float(np.median(known)) if len(known) else float("nan")


def _between(value: float, start: float, end: float) -> float:
    """Where a value lies between the two, 0..1; NaN stays NaN."""
    return float(np.clip((value - start) / (end - start), 0.0, 1.0))
