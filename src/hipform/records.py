"""All nouns of hipform on one page.

Conventions for every record:

- Names carry units: seconds `_s`, degrees `_deg`, pixels `_px`, metres `_m`. Time is the first axis.
- Times are seconds since the first frame of the recording. Intervals are half open, `[start_s, end_s)`.
- NaN in an array means "not known"; never 0 or -1. In what is written out an absent measure means
  "not measured" and its reason is listed.
- Joint angles are flexion in degrees: 0 = straight, growing with bending.
- Left and right are the person's own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Final, Literal, NamedTuple, Protocol, get_args

import numpy as np
import numpy.typing as npt
from pydantic import Field

from hipform.skeleton import LANDMARKS, Side

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
ImageArray = npt.NDArray[np.uint8]

SCHEMA: Final = "hipform/set/1"
ViewLabel = Literal[
    "side-left", "side-right", "front", "back", "oblique-left", "oblique-right", "mixed", "unknown"
]
Severity = Literal["info", "warn", "fault"]  # the mildest first
DepthClass = Literal["clearly below", "about parallel", "clearly above"]
Phase = Literal["unknown", "standing", "lowering", "bottom", "lifting"]
Role = Literal["lead", "rear"]
PoseQuality = Literal["fast", "balanced", "best"]  # how often the mirror image is looked at as well


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a recording, upright as a viewer sees it.

    `image` is uint8 (height, width, 3), RGB, row 0 at the top. `t_s` grows strictly from frame to frame.
    """

    index: int
    t_s: float
    image: ImageArray


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """Where the 33 landmarks of one person are at one moment; all NaN when nobody was found.

    `image_px` (33, 2): x right, y down. `world_m` (33, 3): metres, origin between the hips, x right and
    y down as the camera sees them, z away from the camera. `visibility` (33,): 0..1 as the model says.
    """

    t_s: float
    image_px: FloatArray
    world_m: FloatArray
    visibility: FloatArray

    @classmethod
    def missing(cls, t_s: float) -> "Pose":
        """Nobody found at this moment."""
        n = len(LANDMARKS)
        return cls(t_s, np.full((n, 2), np.nan), np.full((n, 3), np.nan), np.full(n, np.nan))

    @property
    def found(self) -> bool:
        """Whether a person was found."""
        return bool(np.isfinite(self.image_px[0, 0]))


@dataclass(frozen=True, slots=True, eq=False)
class PoseTrack:
    """The poses of a stretch of time: `t_s` (N,), the other arrays as in `Pose` with N in front."""

    t_s: FloatArray
    image_px: FloatArray
    world_m: FloatArray
    visibility: FloatArray

    def __post_init__(self) -> None:
        n, k = len(self.t_s), len(LANDMARKS)
        expected = {"image_px": (n, k, 2), "world_m": (n, k, 3), "visibility": (n, k)}
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name}: expected shape {shape}, got {getattr(self, name).shape}")

    @classmethod
    def of(cls, poses: "list[Pose]") -> "PoseTrack":
        """A track of these poses, in their order."""
        k = len(LANDMARKS)
        return cls(
            np.array([p.t_s for p in poses], dtype=float),
            np.array([p.image_px for p in poses], dtype=float).reshape(len(poses), k, 2),
            np.array([p.world_m for p in poses], dtype=float).reshape(len(poses), k, 3),
            np.array([p.visibility for p in poses], dtype=float).reshape(len(poses), k),
        )

    def __len__(self) -> int:
        return len(self.t_s)

    def __iter__(self) -> Iterator[Pose]:
        for i in range(len(self)):
            yield Pose(float(self.t_s[i]), self.image_px[i], self.world_m[i], self.visibility[i])

    def between(self, start_s: float, end_s: float) -> "PoseTrack":
        """The part with start_s <= t_s < end_s."""
        i, j = np.searchsorted(self.t_s, [start_s, end_s], side="left")
        return PoseTrack(self.t_s[i:j], self.image_px[i:j], self.world_m[i:j], self.visibility[i:j])


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """Named signals over a stretch of time: `values[name]` has the length of `t_s`.

    Names, units and meanings are the table in `kinematics.signals`. `uncertainty` holds, for the signals
    that state one, the half-width that is expected to hold 90 % of the errors, in the signal's unit.
    """

    t_s: FloatArray
    values: Mapping[str, FloatArray]
    uncertainty: Mapping[str, FloatArray] = field(default_factory=dict)

    def __getitem__(self, name: str) -> FloatArray:
        return self.values[name]


@dataclass(frozen=True, slots=True)
class View:
    """How the camera sees the person. Azimuth: 0 = from the front, +90 = their left side, 180 = back.

    The label names the side of the person that faces the camera.
    """

    label: ViewLabel
    azimuth_deg: float | None


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a rep. `uncertainty` is the half-width expected to hold 90 % of its errors."""

    value: float
    unit: str
    side: Side | None
    role: Role | None
    uncertainty: float


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """A measure that this recording cannot give, and why, in words for the user."""

    measure: str
    reason: str


@dataclass(frozen=True, slots=True)
class Depth:
    """Squat depth as a class; `margin_deg` is how far the thigh is from level (negative = below)."""

    depth_class: Annotated[DepthClass, Field(alias="class")]
    margin_deg: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One judgement with the numbers that it rests on. `limit` is the limit that was passed."""

    rule: str
    severity: Severity
    side: Side | None
    t_s: float | None
    measured: float
    limit: float
    unit: str
    cue: str
    source: str

    @property
    def seriousness(self) -> int:
        """0 for the mildest severity, growing."""
        return get_args(Severity).index(self.severity)


