"""Whether a measure really changed over weeks: sessions, their noise, and what may be said about them.

A trend is said to have changed only when the latest session is farther from the first ones than the person's
own noise explains. Pure arithmetic: numbers in, numbers out, no clock, no database. Formulas, and how often
they are wrong: docs/method.md.
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Final, Literal, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, PositiveFloat, TypeAdapter
from scipy import stats

from hipform.records import RepDone, RepValue

# Sets that begin within this time of the one before were done in one go (ours).
ONE_SESSION: Final = timedelta(hours=3)
# Numbers from camera views farther apart than this do not compare: a thigh at 45 degrees read from 10 degrees
# off the side is 1 degree off, from 20 degrees 3 (docs/method.md).
SAME_VIEW_DEG: Final = 10.0
# So many sessions make the start of a trend, and so many give a noise of one's own (ours).
BASELINE_SESSIONS: Final = 3
OWN_NOISE_SESSIONS: Final = 3
# The published noise counts as much as own sessions with so many degrees of freedom. With it, no change is
# taken for one in at most 5 % of people whose noise is up to 1.5 times the published (simulated).
PUBLISHED_DF: Final = 4.0
_Z95: Final = 1.96
_MONTH_DAYS: Final = 30.44

Said = Literal["changed", "no clear change yet", "too few"]


class Published(BaseModel):
    """What `noise.toml` says of a measure; `mdc95` is in `unit`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: Literal["deg", "s", "ratio"]
    more: str
    less: str
    mdc95: PositiveFloat
    better: Literal["more", "less"] | None = None
    source: str


_Kept = TypeVar("_Kept", RepValue, RepDone)


@dataclass(frozen=True, slots=True)
class Session:
    """The reps of one visit that compare with each other: their median, and what half of them lie between.

    `load_kg` is None when it differs or was not noted, `azimuth_deg` when the view is not known.
    """

    done_at: datetime
    value: float
    low: float
    high: float
    reps: int
    set_ids: tuple[str, ...]
    azimuth_deg: float | None
    load_kg: float | None
    definition: str


@dataclass(frozen=True, slots=True)
class Noise:
    """How far two sessions differ without a change (95 %); `own` when the person's sessions went into it."""

    mdc: float
    own: bool
    sessions: int


@dataclass(frozen=True, slots=True)
class Change:
    """The latest session against the first ones. `by` and `since` are None while there are too few."""

    said: Said
    by: float | None
    since: datetime | None
    baseline: float
    noise: Noise


@dataclass(frozen=True, slots=True)
class Slope:
    """Change in a month of 30.44 days, with the interval that holds it in 95 of 100 cases."""

    per_month: float
    low: float
    high: float


