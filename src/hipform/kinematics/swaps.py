"""Exchanged legs, put right.

Seen from the side the pose model sometimes takes one leg for the other for a while, within one or two
frames and with full confidence. Legs do not jump, so of the two ways to name the legs in each frame the
path is taken that moves them least over the whole stretch. As given is a little cheaper than exchanged:
where both legs are in the same place nothing is changed.
"""

import numpy as np

from hipform.kinematics.sides import leg_lengths
from hipform.records import BoolArray, FloatArray, PoseTrack
from hipform.skeleton import LEG_JOINTS, SIDES, Side, landmark

# What exchanged legs cost, in leg lengths a second. A jump of both feet across a split stance costs 2 or
# more, so an exchange of up to some three seconds is put right, and a longer one is taken for the truth: then
# the legs had been named wrongly before. Ours; the longest exchange on the recorded clips lasts 1.3 s.
EXCHANGED_COST_PER_S = 0.6
MOVED_JOINTS = ("knee", "ankle", "foot_index")
_LEFT = [landmark("left", joint) for joint in LEG_JOINTS]
_RIGHT = [landmark("right", joint) for joint in LEG_JOINTS]


def exchanged_legs(track: PoseTrack) -> BoolArray:
    """Mask (N,) of the poses in which left and right leg are exchanged; a missing pose is never marked."""
    exchanged = np.zeros(len(track), dtype=bool)
    known = np.flatnonzero(np.isfinite(track.image_px[:, 0, 0]))
    if len(known) < 2:
        return exchanged
    points = track.image_px[known]
    legs = np.stack([_moved(points, side) for side in SIDES], axis=1)
    exchanged[known] = _cheapest_path(legs / _leg_px(points), np.diff(track.t_s[known]))
    return exchanged


def with_legs_put_right(track: PoseTrack) -> PoseTrack:
    """The track with exchanged legs changed back, hips included."""
    mask = exchanged_legs(track)
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
    return max(float(np.median(leg_lengths(points)[:, 0])), 1.0)


def _travel(before: FloatArray, after: FloatArray) -> FloatArray:
    """How far the joints of both legs moved, (n,), in leg lengths."""
    return np.asarray(np.linalg.norm(after - before, axis=-1).mean(axis=-1).sum(axis=-1))


def _cheapest_path(legs: FloatArray, steps_s: FloatArray) -> BoolArray:
    """Dynamic programme over two states, as given and exchanged; `legs` (n, 2, joints, 2)."""
    stay = _travel(legs[:-1], legs[1:])
    change = _travel(legs[:-1], legs[1:, ::-1])
    cost = np.array([0.0, EXCHANGED_COST_PER_S * float(np.median(steps_s))])
    came_from = np.zeros((len(legs), 2), dtype=int)
    for i in range(1, len(legs)):
        step = np.array([[stay[i - 1], change[i - 1]], [change[i - 1], stay[i - 1]]])
        total = cost[:, None] + step
        came_from[i] = total.argmin(axis=0)
        cost = total.min(axis=0) + np.array([0.0, EXCHANGED_COST_PER_S * steps_s[i - 1]])
    path = np.zeros(len(legs), dtype=bool)
    state = int(cost.argmin())
    for i in range(len(legs) - 1, -1, -1):
        path[i] = bool(state)
        state = int(came_from[i, state])
    return path
