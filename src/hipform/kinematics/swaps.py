"""Exchanged legs, put right.

Seen from the side the pose model sometimes takes one leg for the other for a while, within one or two
frames and with full confidence. Legs do not jump, so of the two ways to name the legs in each frame the
path is taken that moves them least over the whole stretch. As given is a little cheaper than exchanged:
where both legs are in the same place nothing is changed.
"""

import numpy as np

from hipform.records import BoolArray, FloatArray, PoseTrack
from hipform.skeleton import LEG_JOINTS, SIDES, Side, landmark

# What an exchanged frame costs, in leg lengths. A jump of both feet across a split stance costs 2 or more,
# so an exchange of up to some three seconds at 30 frames a second is put right, and a longer one is taken
# for the truth: then the legs had been named wrongly before.
EXCHANGED_COST = 0.02
MOVED_JOINTS = ("knee", "ankle", "foot_index")
_LEFT = [landmark("left", joint) for joint in LEG_JOINTS]
_RIGHT = [landmark("right", joint) for joint in LEG_JOINTS]


def exchanged_legs(image_px: FloatArray) -> BoolArray:
    """Mask (N,) of the frames of `image_px` (N, 33, 2) in which left and right leg are exchanged.

    Frames without a pose (NaN) are never marked, and break the path.
    """
    exchanged = np.zeros(len(image_px), dtype=bool)
    known = np.flatnonzero(np.isfinite(image_px[:, 0, 0]))
    if len(known) < 2:
        return exchanged
    legs = np.stack([_moved(image_px[known], side) for side in SIDES], axis=1)
    leg_px = _leg_px(image_px[known])
    exchanged[known] = _cheapest_path(legs / leg_px)
    return exchanged


def with_legs_put_right(track: PoseTrack) -> PoseTrack:
    """The track with exchanged legs changed back, hips included."""
    mask = exchanged_legs(track.image_px)
    if not mask.any():
        return track
    arrays = (_changed_back(x, mask) for x in (track.image_px, track.world_m, track.visibility))
    return PoseTrack(track.t_s, *arrays)


def _changed_back(x: FloatArray, mask: BoolArray) -> FloatArray:
    fixed = x.copy()
    frames = np.flatnonzero(mask)[:, None]
    fixed[frames, _LEFT] = x[frames, _RIGHT]
    fixed[frames, _RIGHT] = x[frames, _LEFT]
    return fixed


def _moved(points: FloatArray, side: Side) -> FloatArray:
    return points[:, [landmark(side, joint) for joint in MOVED_JOINTS]]


def _leg_px(points: FloatArray) -> float:
    thigh = points[:, landmark("left", "hip")] - points[:, landmark("left", "knee")]
    shank = points[:, landmark("left", "knee")] - points[:, landmark("left", "ankle")]
    lengths = np.linalg.norm(thigh, axis=-1) + np.linalg.norm(shank, axis=-1)
    return max(float(np.median(lengths)), 1.0)


def _travel(before: FloatArray, after: FloatArray) -> FloatArray:
    """How far the joints of both legs moved, (n,), in leg lengths."""
    return np.asarray(np.linalg.norm(after - before, axis=-1).mean(axis=-1).sum(axis=-1))


def _cheapest_path(legs: FloatArray) -> BoolArray:
    """Dynamic programme over two states, as given and exchanged; `legs` (n, 2, joints, 2)."""
    stay = _travel(legs[:-1], legs[1:])
    change = _travel(legs[:-1], legs[1:, ::-1])
    cost = np.array([0.0, EXCHANGED_COST])
    came_from = np.zeros((len(legs), 2), dtype=int)
    for i in range(1, len(legs)):
        step = np.array([[stay[i - 1], change[i - 1]], [change[i - 1], stay[i - 1]]])
        total = cost[:, None] + step
        came_from[i] = total.argmin(axis=0)
        cost = total.min(axis=0) + np.array([0.0, EXCHANGED_COST])
    path = np.zeros(len(legs), dtype=bool)
    state = int(cost.argmin())
    for i in range(len(legs) - 1, -1, -1):
        path[i] = bool(state)
        state = int(came_from[i, state])
    return path
