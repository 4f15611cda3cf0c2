"""What the files of truth and labels say, as far as it is compared; other keys are passed over.

`NAME.json` beside `NAME.mp4` and `NAME.npz`: `ClipTruth`, for a rendered clip whose angles are known.
`labels.json`: a list of `Label`, for real clips that a careful viewer has counted.
`joints.json`: a list of `Mark`, joint centres marked by hand on single frames of those clips.
Times are seconds since the first frame. docs/accuracy.md describes the files for people.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Limb = Literal["L", "R"]
Point = tuple[float, float]

# The joints that angles are computed from.
JOINTS: Final = ("shoulder", "hip", "knee", "ankle")


def _sizes_known(faults: Any) -> Any:
    """Names of the faults whose size is not nothing; a size may be one number or one for each leg."""
    return [name for name, size in faults.items() if size] if isinstance(faults, dict) else faults


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Tempo(_Part):
    """Seconds of the way down, the pause at the bottom and the way up."""

    down: float
    hold: float
    up: float


class RepTruth(_Part):
    """One movement. `hold` is the interval at the bottom; `lead` the front leg of a lunge.

    `down_start` and `up_end` differ from `start` and `end` where a step belongs to the rep.
    """

    start: float
    end: float
    bottom: float
    hold: tuple[float, float]
    partial: bool = False
    lead: Limb | None = None
    tempo: Tempo | None = None
    down_start: float | None = None
    up_end: float | None = None
    faults: Annotated[tuple[str, ...], BeforeValidator(_sizes_known)] = ()
    trunk_lean_max: float = 0.0


class Camera(_Part):
    """Azimuth in degrees: 0 = in front of the person, +90 = at their left side, 180 = behind."""

    azimuth: float


class ClipTruth(_Part):
    """What is in a rendered clip. `mirrored`: the picture was flipped after the camera took it."""

    exercise: str
    camera: Camera
    reps: tuple[RepTruth, ...]
    mirrored: bool = False


class Label(_Part):
    """What a careful viewer saw in a real clip. `exercise` is none of hipform's where there was none."""

    file: str
    exercise: str
    reps_full: int
    id: str | None = None
    reps_partial: int | None = None
    reps_accept_range: tuple[int, int] | None = None
    rep_bottom_times_s: tuple[float, ...] | None = None


class Mark(_Part):
    """Joint centres of one leg on one frame, pixels of the upright picture; null where not seen.

    `side` is the leg as hipform would call it, `conf` (0..1) how sure the marker was of each joint.
    """

    clip: str
    t_s: float
    side: Literal["left", "right"]
    shoulder: Point | None = None
    hip: Point | None = None
    knee: Point | None = None
    ankle: Point | None = None
    heel: Point | None = None
    toe: Point | None = None
    conf: dict[str, float] = Field(default_factory=lambda: dict.fromkeys(JOINTS, 1.0))
