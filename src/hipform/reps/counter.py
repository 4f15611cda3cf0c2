"""Counting movements down and back, one moment at a time, from the past alone.

The counter sees how bent the body is (`kinematics.bend`) and knows nothing of exercises beyond the few
numbers of a `RepRule`. Each bend component has its own standing value, a low percentile of what was seen
while standing; the excursion is the largest rise of any counted component above its own standing value.

    unknown ──still and upright──▶ standing ──excursion > start──▶ moving ──excursion < end──▶ standing

Before standing was seen once the counter waits for the body to come to rest upright; a movement that ends
so, and whose turning point was seen, is counted too, with an unknown start when it began before.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from hipform.exercises.definition import RepRule
from hipform.kinematics.bend import Bend
from hipform.kinematics.smoothing import FILL_GAP_S
from hipform.records import FloatArray, Phase, RepSpan

# Standing is upright when neither knees nor hips are bent more than this: a split stance is (40), a chair
# is not (80). Between them lies nothing that people stand in; measured on the labelled clips.
UPRIGHT_DEG = 58.0
# Straight, without having come to rest: people who stand read up to 25 on the labelled clips.
STRAIGHT_DEG = 35.0
# At rest: no bend changes by more than this for this long. Ours, wide enough for the model's jitter and short
# enough for the rest between quick reps.
STILL_S = 0.3
STILL_DEG = 8.0
# Own standing is a low percentile of the last seconds of it, not their lowest: noise is (docs/method.md).
BASE_MEMORY_S = 10.0
BASE_PERCENTILE = 10.0
# A new stance (feet apart for a split squat) is taken over after resting in it this long.
NEW_STANCE_S = 1.5
NEW_STANCE_STILL_DEG = 5.0
# Time constant of the causal smoothing: two frames at 30 fps, for jitter that would cross a limit twice.
SMOOTHING_S = 0.06
# Slower than this is a pause, over this long (docs/method.md).
PHASE_SPEED_DEG_S = 15.0
PHASE_S = 0.15
# Bent for this long is sitting: before a movement whose start was not seen, or still to the very end.
SITTING_S = 5.0
# As deep as the deepest moment, give or take how much a body held still is seen to move.
AT_BOTTOM_DEG = 3.0
# After a longer gap smoothing starts anew; with more of a movement unseen it is no complete rep (ours). Gaps
# that measuring bridges as well (`kinematics.smoothing`) are not unseen.
LONGEST_GAP_S = 1.0
MOST_UNSEEN = 0.3
# Within this share of its limit a movement could as well be on the other side: landmarks that jitter by 2 %
# of a leg length move it by up to 15 %.
CLOSE_SHARE = 0.15
# Longer than the longest rep.
HISTORY_S = 20.0


@dataclass(slots=True)
class _Movement:
    start_s: float
    peak_s: float
    peak_deg: float
    peaks_deg: FloatArray
    unseen_s: float = 0.0


# Which of knee bend, hip bend and hip descent count for an exercise that counts this signal.
COMPONENTS = {"knee_flexion": (0, 2), "hip_flexion": (1,)}


def components_of(rules: Iterable[RepRule]) -> tuple[int, ...]:
    """The bend components that any of these rules counts."""
    return tuple(sorted({i for rule in rules for i in COMPONENTS[rule.signal]}))


@dataclass(frozen=True, slots=True)
class Size:
    """What was made of a movement's size: `reason` is None for a complete rep, else why it is a partial.

    `close`: it lies so near to the limit between both that it could be either.
    """

    reason: str | None
    close: bool


class SizeJudge:
    """Whether a movement was large enough for its exercise: 25 degrees, and half of what came before."""

    def __init__(self) -> None:
        self._complete: dict[str, list[float]] = {}

    def judge(self, span: RepSpan, near_leg_deg: float, exercise: str, rule: RepRule) -> Size:
        """A complete rep, which is remembered, or a partial.

        `near_leg_deg` is the counted bend of the near leg as a side view shows it, NaN in other views.
        """
        if span.reason is not None:
            return Size(span.reason, close=False)
        size_deg = max(span.excursions_deg[i] for i in COMPONENTS[rule.signal])
        size_deg = float(np.fmax(size_deg, near_leg_deg))
        before = self._complete.setdefault(exercise, [])
        usual_deg = float(np.median(before)) if before else 0.0
        limit_deg = max(rule.min_excursion_deg, rule.min_share_of_median * usual_deg)
        close = abs(size_deg - limit_deg) < CLOSE_SHARE * limit_deg
        if size_deg < limit_deg:
            return Size("too shallow", close)
        before.append(size_deg)
        return Size(None, close)


def _triple(values: FloatArray) -> tuple[float, float, float]:
    knee, hip, drop = (float(v) for v in values)
    return knee, hip, drop


class RepCounter:
    """Push one `Bend` per pose; a finished movement comes back as a `RepSpan`.

    `components` are the indices of `Bend.as_array()` that count for this exercise.
    """

    def __init__(self, rule: RepRule, components: tuple[int, ...]) -> None:
        self._rule = rule
        self._components = list(components)
        self._history: deque[tuple[float, FloatArray]] = deque()
        self._standing: deque[tuple[float, FloatArray]] = deque()
        self._base = np.full(3, np.nan)
        self._values = np.full(3, np.nan)
        self._smooth = np.full(3, np.nan)
        self._knows_standing = False
        self._rested = False
        self._movement: _Movement | None = None
        self._last_s = -np.inf
        self._nobody = False
        self.phase: Phase = "unknown"
        self.excursion_deg = float("nan")

    def push(self, t_s: float, bend: Bend) -> RepSpan | None:
        """Take the bend at `t_s` (growing); a `RepSpan` when a movement has just ended."""
        values = bend.as_array()
        if not np.isfinite(values).all():
            self._nobody = True
            return None
        if self._movement and self._nobody and t_s - self._last_s > FILL_GAP_S:
            self._movement.unseen_s += t_s - self._last_s
        self._nobody, self._values = False, values
        self._smoothen(t_s, values)
        self._remember(t_s)
        if not self._knows_standing:
            return self._look_for_standing(t_s)
        return self._step(t_s)

    def finish(self) -> RepSpan | None:
        """The recording ended: a movement that was under way is returned as cut off.

        When no standing was ever seen, but legs and hips are straight now, that is taken for standing.
        """
        if not self._knows_standing and self._history and (self._smooth[:2] < STRAIGHT_DEG).all():
            return self._first_standing(self._last_s, self._smooth)
        movement, self._movement = self._movement, None
        # The smoothing lags by two frames; nothing comes any more that it could be needed for.
        if movement and self.away_deg(tuple(self._components)) < self._rule.end_within_deg:
            return self._end(movement, self._last_s)
        if movement is None or movement.peak_deg < self._rule.min_excursion_deg or self._sits_still():
            return None
        return RepSpan(
            movement.start_s, movement.peak_s, float("nan"), _triple(movement.peaks_deg), "cut off"
        )

    def away_deg(self, components: tuple[int, ...]) -> float:
        """How far the last pose was from standing in these components, unsmoothed; NaN without standing."""
        return float((self._values - self._base)[list(components)].max())

    def _sits_still(self) -> bool:
        recent = self._recent(self._last_s, SITTING_S)
        return recent is not None and bool((np.ptp(recent, axis=0) < STILL_DEG).all())

    def _smoothen(self, t_s: float, values: FloatArray) -> None:
        gap_s = t_s - self._last_s
        self._last_s = t_s
        if gap_s > LONGEST_GAP_S:
            self._smooth = values
            return
        weight = 1.0 - np.exp(-gap_s / SMOOTHING_S)
        self._smooth = self._smooth + weight * (values - self._smooth)

    def _remember(self, t_s: float) -> None:
        self._history.append((t_s, self._smooth))
        while self._history[0][0] < t_s - HISTORY_S:
            self._history.popleft()

    def _recent(self, t_s: float, span_s: float) -> FloatArray | None:
        """Values of the last `span_s`, (n, 3); None while there is less than that."""
        if t_s - self._history[0][0] < span_s:
            return None
        return np.array([v for t, v in self._history if t >= t_s - span_s])

    def _is_upright(self, values: FloatArray) -> bool:
        return bool(values[0] < UPRIGHT_DEG and values[1] < UPRIGHT_DEG)

    def _look_for_standing(self, t_s: float) -> RepSpan | None:
        recent = self._recent(t_s, STILL_S)
        still = recent is not None and bool((np.ptp(recent, axis=0) < STILL_DEG).all())
        if recent is not None and still and self._is_upright(recent.max(axis=0)):
            return self._first_standing(t_s, np.median(recent, axis=0))
        return self._turned_back_down(t_s)

    def _turned_back_down(self, t_s: float) -> RepSpan | None:
        """Touch-and-go reps from the first frame on: the lowest point between two bends is standing."""
        series = np.array([v for _, v in self._history])
        if len(series) < 3:
            return None
        total = series[:, self._components].sum(axis=1)
        peak = int(np.argmax(total))
        after = peak + int(np.argmin(total[peak:]))
        low = series[after]
        rises = (series[-1] - low)[self._components].max() > self._rule.start_above_deg
        fell = (series[peak] - low)[self._components].max() >= self._rule.min_excursion_deg
        if not (rises and fell and self._is_upright(low)):
            return None
        return self._first_standing(t_s, low)

    def _first_standing(self, t_s: float, base: FloatArray) -> RepSpan | None:
        self._base, self._knows_standing = base, True
        self.phase = "standing"
        times = np.array([t for t, _ in self._history])
        excursion = np.array([self._excursion(v) for _, v in self._history])
        self._standing.append((t_s, base))
        peak = int(np.argmax(excursion))
        rested, self._rested = self._rested, False
        if rested or excursion[peak] < self._rule.min_excursion_deg:
            return None
        low_before = np.flatnonzero(excursion[:peak] < self._rule.start_above_deg)
        start = float(times[low_before[-1]]) if len(low_before) else float("nan")
        back = np.flatnonzero(excursion[peak:] < self._rule.end_within_deg)
        end = float(times[peak + back[0]]) if len(back) else t_s
        if np.isnan(start) and end - times[0] > SITTING_S:
            return None
        deep = times[excursion >= excursion[peak] - AT_BOTTOM_DEG]
        bottom_seen = deep[-1] - times[0] >= STILL_S / 2
        reason = None if bottom_seen else "cut off"
        peaks = np.max([v for _, v in self._history], axis=0) - base
        return RepSpan(start, float(times[peak]), end, _triple(peaks), reason)

    def _excursion(self, values: FloatArray) -> float:
        return float((values - self._base)[self._components].max())

    def _step(self, t_s: float) -> RepSpan | None:
        excursion = self.excursion_deg = self._excursion(self._smooth)
        if self._movement is None:
            self._stand(t_s, excursion)
            return None
        movement = self._movement
        movement.peaks_deg = np.maximum(movement.peaks_deg, self._smooth - self._base)
        if excursion > movement.peak_deg:
            movement.peak_deg, movement.peak_s = excursion, t_s
        self.phase = self._phase(t_s, excursion)
        if excursion < self._rule.end_within_deg:
            return self._end(movement, t_s)
        if self._rests_in_new_stance(movement, t_s):
            self._rebase(t_s)
        return None

    def _stand(self, t_s: float, excursion: float) -> None:
        self.phase = "standing"
        if excursion > self._rule.start_above_deg:
            self._movement = _Movement(t_s, t_s, excursion, self._smooth - self._base)
            self.phase = "lowering"
            return
        self._standing.append((t_s, self._smooth))
        while self._standing[0][0] < t_s - BASE_MEMORY_S:
            self._standing.popleft()
        values = np.array([v for _, v in self._standing])
        self._base = np.percentile(values, BASE_PERCENTILE, axis=0)

    def _phase(self, t_s: float, excursion: float) -> Phase:
        recent = self._recent(t_s, PHASE_S)
        if recent is None or len(recent) < 2:
            return "lowering"
        speed = (excursion - self._excursion(recent[0])) / PHASE_S
        if speed > PHASE_SPEED_DEG_S:
            return "lowering"
        return "lifting" if speed < -PHASE_SPEED_DEG_S else "bottom"

    def _end(self, movement: _Movement, t_s: float) -> RepSpan | None:
        self._movement = None
        self.phase = "standing"
        if t_s - movement.start_s < self._rule.duration_s[0]:
            return None
        hidden = movement.unseen_s > MOST_UNSEEN * (t_s - movement.start_s)
        reason = "not seen well enough" if hidden else None
        return RepSpan(movement.start_s, movement.peak_s, t_s, _triple(movement.peaks_deg), reason)

    def _rests_in_new_stance(self, movement: _Movement, t_s: float) -> bool:
        _, longest_s = self._rule.duration_s
        if t_s - movement.start_s > longest_s:
            return True
        recent = self._recent(t_s, NEW_STANCE_S)
        if recent is None or t_s - movement.start_s < NEW_STANCE_S:
            return False
        still = bool((np.ptp(recent, axis=0) < NEW_STANCE_STILL_DEG).all())
        small = self.excursion_deg < 2 * self._rule.min_excursion_deg
        return still and small and self._is_upright(recent.max(axis=0))

    def _rebase(self, t_s: float) -> None:
        """Start anew: what was standing before no longer is."""
        self._movement = None
        self._standing.clear()
        self._knows_standing, self._rested = False, True
        self.phase = "unknown"
        recent = [item for item in self._history if item[0] >= t_s - STILL_S]
        self._history = deque(recent)
