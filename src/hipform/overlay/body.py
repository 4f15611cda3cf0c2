"""The skeleton of trusted joints and the angles beside them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import hypot

import cv2
import numpy as np

from hipform.kinematics.points import VISIBLE
from hipform.kinematics.view import near_side
from hipform.overlay.sprites import DARK, LEFT, RIGHT, WHITE, Colour, Layer, Sprite, ink, rounded, stamp
from hipform.records import Analysis, FloatArray, ImageArray, View
from hipform.skeleton import EDGES, INDEX, LEG_JOINTS, SIDES, Side, landmark, other

TRUNK: Colour = (238, 241, 244)
SIDE_COLOUR: dict[Side, Colour] = {"left": LEFT, "right": RIGHT}
_SUBPIXEL_BITS = 3
_FARTHEST_PX = 16_000.0
_FAR_GREY = 132
_LEG = frozenset(LEG_JOINTS)
_THIN = frozenset({"elbow", "heel", "foot_index"})
# Which signal is written at a joint, and between which neighbours.
_CORNERS = {"knee": ("knee_flexion", "hip", "ankle"), "hip": ("hip_flexion", "shoulder", "knee")}
_ARC_FROM_DEG = 12.0  # a smaller bend has no room for an arc
_LEAST_RING = 4.0  # a smaller joint is a plain dot
# From the side the far leg's knee is worth a label only where it is well apart from the near one: in a lunge.
_APART = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """One person in one picture: `points` (33, 2) in its pixels, NaN where not trusted."""

    points: FloatArray
    view: View
    near: Side | None
    line: int

    def at(self, side: Side, joint: str) -> FloatArray:
        """A joint's place (2,)."""
        return np.asarray(self.points[landmark(side, joint)])

    def forward(self, side: Side, joint: str) -> int:
        """+1 or -1: the picture's direction in which there is room beside this joint.

        Seen from the side that is where the person faces; from the front it is away from the body.
        """
        if self.near:
            return -1 if self.near == "left" else 1
        middle = np.nanmean(self.points[[INDEX["left_hip"], INDEX["right_hip"]], 0])
        return 1 if self.at(side, joint)[0] >= middle else -1


def figure(analysis: Analysis, i: int, scale: float, unit: int) -> Figure:
    """The person at index `i` of the track, in a picture `scale` times the size of the video's."""
    track = analysis.track
    hidden = ~(track.visibility[i] >= VISIBLE)
    points = np.where(hidden[:, None], np.nan, (track.image_px[i] + 0.5) * scale - 0.5)
    view = _view_now(analysis, i)
    return Figure(points, view, near_side(view), _line_width(points, unit))


def _view_now(analysis: Analysis, i: int) -> View:
    """From where the camera sees the person now: the rep's view within a rep, else the set's."""
    number = int(analysis.rep[i])
    views = [rep.view for rep in analysis.report.reps if rep.number == number]
    return views[0] if views else analysis.report.view


def _line_width(points: FloatArray, unit: int) -> int:
    """Thin lines for somebody far away, at most a fifth of the text size."""
    lengths = [_distance(points, side, "hip", "knee") for side in SIDES]
    known = [length for length in lengths if np.isfinite(length)]
    most = max(unit / 5, 3.0)
    return round(min(most, max(1.5, max(known) / 12))) if known else round(most)


def _distance(points: FloatArray, side: Side, a: str, b: str) -> float:
    u, v = points[landmark(side, a)], points[landmark(side, b)]
    return hypot(*(u - v))


