"""What a page and the server say to each other during a live set: JSON texts, and pictures with a short head.

A picture is one binary message: the page's time of it (float64, seconds), its number (uint32), both little
endian, then a JPEG.
"""

import json
import math
import struct
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from hipform.kinematics.points import VISIBLE
from hipform.records import Pose, Rep, SetReport
from hipform.report.rep_line import rep_line
from hipform.report.summary import sentence
from hipform.store.preferences import LONGEST_COUNTDOWN_S, LONGEST_QUIET_S, MOST_REPS

HEAD: Final = struct.Struct("<dI")
# Ours: a JPEG of 1280 x 720 in good quality has 0.2 MB.
MOST_BYTES: Final = 1_000_000
# Ours: no camera has a longer side.
MOST_PX: Final = 8192
_DECIMALS = 4  # a hundredth of a percent of the picture: a tenth of a pixel

Role = Literal["film", "watch"]
Ended = Literal["reps", "quiet", "left", "hand", "stopped", "lost"]
Why = Ended | Literal["again"]  # another set was begun before this one ended


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Hello(_Said):
    """The first word of a page: what it wants to do. `id` names the tab."""

    type: Literal["hello"] = "hello"
    role: Role
    id: Annotated[str, Field(pattern="^[0-9a-f]{16,64}$")]
    take_over: bool = False


class Begin(_Said):
    """Get ready for a set; times in seconds, the camera's own size in pixels. `person`: whose set it is."""

    type: Literal["begin"] = "begin"
    exercise: Annotated[str, Field(max_length=100)] = "auto"
    reps: Annotated[int, Field(ge=1, le=MOST_REPS)] | None = None
    countdown: Annotated[float, Field(ge=0.0, le=LONGEST_COUNTDOWN_S)] = 0.0
    quiet: Annotated[float, Field(gt=0.0, le=LONGEST_QUIET_S)] = 15.0
    keep_video: bool = False
    person: Annotated[int, Field(ge=1)] | None = None
    width: Annotated[int, Field(ge=16, le=MOST_PX)]
    height: Annotated[int, Field(ge=16, le=MOST_PX)]


class End(_Said):
    """End the set now and keep it."""

    type: Literal["end"] = "end"


class Leave(_Said):
    """The page is closed on purpose."""

    type: Literal["leave"] = "leave"


Order = Annotated[Hello | Begin | End | Leave, Field(discriminator="type")]
_ORDERS: Final[TypeAdapter[Hello | Begin | End | Leave]] = TypeAdapter(Order)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a page's camera: `t_s` by the page's clock, `number` counts its pictures."""

    t_s: float
    number: int
    jpeg: bytes


def read_order(text: str) -> Hello | Begin | End | Leave:
    """What a page said. Raises `ValueError` when it is none of these."""
    try:
        return _ORDERS.validate_json(text)
    except ValidationError as error:
        raise ValueError(str(error)) from error


def read_picture(packet: bytes) -> Picture:
    """The picture in a binary message. Raises `ValueError` when it has no head or no true time."""
    if len(packet) <= HEAD.size:
        raise ValueError("a picture has a head of 12 bytes and a content")
    t_s, number = HEAD.unpack_from(packet)
    if not math.isfinite(t_s):
        raise ValueError("a picture has a time")
    return Picture(t_s, number, packet[HEAD.size :])


def write_picture(picture: Picture) -> bytes:
    """The binary message of a picture."""
    return HEAD.pack(picture.t_s, picture.number) + picture.jpeg


def event(kind: str, **content: Any) -> str:
    """A message to the page."""
    return json.dumps({"type": kind, **content}, ensure_ascii=False, separators=(",", ":"))


def welcome(begin: Begin | None, *, resumed: bool) -> str:
    """The answer to a hello; `begin` is that of the set that is going."""
    shown = None if begin is None else begin.model_dump(by_alias=True)
    return event("welcome", state="idle" if begin is None else "live", resumed=resumed, begin=shown)


def over(ending: Ended, set_id: str | None, report: SetReport | None) -> str:
    """The set is over; without a report nothing was kept."""
    reps = [] if report is None else [_rep(rep) for rep in report.reps]
    return event(
        "over",
        ending=ending,
        set=set_id,
        sentence="" if report is None else sentence(report),
        reps=reps,
        notes=[] if report is None else list(report.quality.notes),
    )


def rep_done(rep: Rep, end_s: float) -> str:
    """A rep that was just measured; `end_s` by the page's clock."""
    return event("rep", **_rep(rep), end=known(end_s))


def _rep(rep: Rep) -> dict[str, Any]:
    return {"number": rep.number, "complete": rep.complete, "line": rep_line(rep)}


def points(pose: Pose, size: tuple[int, int]) -> list[list[float] | None]:
    """The 33 landmarks as shares of the picture, None for one that is not trusted."""
    seen = (pose.visibility >= VISIBLE) & np.isfinite(pose.image_px).all(axis=1)
    shares = np.round((pose.image_px + 0.5) / size, _DECIMALS).tolist()
    return [share if trusted else None for share, trusted in zip(shares, seen.tolist(), strict=True)]


def known(value: float | None, decimals: int = 3) -> float | None:
    """The number for JSON, which has no NaN."""
    return None if value is None or not math.isfinite(value) else round(value, decimals)
