"""A set that is done live, hands-free: when it begins, when it ends, and which poses belong to it.

It begins when the whole body is in the picture and stands still, and ends by itself. It is pushed one pose
after the other and its only clock is theirs, so a test, a file and a camera drive it alike.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from hipform.records import Pose, PoseTrack, Update, View
from hipform.session.analyzer import SETTLE_S, Analyzer
from hipform.session.gauge import DepthGauge, Reading
from hipform.session.gestures import RaisedHand
from hipform.session.set_up import SetUp, in_picture

Stage = Literal["getting ready", "going", "ended"]
Ending = Literal["reps", "quiet", "left", "hand"]

READY_AFTER_S: Final = 2.0
QUIET_END_S: Final = 15.0
LEFT_AFTER_S: Final = 3.0
# Whoever is bent is in the middle of a rep; but no exercise counts one that takes longer.
LONGEST_REP_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class LiveRules:
    """When a live set begins and ends.

    `still_s`: standing still before it begins, 0 for at once. `countdown_s`: standing still that much longer,
    told second by second. `reps`: it ends after so many complete ones, None for no such end. `quiet_end_s`:
    it ends when no rep came for so long after the one before.
    """

    still_s: float = READY_AFTER_S
    countdown_s: float = 0.0
    reps: int | None = None
    quiet_end_s: float = QUIET_END_S


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """What one pose of a live set came to.

    `hint` says what to change before the set can begin, `view` from where the camera sees the whole body that
    stands there, until the set began, `ready_in_s` what is left of the countdown while it runs. `began` is
    true for the one pose that began it, `dropped` for the one at which it was given up again, empty. `kept`
    are the poses that joined the set, in its own time, `update` what the last of them changed and `gauge` how
    deep it is; None before and after.
    """

    stage: Stage
    hint: str | None = None
    view: View | None = None
    ready_in_s: float | None = None
    began: bool = False
    dropped: bool = False
    kept: tuple[Pose, ...] = ()
    update: Update | None = None
    gauge: Reading | None = None
    ending: Ending | None = None


class LiveSet:
    """Push one pose after the other; times must grow. After `ending` was told no more poses are taken.

    The quiet time, the target and a raised hand count only from the first rep on: who waits is not done, and
    without a rep there is nothing to keep. A person who leaves before the first rep has done no set, and the
    next standing begins another one. `height_px` is the picture's height; `new_gauge` makes the depth gauge
    of a set from the standing before it.
    """

    def __init__(
        self,
        new_analyzer: Callable[[], Analyzer],
        rules: LiveRules,
        height_px: int,
        new_gauge: Callable[[PoseTrack], DepthGauge] | None = None,
    ) -> None:
        self._new_analyzer = new_analyzer
        self._new_gauge = new_gauge
        self._rules = rules
        self._height_px = height_px
        self._ending: Ending | None = None
        self._start_anew()

    @property
    def track(self) -> PoseTrack:
        """The poses of the set, the standing before it first, up to the last one that shows the person.

        Times are seconds since its first pose. Empty before the set begins.
        """
        last = max((i for i, pose in enumerate(self._poses) if pose.found), default=-1)
        return PoseTrack.of(self._poses[: last + 1])

    def push(self, pose: Pose) -> Moment:
        """Take the next pose."""
        if self._ending is not None:
            return Moment("ended", ending=self._ending)
        if not self._poses:
            return self._get_ready(pose)
        update = self._take(pose)
        self._remember(pose, update)
        raised = self._hand.push(pose, standing=update.phase == "standing")
        if not self._rep_seen and self._left(pose):
            self._start_anew()
            return Moment("getting ready", dropped=True)
        self._ending = self._why_over(pose, raised)
        stage: Stage = "ended" if self._ending else "going"
        kept, gauge = (self._poses[-1],), self._read(update)
        return Moment(stage, kept=kept, update=update, gauge=gauge, ending=self._ending)

    def _start_anew(self) -> None:
        self._analyzer = self._new_analyzer()
        self._set_up = SetUp(self._rules.still_s, self._rules.countdown_s, self._height_px)
        self._gauge: DepthGauge | None = None
        self._hand = RaisedHand()
        self._poses: list[Pose] = []
        self._began_s = 0.0
        self._there_s = 0.0
        self._rep_seen = False
        self._complete = 0
        self._rep_s = 0.0
        self._bent_since_s: float | None = None
        self._busy_s = -LONGEST_REP_S

    def _get_ready(self, pose: Pose) -> Moment:
        told = self._set_up.push(pose)
        if not told.ready:
            return Moment("getting ready", hint=told.hint, view=told.view, ready_in_s=told.ready_in_s)
        standing = self._set_up.standing
        self._began_s, self._there_s = standing[0].t_s, pose.t_s
        for one in standing:
            update = self._take(one)
        if self._new_gauge is not None:
            self._gauge = self._new_gauge(PoseTrack.of(self._poses))
        return Moment(
            "going",
            view=told.view,
            began=True,
            kept=tuple(self._poses),
            update=update,
            gauge=self._read(update),
        )

    def _read(self, update: Update) -> Reading | None:
        return self._gauge.push(self._poses[-1], update) if self._gauge else None

    def _take(self, pose: Pose) -> Update:
        self._poses.append(replace(pose, t_s=pose.t_s - self._began_s))
        return self._analyzer.push(self._poses[-1])

    def _remember(self, pose: Pose, update: Update) -> None:
        if in_picture(pose):
            self._there_s = pose.t_s
        if update.finished:
            self._rep_seen, self._rep_s = True, pose.t_s
            self._complete += sum(rep.complete for rep in update.finished)
        if update.phase == "standing":
            self._bent_since_s = None
        else:
            if self._bent_since_s is None:
                self._bent_since_s = pose.t_s
            if pose.t_s - self._bent_since_s < LONGEST_REP_S:
                self._busy_s = pose.t_s

    def _left(self, pose: Pose) -> bool:
        return pose.t_s - self._there_s >= LEFT_AFTER_S

    def _why_over(self, pose: Pose, raised: bool) -> Ending | None:
        if not self._rep_seen:
            return None
        if self._rules.reps is not None and self._complete >= self._rules.reps:
            return "reps"
        if raised:
            return "hand"
        if self._left(pose):
            return "left"
        # A movement that just ended may be a rep that is not measured yet.
        in_a_rep = pose.t_s - self._busy_s < 2 * SETTLE_S
        quiet = pose.t_s - self._rep_s >= self._rules.quiet_end_s
        return "quiet" if quiet and not in_a_rep else None