def paint_body(image: ImageArray, body: Figure) -> None:
    """Draw the limbs in place, the far side first and fainter; joints that are not trusted are left out."""
    lines = [line for line in _limbs(body) if np.isfinite(body.points[list(line.ends)]).all()]
    for line in lines:
        _line(image, body.points, line.ends, DARK, line.width + 2 * max(1, body.line // 3))
    for line in lines:
        _line(image, body.points, line.ends, line.colour, line.width)
    _joints(image, body)


@dataclass(frozen=True, slots=True)
class _Limb:
    ends: tuple[int, int]
    colour: Colour
    width: int


def _limbs(body: Figure) -> Iterator[_Limb]:
    def rank(edge: tuple[str, str]) -> tuple[bool, bool]:
        side = _side(edge)
        return (side is not None and side == body.near, side is None)

    for edge in sorted(EDGES, key=rank):
        side = _side(edge)
        far = side is not None and body.near is not None and side != body.near
        joints = {name.split("_", 1)[1] for name in edge}
        colour = SIDE_COLOUR[side] if side and joints <= _LEG else TRUNK
        width = max(1, round(body.line * (0.6 if far or joints & _THIN else 1.0)))
        yield _Limb((INDEX[edge[0]], INDEX[edge[1]]), _faded(colour) if far else colour, width)


def _side(edge: tuple[str, str]) -> Side | None:
    sides = {name.split("_", 1)[0] for name in edge}
    return None if len(sides) == 2 else "left" if sides == {"left"} else "right"


def _faded(colour: Colour) -> Colour:
    r, g, b = colour
    return (r + _FAR_GREY) // 2, (g + _FAR_GREY) // 2, (b + _FAR_GREY) // 2


def _line(image: ImageArray, points: FloatArray, ends: tuple[int, int], colour: Colour, width: int) -> None:
    a, b = (_fixed(points[end]) for end in ends)
    cv2.line(image, a, b, colour, width, cv2.LINE_AA, _SUBPIXEL_BITS)


def _fixed(point: FloatArray) -> tuple[int, int]:
    """OpenCV's fixed-point pixels, kept within what it can draw."""
    x, y = point.tolist()
    return _clipped(x), _clipped(y)


def _clipped(value: float) -> int:
    return round(min(max(value, -_FARTHEST_PX), _FARTHEST_PX) * (1 << _SUBPIXEL_BITS))


def _joints(image: ImageArray, body: Figure) -> None:
    for side in (other(body.near), body.near) if body.near else SIDES:
        far = body.near is not None and side != body.near
        for joint in ("shoulder", "hip", "knee", "ankle"):
            point = body.at(side, joint)
            if not np.isfinite(point).all():
                continue
            colour = TRUNK if joint == "shoulder" else SIDE_COLOUR[side]
            radius = body.line * (0.8 if far else 1.25)
            for colour_, r in ((DARK, radius + 1.5), (_faded(colour) if far else colour, radius)):
                _dot(image, point, colour_, r)
            if not far and radius >= _LEAST_RING:
                _dot(image, point, WHITE, radius * 0.5)


def _dot(image: ImageArray, point: FloatArray, colour: Colour, radius: float) -> None:
    size = max(round(radius * (1 << _SUBPIXEL_BITS)), 1)
    cv2.circle(image, _fixed(point), size, colour, -1, cv2.LINE_AA, _SUBPIXEL_BITS)


@dataclass(frozen=True, slots=True, eq=False)
class _Angle:
    """A bend to be shown at `joint`: from the straight continuation of `above` to `below`."""

    text: str
    colour: Colour
    above: FloatArray
    joint: FloatArray
    below: FloatArray
    away: FloatArray  # unit vector: on which side of the joint the words go
    degrees: float


def paint_angles(image: ImageArray, body: Figure, analysis: Analysis, i: int, unit: int) -> None:
    """Write the angles that are known at index `i` beside their joints, the near leg's first.

    An angle is drawn as it is counted: from the straight continuation of the upper segment. A label that
    would cover another one is left out; NaN and hidden joints are not shown.
    """
    taken: list[tuple[int, int, int, int]] = []
    for angle in _angles(body, analysis, i):
        sprite = _tag(angle.text, angle.colour, unit)
        box = _place(image, sprite, angle, body.line)
        if not any(_near(box, other_box, unit // 5) for other_box in taken):
            _arc(image, angle, body.line)
            stamp(image, sprite, box[0], box[1])
            taken.append(box)


def _angles(body: Figure, analysis: Analysis, i: int) -> Iterator[_Angle]:
    for side, joints in _shown(body):
        for joint in joints:
            name, above, below = _CORNERS[joint]
            value = _value(analysis, f"{name}_{side}", i)
            a, b, c = (body.at(side, j) for j in (above, joint, below))
            if np.isfinite(value) and np.isfinite([a, b, c]).all():
                along, forward = (b - a if joint == "knee" else a - b), body.forward(side, joint)
                if joint == "hip" and body.near is None:
                    forward = -forward
                away = _beside(along, forward)
                yield _Angle(_degrees(value), SIDE_COLOUR[side], a, b, c, away, value)
    lean = _trunk(body, analysis, i)
    if lean:
        yield lean


def _shown(body: Figure) -> list[tuple[Side, tuple[str, ...]]]:
    """The joints of each leg that get their angle, the near leg first."""
    both = ("knee", "hip")
    if body.near is None:
        return [(side, both) for side in SIDES]
    far = other(body.near)
    apart = hypot(*(body.at(far, "knee") - body.at(body.near, "knee")))
    thigh = _distance(body.points, body.near, "hip", "knee")
    return [(body.near, both), (far, ("knee",) if apart > _APART * thigh else ())]


def _trunk(body: Figure, analysis: Analysis, i: int) -> _Angle | None:
    value, side = _value(analysis, "trunk_lean", i), body.near
    if not np.isfinite(value) or side is None:
        return None
    shoulder, hip = body.at(side, "shoulder"), body.at(side, "hip")
    middle = 0.25 * hip + 0.75 * shoulder
    if not np.isfinite(middle).all():
        return None
    away = _beside(shoulder - hip, body.forward(side, "hip"))
    return _Angle(f"lean {_degrees(value)}", DARK, middle, middle, middle, away, 0.0)


def _beside(along: FloatArray, forward: int) -> FloatArray:
    """At right angles to a segment: before an upright thigh, behind an upright trunk, above a level one."""
    length = max(hypot(*along), 1e-6)
    return np.array([forward * along[1], -forward * along[0]]) / length


def _degrees(value: float) -> str:
    return f"{value:.0f}°".replace("-0°", "0°").replace("-", "−")


def _value(analysis: Analysis, name: str, i: int) -> float:
    values = analysis.signals.values.get(name)
    return float("nan") if values is None else float(values[i])


def _arc(image: ImageArray, angle: _Angle, line: int) -> None:
    if angle.degrees < _ARC_FROM_DEG:
        return
    straight, limb = angle.joint - angle.above, angle.below - angle.joint
    radius = 0.42 * min(hypot(*straight), hypot(*limb))
    first = np.arctan2(straight[1], straight[0])
    turn = np.arctan2(limb[1], limb[0]) - first
    turn = (turn + np.pi) % (2 * np.pi) - np.pi
    steps = first + turn * np.linspace(0.0, 1.0, 20)
    arc = angle.joint + radius * np.stack([np.cos(steps), np.sin(steps)], axis=1)
    ray = angle.joint + (radius * 1.25 / max(hypot(*straight), 1e-6)) * straight
    fixed = np.round(arc * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    thin = max(1, line // 3)
    for colour, width in ((DARK, thin + 2), (WHITE, thin)):
        cv2.polylines(image, [fixed], False, colour, width, cv2.LINE_AA, _SUBPIXEL_BITS)
        cv2.line(image, _fixed(angle.joint), _fixed(ray), colour, width, cv2.LINE_AA, _SUBPIXEL_BITS)


def _place(image: ImageArray, sprite: Sprite, angle: _Angle, line: int) -> tuple[int, int, int, int]:
    half = np.array([sprite.width, sprite.height]) / 2
    corner = angle.joint + angle.away * (3.5 * line + half) - half
    left, top = (round(float(v)) for v in corner)
    left = min(max(left, 2), image.shape[1] - sprite.width - 2)
    top = min(max(top, 2), image.shape[0] - sprite.height - 2)
    return left, top, left + sprite.width, top + sprite.height


def _near(a: tuple[int, int, int, int], b: tuple[int, int, int, int], gap: int) -> bool:
    """Whether two boxes (left, top, right, bottom) overlap or come closer than `gap`."""
    return a[0] - gap < b[2] and b[0] - gap < a[2] and a[1] - gap < b[3] and b[1] - gap < a[3]


@lru_cache(maxsize=512)
def _tag(text: str, colour: Colour, unit: int) -> Sprite:
    """White words on a coloured pill with a dark rim."""
    letters = ink(text, unit)
    rim, side = max(1, unit // 12), round(unit * 0.36)
    width, height = letters.shape[1] + 2 * side, unit + round(unit * 0.12)
    layer = Layer(width + 2 * rim, height + 2 * rim)
    layer.paint(rounded(width + 2 * rim, height + 2 * rim, unit), 0, 0, DARK, 0.75)
    layer.paint(rounded(width, height, unit), rim, rim, colour, 0.92)
    layer.paint(letters, rim + side, rim + round(unit * 0.06), WHITE)
    return layer.sprite()
