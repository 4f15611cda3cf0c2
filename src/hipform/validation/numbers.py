"""The numbers that a validation comes to, and how they are written down.

Angles are degrees, times seconds, errors what was reported minus what is true. Unless said otherwise a
number is the mean over clips of what each clip gives, so that a long clip weighs no more than a short one.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from hipform.errors import InputError
from hipform.validation.rendered import SIDE_LIMIT_DEG, FaultCount

FORMAT: Final = "hipform/accuracy/1"
Band = Literal["side", "angle"]
# How far off the side view each band of views reaches (docs/decisions/0003).
BANDS: Final[Mapping[Band, tuple[float, float]]] = {"side": (-1.0, 15.0), "angle": (15.0, SIDE_LIMIT_DEG)}
# The stated uncertainty times these is held against the errors.
MULTIPLES: Final = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
# An error beyond this is a gross one (what the accuracy work set itself).
GROSS_DEG: Final = 15.0
_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    yes: int
    of: int


@dataclass(frozen=True, slots=True)
class Errors:
    """A sample of errors, each counted alike. 90 % are within `within_90`."""

    count: int
    mean_abs: float
    bias: float
    sd: float
    median_abs: float
    within_90: float
    worst: float


@dataclass(frozen=True, slots=True)
class Counting:
    """How reps were counted and exercises told. `none_right`: clips without exercise called so.

    `phantom_reps` are what was listed in those, partial reps too; `met_share` is the share of complete reps
    that were found when they were, None where that is not known.
    """

    clips: int
    failed: int
    exercises: Mapping[str, int]
    reps_right: Share
    partials_right: Share
    exercise_right: Share
    view_right: Share
    none_right: Share
    phantom_reps: int
    met_share: float | None


@dataclass(frozen=True, slots=True)
class Frames:
    """One angle frame by frame. `reported` is the share of frames while moving that have a value.

    `beyond_gross` is the share of errors beyond `GROSS_DEG`, `inside` that of errors inside the stated
    uncertainty, `inside_steady` that of what is left when the constant part of each clip is taken out;
    `stated` is the median uncertainty.
    """

    clips: int
    reported: float
    mean_abs: float | None
    bias: float | None
    correlation: float | None
    beyond_gross: float | None
    inside: float | None
    inside_steady: float | None
    stated: float | None


@dataclass(frozen=True, slots=True)
class Peaks:
    """The largest angle of each rep. `spread` is the scatter within a clip, its constant part taken out.

    The constant is one for each clip and, in lunges, for the front and the rear leg; it takes three reps.
    """

    clips: int
    reps: int
    reported: float
    mean_abs: float | None
    bias: float | None
    spread: float | None
    inside: float | None
    inside_steady: float | None
    stated: float | None


@dataclass(frozen=True, slots=True)
class MeasureErrors:
    """One measure in one exercise and band of views; `far` is the leg farther from the camera."""

    exercise: str
    measure: str
    band: Band
    far: bool
    reps: int
    mean_abs: float
    bias: float


@dataclass(frozen=True, slots=True)
class Marks:
    """One angle against joints marked by hand; `errors` are of those that were reported.

    `beyond_gross` is how many of them are off by more than `GROSS_DEG`.
    """

    asked: int
    reported: int
    errors: Errors | None
    beyond_gross: int
    inside: float | None
    stated: float | None


@dataclass(frozen=True, slots=True)
class Times:
    """Moments and durations of reps against known ones. `stated` is the median uncertainty of each.

    `beside_s` is how far the bottom lies outside the interval in which it was held.
    """

    errors: Mapping[str, Errors]
    stated: Mapping[str, float]
    bottom_inside: Share
    beside_s: float
    beside_worst_s: float


@dataclass(frozen=True, slots=True)
class Camera:
    """Errors of the camera's azimuth, around each rep and over each clip."""

    reps: Errors | None
    clips: Errors | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """Share of errors inside each of `MULTIPLES` times the stated uncertainty; `count` errors in all."""

    count: int
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Everything a validation comes to; parts that the clips cannot tell are None or empty."""

    rendered: Counting | None = None
    labelled: Counting | None = None
    times: Times | None = None
    camera: Camera | None = None
    frames: Mapping[Band, Mapping[str, Frames]] = field(default_factory=dict)
    peaks: Mapping[Band, Mapping[str, Peaks]] = field(default_factory=dict)
    measures: tuple[MeasureErrors, ...] = ()
    squat_knee_peak_gap: float | None = None
    marked_clips: int = 0
    marked_frames: int = 0
    marks: Mapping[str, Marks] = field(default_factory=dict)
    calibration: Mapping[str, Calibration] = field(default_factory=dict)
    faults: Mapping[str, FaultCount] = field(default_factory=dict)


def numbers_text(numbers: Numbers) -> str:
    """The numbers as JSON, without paths or times: the same numbers give the same text."""
    return json_text({"format": FORMAT} | asdict(numbers))


def read_numbers(path: Path) -> Numbers:
    """The numbers in a file that holds what `numbers_text` gives.

    Raises:
        InputError: there is no such file, or it holds something else.

    """
    try:
        content = json.loads(path.read_bytes())
        if isinstance(content, dict) and content.pop("format", None) == FORMAT:
            return TypeAdapter(Numbers).validate_python(content)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} does not hold the numbers of a validation. Make it again.") from error
    raise InputError(f"{path} was not made by this version. Make it again.")


def json_text(content: Any) -> str:
    """`content` as JSON: numbers to `_DECIMALS`, null for what is not finite."""
    return json.dumps(_plain(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, _DECIMALS) + 0.0 if isfinite(value) else None
    return value
