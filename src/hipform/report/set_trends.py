"""What sets come to over weeks beside their trend: both legs, findings, volume, and what a set costs.

Pure arithmetic, as `trends`: only complete reps that the user did not reject count. Formulas: docs/method.md.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, TypeVar

import numpy as np
from scipy import stats

from hipform.exercises.definition import Exercise
from hipform.kinematics.view import off_front_deg, off_side_deg
from hipform.records import RepDone, RepFinding, RepValue, View
from hipform.report import trends
from hipform.report.trends import Session
from hipform.skeleton import SIDES, Side

# Legs that were filmed within this time compare: a true change takes weeks (ours).
PAIR_WITHIN: Final = timedelta(days=7)
# So many of the latest pairs say how the legs compare (ours, as the sessions of a baseline).
LATEST_PAIRS: Final = 3
# From so many on there is an interval of 95 % for the median of sets.
LEAST_SETS: Final = 6
# More sessions than this are shown by the month (ours: more points than that cannot be told apart).
MOST_POINTS: Final = 60
# Longer than this, volume is shown by the month (ours, for the same reason).
WEEKS_UP_TO: Final = timedelta(weeks=104)

Clear = Literal["clear", "not clear", "too few"]
Every = Literal["week", "month"]


@dataclass(frozen=True, slots=True)
class Leg:
    """The sessions of one leg, None for the whole body, in groups that compare; the latest group last."""

    side: Side | None
    groups: list[list[Session]]

    @property
    def latest(self) -> datetime:
        """When it was last measured."""
        return self.groups[-1][-1].done_at


@dataclass(frozen=True, slots=True)
class Pair:
    """Both legs, filmed one soon after the other, each from its own side. `by` is left less right."""

    left: Session
    right: Session

    @property
    def done_at(self) -> datetime:
        """When the second of them was filmed."""
        return max(self.left.done_at, self.right.done_at)

    @property
    def by(self) -> float:
        """Left less right, in the measure's unit."""
        return self.left.value - self.right.value


@dataclass(frozen=True, slots=True)
class LeftRight:
    """How the legs compare: the middle of the latest pairs, and the noise (95 %) that it is held against.

    Pairs are in groups that compare with each other, as sessions are; the latest group last.
    """

    groups: list[list[Pair]]
    by: float
    mdc: float
    differ: bool


@dataclass(frozen=True, slots=True)
class FindingShare:
    """A finding over time: at each moment the reps that had it, of those it was looked for in."""

    rule: str
    when: list[datetime]
    reps: list[int]
    of: list[int]

    @property
    def share(self) -> float:
        """Of all its reps, 0 to 1."""
        return sum(self.reps) / sum(self.of)


@dataclass(frozen=True, slots=True)
class Volume:
    """What was done from `start` for a week or a month. `moved_kg`: weight times reps, where it was noted."""

    start: date
    sets: int
    reps: int
    moved_kg: float


@dataclass(frozen=True, slots=True)
class SetFade:
    """How much a measure moved from the first to the last rep of a set."""

    set_id: str
    done_at: datetime
    by: float
    reps: int


@dataclass(frozen=True, slots=True)
class Fading:
    """The middle of all sets and the interval that holds it in 95 of 100 cases (NaN with fewer than six)."""

    by: float
    low: float
    high: float
    sets: int
    said: Clear


_Kept = TypeVar("_Kept", RepValue, RepDone)


def counted(reps: Iterable[_Kept]) -> list[_Kept]:
    """The reps that count: complete, and not rejected by the user."""
    return [rep for rep in reps if rep.complete and rep.accepted is not False]


def front_legs(values: Iterable[RepValue]) -> list[RepValue]:
    """Without the rear leg of a lunge, which does something else."""
    return [value for value in values if value.role != "rear"]


def legs(values: Sequence[RepValue]) -> list[Leg]:
    """The trend of each leg that was measured, the one with the latest session first."""
    by_side: dict[Side | None, list[RepValue]] = defaultdict(list)
    for value in values:
        by_side[value.side].append(value)
    found = [Leg(side, trends.segments(trends.sessions(own))) for side, own in by_side.items()]
    return sorted(found, key=lambda leg: leg.latest, reverse=True)


def left_right(values: Sequence[RepValue], measure: str) -> LeftRight | None:
    """How the legs compare, each seen from its own side; None when no two sessions do.

    A session of the left leg is paired with the nearest one of the right leg within a week that was measured
    in the same way and from as far off the side, each only once.

    Raises:
        KeyError: the measure has no trend.

    """
    left, right = (trends.sessions([v for v in values if _from_own_side(v, side)]) for side in SIDES)
    pairs = _pairs(left, right)
    if not pairs:
        return None
    of_left = {id(pair.left): pair for pair in pairs}
    groups = [
        [of_left[id(session)] for session in group]
        for group in trends.segments([pair.left for pair in pairs])
    ]
    by = float(np.median([pair.by for pair in groups[-1][-LATEST_PAIRS:]]))
    noises = [_noise_of(side, groups[-1][-1], measure) for side in (left, right)]
    mdc = math.hypot(*noises) / math.sqrt(2.0)
    return LeftRight(groups, by, mdc, differ=abs(by) > mdc)


def finding_shares(
    reps: Sequence[RepDone], findings: Iterable[RepFinding], exercise: Exercise | None
) -> list[FindingShare]:
    """Each finding that there was, the most frequent first: by session, or by month when there are many.

    A rep counts for a finding when the camera stood where the exercise's rule speaks; all count for a rule
    that the exercise does not have (any more).
    """
    mine = counted(reps)
    found: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for finding in findings:
        found[finding.rule].add((finding.set_id, finding.rep_number))
    moments = _moments(mine)
    shares = [_share(rule, having, moments, _speaks(rule, exercise)) for rule, having in found.items()]
    return sorted((one for one in shares if any(one.reps)), key=lambda one: one.share, reverse=True)


