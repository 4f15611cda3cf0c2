"""Remarks for the user about what the poses of a recording show: nobody, cut off, too small, too few."""

from collections.abc import Sequence

import numpy as np

from hipform.kinematics.cuts import CutWatcher
from hipform.kinematics.points import VISIBLE
from hipform.records import BoolArray, PoseTrack, Rep, Source
from hipform.skeleton import INDEX, SIDES, landmark

# Shares of the recording and of the picture from which on a remark is worth reading (ours).
MOSTLY_FOUND = 0.9
OFTEN_HIDDEN = 0.3
SMALL_SHARE = 0.25


def remarks(track: PoseTrack, reps: Sequence[Rep], source: Source) -> list[str]:
    """What stood in the way of measuring, each with what to change; empty when nothing did."""
    found = np.isfinite(track.image_px[:, 0, 0])
    if not found.any():
        return [
            "Nobody was found in this recording. Film the whole body, in good light, two to four metres "
            "from the camera."
        ]
    notes = []
    if found.mean() < MOSTLY_FOUND:
        notes.append(f"You were found in {found.mean():.0%} of the recording only; the rest is not measured.")
    notes += _hidden(track, found, source) + _small(track, found, source) + _cuts(track)
    if not reps:
        notes.append("No squat, lunge or hip hinge was seen that goes down and comes back up.")
    return notes


def _share_outside(track: PoseTrack, found: BoolArray, joints: Sequence[int], source: Source) -> float:
    x, y = np.moveaxis(track.image_px[found][:, list(joints)], -1, 0)
    outside = (x < 0) | (y < 0) | (x > source.width) | (y > source.height)
    hidden = outside | ~(track.visibility[found][:, list(joints)] >= VISIBLE)
    return float(hidden.all(axis=1).mean())


def _hidden(track: PoseTrack, found: BoolArray, source: Source) -> list[str]:
    notes = []
    feet = [landmark(side, joint) for side in SIDES for joint in ("ankle", "heel", "foot_index")]
    if (share := _share_outside(track, found, feet, source)) > OFTEN_HIDDEN:
        notes.append(
            f"Your feet could not be seen for {share:.0%} of the time: step back or tilt the camera down."
        )
    head = [INDEX["nose"], INDEX["left_ear"], INDEX["right_ear"]]
    if (share := _share_outside(track, found, head, source)) > OFTEN_HIDDEN:
        notes.append(
            f"Your head could not be seen for {share:.0%} of the time: step back or tilt the camera up."
        )
    return notes


def _cuts(track: PoseTrack) -> list[str]:
    watcher = CutWatcher()
    times_s = [pose.t_s for pose in track if watcher.push(pose)]
    if not times_s:
        return []
    return [
        f"The picture jumps at {times_s[0]:.1f} s, and {len(times_s)} times in all: a rep that was under way "
        "is not counted."
        if len(times_s) > 1
        else f"The picture jumps at {times_s[0]:.1f} s: a rep that was under way there is not counted."
    ]


def _small(track: PoseTrack, found: BoolArray, source: Source) -> list[str]:
    y = track.image_px[found][..., 1]
    share = float(np.median(np.ptp(y, axis=1))) / source.height
    if share >= SMALL_SHARE:
        return []
    return [f"You fill only {share:.0%} of the picture's height: come closer for steadier numbers."]
