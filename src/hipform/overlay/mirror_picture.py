"""The picture of a live set: turned round as a mirror does, with skeleton and big words that are not."""

from dataclasses import dataclass

import cv2
import numpy as np

from hipform.kinematics.points import VISIBLE
from hipform.kinematics.view import estimate_view, near_side
from hipform.overlay.body import Figure, paint_body
from hipform.overlay.hud import Line, counter_card, lines_card
from hipform.overlay.picture import text_size
from hipform.overlay.sprites import stamp
from hipform.records import ImageArray, Pose, PoseTrack

# A smaller picture is enlarged to this, or its letters would be coarse.
_LEAST_HEIGHT = 720
# Letters against those of the overlay video, which is watched from half a metre: the number is then a fifth
# of the height, and a line of words a twentieth (ours, to be read from three metres).
_LARGER = 2.0
_WORDS_LARGER = 1.3
_LIMB_SHARE = 0.15  # of the height of a line of text: as thick as the overlay video's limbs


@dataclass(frozen=True, slots=True)
class Caption:
    """The words of a picture: a number with a name and the phase beside it, and lines at the bottom."""

    count: int
    name: str
    phase: str
    lines: tuple[Line, ...]


def mirror_picture(image: ImageArray, pose: Pose, caption: Caption) -> ImageArray:
    """A new picture, RGB (height, width, 3), at least 720 high; without a person it has no skeleton."""
    scale = max(1.0, _LEAST_HEIGHT / image.shape[0])
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    canvas = np.array(cv2.flip(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), 1), np.uint8)
    unit, words = (round(larger * text_size(*size)) for larger in (_LARGER, _WORDS_LARGER))
    if pose.found:
        paint_body(canvas, _figure(pose, scale, size[0], unit))
    margin = unit // 2
    stamp(canvas, counter_card(caption.count, 0, caption.name, caption.phase, unit), margin, margin)
    if caption.lines:
        card = lines_card(caption.lines, size[0] - 2 * margin, words)
        stamp(canvas, card, margin, size[1] - margin - card.height)
    return canvas


def _figure(pose: Pose, scale: float, width: int, unit: int) -> Figure:
    """The person in the mirrored picture; left and right stay their own."""
    points = (pose.image_px + 0.5) * scale - 0.5
    points[:, 0] = width - 1 - points[:, 0]
    points[~(pose.visibility >= VISIBLE)] = np.nan
    view = estimate_view(PoseTrack.of([pose]))
    return Figure(points, view, near_side(view), max(3, round(unit * _LIMB_SHARE)))