def volume(reps: Sequence[RepDone]) -> tuple[Every, list[Volume]]:
    """Sets and reps of each week, of each month in the long run; also of those without any in between."""
    mine = counted(reps)
    if not mine:
        return "week", []
    days = [rep.done_at.date() for rep in mine]
    every: Every = "week" if max(days) - min(days) <= WEEKS_UP_TO else "month"
    bins: dict[date, list[RepDone]] = {start: [] for start in _starts(min(days), max(days), every)}
    for rep, day in zip(mine, days, strict=True):
        bins[_start(day, every)].append(rep)
    return every, [
        Volume(start, len({rep.set_id for rep in own}), len(own), sum(rep.load_kg or 0.0 for rep in own))
        for start, own in bins.items()
    ]


def fades(values: Sequence[RepValue]) -> list[SetFade]:
    """How much the measure moved in each set with at least four reps, the first set first.

    Where both legs were measured, the one that has more reps.
    """
    by_set: dict[str, list[RepValue]] = defaultdict(list)
    for value in values:
        by_set[value.set_id].append(value)
    return [fade for own in by_set.values() if (fade := _fade(own)) is not None]


def fading(sets: Sequence[SetFade]) -> Fading | None:
    """What sets have in common: the median, with its interval by order statistics; None without sets."""
    if not sets:
        return None
    moved = sorted(one.by for one in sets)
    middle = float(np.median(moved))
    if len(moved) < LEAST_SETS:
        return Fading(middle, math.nan, math.nan, len(moved), "too few")
    # The largest k with at most 2.5 % of all samples beyond the k-th smallest.
    k = int(stats.binom.ppf(0.025, len(moved), 0.5))
    low, high = moved[k - 1], moved[-k]
    return Fading(middle, low, high, len(moved), "clear" if low > 0.0 or high < 0.0 else "not clear")


def _from_own_side(value: RepValue, side: Side) -> bool:
    """Whether it is this leg, and the camera stood on its side."""
    azimuth = value.view_azimuth_deg
    return value.side == side and azimuth is not None and (azimuth > 0.0) == (side == "left")


def _pairs(left: Sequence[Session], right: Sequence[Session]) -> list[Pair]:
    near = sorted(
        (pair for a in left for b in _around(a, right) if _mirrored(a, b) for pair in [Pair(a, b)]),
        key=lambda pair: abs(pair.left.done_at - pair.right.done_at),
    )
    taken: set[int] = set()
    chosen = []
    for pair in near:
        if taken.isdisjoint(ends := {id(pair.left), id(pair.right)}):
            taken |= ends
            chosen.append(pair)
    return sorted(chosen, key=lambda pair: pair.done_at)


def _around(session: Session, others: Sequence[Session]) -> list[Session]:
    return [one for one in others if abs(one.done_at - session.done_at) <= PAIR_WITHIN]


def _mirrored(a: Session, b: Session) -> bool:
    same_way = a.definition == b.definition
    return same_way and abs((a.azimuth_deg or 0.0) + (b.azimuth_deg or 0.0)) <= trends.SAME_VIEW_DEG


def _noise_of(side: Sequence[Session], pair: Pair, measure: str) -> float:
    """The noise of the sessions that compare with this pair's."""
    own = next(group for group in trends.segments(side) if pair.left in group or pair.right in group)
    return trends.noise(own, measure).mdc


def _moments(reps: Sequence[RepDone]) -> list[list[RepDone]]:
    """The reps of each session, or of each month when there are many sessions."""
    found = trends.visits(reps)
    if len(found) <= MOST_POINTS:
        return found
    months: dict[date, list[RepDone]] = defaultdict(list)
    for rep in (rep for visit in found for rep in visit):
        months[_start(rep.done_at.date(), "month")].append(rep)
    return list(months.values())


def _share(
    rule: str,
    having: set[tuple[str, int]],
    moments: Sequence[Sequence[RepDone]],
    speaks: Callable[[float | None], bool],
) -> FindingShare:
    share = FindingShare(rule, [], [], [])
    for reps in moments:
        asked = [rep for rep in reps if speaks(rep.view_azimuth_deg)]
        if asked:
            share.when.append(asked[0].done_at)
            share.reps.append(sum((rep.set_id, rep.rep_number) in having for rep in asked))
            share.of.append(len(asked))
    return share


def _speaks(rule: str, exercise: Exercise | None) -> Callable[[float | None], bool]:
    own = [one for one in exercise.rules if one.id == rule] if exercise else []

    def speaks(azimuth_deg: float | None) -> bool:
        view = View("unknown", azimuth_deg)
        off: Mapping[str, float] = {"side": off_side_deg(view), "front": off_front_deg(view), "any": 0.0}
        return not own or any(off[one.view] <= one.off_limit_deg for one in own)

    return speaks


def _start(day: date, every: Every) -> date:
    return day - timedelta(days=day.weekday()) if every == "week" else day.replace(day=1)


def _starts(first: date, last: date, every: Every) -> list[date]:
    starts = [_start(first, every)]
    while starts[-1] < _start(last, every):
        starts.append(_start(starts[-1] + timedelta(days=7 if every == "week" else 31), every))
    return starts


def _fade(values: Sequence[RepValue]) -> SetFade | None:
    (side, _), *_ = Counter(value.side for value in values).most_common(1)
    own = {value.rep_number: value.value for value in values if value.side == side}
    by = trends.fade([own.get(number, math.nan) for number in range(min(own), max(own) + 1)])
    first = values[0]
    return None if by is None else SetFade(first.set_id, first.done_at, by, len(own))