@cache
def published() -> dict[str, Published]:
    """The measures that have a trend, by name, in the order of the file."""
    text = files("hipform.report").joinpath("noise.toml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Published]).validate_python(tomllib.loads(text))


def sessions(values: Sequence[RepValue]) -> list[Session]:
    """The sessions that these reps make, the oldest first.

    Reps of one visit that were seen from other sides, or measured in another way, make a session of their
    own: they do not compare.
    """
    return [_session(group) for visit in visits(values) for group in _comparable(visit)]


def visits(done: Iterable[_Kept]) -> list[list[_Kept]]:
    """What was done in one go, each in the order of time, the oldest first."""
    found: list[list[_Kept]] = []
    for one in sorted(done, key=lambda each: each.done_at):
        if found and one.done_at - found[-1][-1].done_at <= ONE_SESSION:
            found[-1].append(one)
        else:
            found.append([one])
    return found


def segments(points: Sequence[Session]) -> list[list[Session]]:
    """Sessions that compare with each other, each group in its order; the group with the latest one last."""
    found: list[list[Session]] = []
    for point in points:
        mine = next((s for s in found if _same_kind(s[0], point)), None)
        if mine is None:
            found.append([point])
        else:
            mine.append(point)
    return sorted(found, key=lambda segment: segment[-1].done_at)


def noise(segment: Sequence[Session], measure: str) -> Noise:
    """How far sessions of this segment differ by chance.

    The published value alone until there are three sessions; then together with the person's own, from the
    differences between one session and the next, so that a slow change is not taken for noise. The latest
    session is left out: it is what is to be judged.

    Raises:
        KeyError: the measure has no trend.

    """
    given = published()[measure].mdc95
    if len(segment) < OWN_NOISE_SESSIONS:
        return Noise(given, own=False, sessions=len(segment))
    steps = np.diff([point.value for point in segment[:-1]])
    n = len(segment) - 1
    # What the mean of n - 1 squared steps that share their ends is worth (von Neumann's ratio).
    own_df = 2.0 * (n - 1) ** 2 / (3.0 * n - 4.0)
    published_sem = given / (_Z95 * np.sqrt(2.0))
    variance = (PUBLISHED_DF * published_sem**2 + own_df * float(np.mean(steps**2)) / 2.0) / (
        PUBLISHED_DF + own_df
    )
    factor = float(stats.t.ppf(0.975, PUBLISHED_DF + own_df))
    return Noise(factor * float(np.sqrt(2.0 * variance)), own=True, sessions=len(segment))


def change(segment: Sequence[Session], measure: str) -> Change:
    """What may be said of the latest session, against the median of the first ones (at most three).

    Raises:
        ValueError: there is no session.
        KeyError: the measure has no trend.

    """
    if not segment:
        raise ValueError("a change needs a session")
    first = segment[: max(1, min(BASELINE_SESSIONS, len(segment) - 1))]
    baseline = float(np.median([point.value for point in first]))
    chance = noise(segment, measure)
    if len(segment) == 1:
        return Change("too few", None, None, baseline, chance)
    by = segment[-1].value - baseline
    said: Said = "changed" if abs(by) > chance.mdc else "no clear change yet"
    return Change(said, by, segment[0].done_at, baseline, chance)


def slope(segment: Sequence[Session]) -> Slope | None:
    """Theil and Sen's slope, which single odd sessions do not bend; None with fewer than three sessions."""
    if len(segment) < 3:
        return None
    start = segment[0].done_at
    months = [(point.done_at - start) / timedelta(days=_MONTH_DAYS) for point in segment]
    result = stats.theilslopes([point.value for point in segment], months, alpha=0.95)
    return Slope(float(result.slope), float(result.low_slope), float(result.high_slope))


def best(segment: Sequence[Session], measure: str) -> Session | None:
    """The best session, None for a measure that has no better and worse."""
    better = published()[measure].better
    if better is None or not segment:
        return None
    return (min if better == "less" else max)(segment, key=lambda point: point.value)


def fade(values: Sequence[float]) -> float | None:
    """How much a measure moves from the first to the last rep of a set, by the Theil-Sen line through all.

    NaN for a rep without the measure; None with fewer than four reps that have it.
    """
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < 4:
        return None
    # As scipy's theilslopes, which takes twenty times as long for its interval.
    numbers = np.asarray(values)[known]
    first, second = np.triu_indices(len(known), 1)
    slopes = (numbers[second] - numbers[first]) / (known[second] - known[first])
    return float(np.median(slopes)) * float(known[-1] - known[0])


def _comparable(visit: Sequence[RepValue]) -> list[list[RepValue]]:
    groups: list[list[RepValue]] = []
    for value in visit:
        mine = next((g for g in groups if _alike(g[0], value)), None)
        if mine is None:
            groups.append([value])
        else:
            mine.append(value)
    return groups


def _alike(a: RepValue, b: RepValue) -> bool:
    return a.definition == b.definition and _near(a.view_azimuth_deg, b.view_azimuth_deg)


def _same_kind(a: Session, b: Session) -> bool:
    return a.definition == b.definition and _near(a.azimuth_deg, b.azimuth_deg)


def _near(a_deg: float | None, b_deg: float | None) -> bool:
    if a_deg is None or b_deg is None:
        return a_deg is b_deg
    return abs((a_deg - b_deg + 180.0) % 360.0 - 180.0) <= SAME_VIEW_DEG


def _session(group: Sequence[RepValue]) -> Session:
    numbers = sorted(value.value for value in group)
    low, middle, high = (_quantile(numbers, share) for share in (0.25, 0.5, 0.75))
    loads = {value.load_kg for value in group}
    views = sorted(value.view_azimuth_deg for value in group if value.view_azimuth_deg is not None)
    return Session(
        done_at=group[0].done_at,
        value=middle,
        low=low,
        high=high,
        reps=len(group),
        set_ids=tuple(dict.fromkeys(value.set_id for value in group)),
        azimuth_deg=_quantile(views, 0.5) if views else None,
        load_kg=loads.pop() if len(loads) == 1 else None,
        definition=group[0].definition,
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    """As numpy's, which takes a hundred times as long for a few numbers."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