@dataclass(frozen=True, slots=True)
class RepSpan:
    """One movement down and back, as the counter saw it. `reason` is None for a full one.

    `start_s` is NaN when the movement began before the recording, `end_s` is NaN when it did not return
    before the recording ended. `excursions_deg` are the largest rises above standing of knee bend, hip
    bend and hip descent (`kinematics.bend`).
    """

    start_s: float
    turn_s: float
    end_s: float
    excursions_deg: tuple[float, float, float]
    reason: str | None


@dataclass(frozen=True, slots=True)
class Rep:
    """One finished rep: when, how far, how well. `complete` is False for a partial, with its `reason`.

    A measure that both sides give is a list, the near leg first.
    """

    number: int
    complete: bool
    reason: str | None
    exercise: str
    start_s: float
    bottom_s: float
    end_s: float
    lead_side: Side | None
    variant: str | None
    view: View
    measures: Mapping[str, Measure | list[Measure]]
    depth: Depth | None
    review: str | None
    not_measured: tuple[NotMeasured, ...]
    findings: tuple[Finding, ...]

    def measure(self, name: str) -> Measure | None:
        """The measure of this name: of two legs the lead one's, else the near one's.

        None when it was not measured; a rear leg's number never stands in for the lead leg's.
        """
        found = self.measures.get(name)
        legs = found if isinstance(found, list) else [found] if found else []
        return next((leg for leg in legs if leg.role != "rear"), None)


@dataclass(frozen=True, slots=True, eq=False)
class Update:
    """What one pushed pose changed. `finished` are reps measured at this moment, with their findings."""

    t_s: float
    phase: Phase
    rep_count: int
    finished: tuple[Rep, ...]
    cue: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """The recording that was analysed."""

    file: str
    duration_s: float
    frames: int
    width: int
    height: int
    rotation_deg: int
    nominal_fps: float
    recorded_at: str | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """How much of the recording could be used, and remarks for the user."""

    pose_found_share: float
    known_share: float
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made the numbers."""

    hipform: str
    mediapipe: str
    model_sha256: str
    exercise_digest: str
    quality: PoseQuality = "fast"  # as all were before reports said so


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a track of poses comes from: the recording, remarks made while reading it, what read it."""

    source: Source
    notes: tuple[str, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class SetReport:
    """The whole answer for one recording; what `<stem>.json` holds."""

    schema: Literal["hipform/set/1"]
    source: Source
    exercise: str
    exercise_source: Literal["auto", "given"]
    exercise_confidence: float
    view: View
    reps: tuple[Rep, ...]
    findings: tuple[Finding, ...]
    not_measured: tuple[NotMeasured, ...]
    quality: Quality
    provenance: Provenance


@dataclass(frozen=True, slots=True, eq=False)
class RepEvidence:
    """What a finished rep is judged from: its zero-lag signals with some margin, its events, its frame.

    `standing` holds each signal's value in the person's own quiet standing, NaN where that was never
    seen. `near_side` is the leg that faces the camera, None from the front or the back. `lead_side` is
    the front leg of a lunge.
    """

    signals: Signals
    start_s: float
    bottom_s: float
    end_s: float
    standing: Mapping[str, float]
    view: View
    near_side: Side | None
    lead_side: Side | None


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """The whole result for one recording: the report and what it was computed from, frame by frame.

    `track` holds the poses with exchanged legs put right. `signals` are zero-lag and aligned with it;
    `phase` (N,) holds `Phase` words and `rep` (N,) the number of the rep that the frame belongs to, 0
    between reps.
    """

    report: SetReport
    track: PoseTrack
    signals: Signals
    phase: tuple[Phase, ...]
    rep: IntArray


class RepValue(NamedTuple):
    """One measure of one kept rep. Where both legs were seen there is one for each, the near leg first.

    `definition` is the same for numbers made the same way, `accepted` the user's own word, None without one.
    """

    set_id: str
    rep_number: int
    done_at: datetime
    value: float
    uncertainty: float
    unit: str
    side: Side | None
    role: Role | None
    view_azimuth_deg: float | None
    complete: bool
    accepted: bool | None
    definition: str
    load_kg: float | None = None


class RepDone(NamedTuple):
    """A kept rep, whatever was measured in it. `accepted` as in `RepValue`."""

    set_id: str
    rep_number: int
    done_at: datetime
    complete: bool
    accepted: bool | None
    view_azimuth_deg: float | None
    load_kg: float | None


class RepFinding(NamedTuple):
    """A finding of a kept rep."""

    set_id: str
    rep_number: int
    rule: str
    severity: Severity
    side: Side | None


class FrameSource(Protocol):
    """A stream of frames: a file, a camera, a test's drawing. Iterate once."""

    def __iter__(self) -> Iterator[Frame]: ...


class PoseEstimator(Protocol):
    """Finds the person in one frame after the other."""

    def estimate(self, frame: Frame) -> Pose:
        """The pose in this frame, `Pose.missing` when nobody is found."""
        ...
