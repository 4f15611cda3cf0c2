"""Which exercise a finished movement was, told from the motion itself.

A few features of the movement, each the same from every camera view, are held against the `[[recognise]]`
conditions of every exercise file. A condition gives 1 inside its limits and falls to 0 over its soft width;
an exercise scores as its worst condition. A movement that no exercise claims well enough is none of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from hipform.exercises.definition import Condition, Exercise
from hipform.kinematics.bend import DROP_TO_DEG, world_flexions_deg
from hipform.kinematics.geometry import flexion_deg
from hipform.kinematics.sides import leg_lengths, middle
from hipform.kinematics.view import (
    LABEL_HALF_WIDTH_DEG,
    estimate_view,
    near_side,
    off_front_deg,
    off_side_deg,
)
from hipform.records import FloatArray, PoseTrack, RepSpan
from hipform.skeleton import SIDES, Side, landmark

# Below this no exercise is named. On the labelled and rendered clips every true rep scores at least 0.5,
# and knee raises, jumping jacks, a punch and desk work at most 0.02 (tests/golden).
LEAST_SCORE = 0.3
# What was cut off by the end of the recording could still become sitting down or walking away, and what was
# small could be anything: shallow rendered reps score at least 0.68, steps up to 0.33.
LEAST_SCORE_CUT_OFF = 0.6
LEAST_SCORE_PARTIAL = 0.45
# Ours: it decides only between exercises that fit nearly alike, as in partial squats seen at an angle.
USUAL_BONUS = 0.15
# What is taken as the bottom (to either side of it), as standing (before the start), and, where the start was
# not seen, as standing again (before the end). Medians over a few frames; ours.
BOTTOM_S = 0.1
BEFORE_S = (0.5, 0.15)
RETURN_S = 0.12
# Arms that hang below the hips at the bottom tell a lift from the floor from a squat that leans as far.
REACH_WEIGHT = 2.0
LONGEST_REACH = 0.5
# Sides that differ by less are alike, however little they bend: in jumping jacks no knee bends at all. In the
# shallowest labelled lunge one knee bends by 27 more than the other (ours).
ALIKE_WITHIN_DEG = 8.0
# Hips bent more unlike than this tell the front leg; feet apart mostly along the line of the hips, seen from
# within this angle of the front, a side lunge; feet that moved by less, in leg lengths, a split squat. Ours:
# of 40 reps of labelled lunges 37 are told right, and 3 forward lunges without a rest between are not.
FRONT_LEG_DEG = 8.0
SIDE_LUNGE_SHARE = 0.75
SIDEWAYS_SEEN_DEG = 45.0
MOVED_FEET = 0.3
# Hands less than this far below the shoulders, in leg lengths, hold something on the back (ours).
HANDS_AT_SHOULDERS = 0.25
# Hands less than this far above the ankles, in leg lengths, reach what lies on the floor: a bar on its plates
# is 0.17 above them, hands at mid-shin 0.25 (ours).
HANDS_NEAR_FLOOR = 0.3
# How high the hips stand over the ankles, in leg lengths. Standing, split stances too, reads 0.76 and more on
# the labelled clips; a push-up or plank, which lowers the hips as a squat does, is below 0.45.
LEAST_UPRIGHT = 0.6
# Sitting on a chair: still down with the body's weight behind the feet, which nobody can hold without a seat.
# In the side and oblique views of the labelled and rendered clips the weight at the bottom of a squat lies
# 0.03 leg lengths behind the ankles at most where the feet are well seen (0.23 where they are not), and 0.24
# behind for somebody at a desk. From the front it cannot be told, as depth is guessed there. The time is
# ours: longer than a pause in a squat, which lasts one to three seconds.
SITTING_BEHIND = 0.15
LONG_HOLD_S = 3.0
WEIGHT_SEEN_OFF_FRONT_DEG = 45.0
# As bent as at the bottom, give or take what somebody who sits and talks moves the knees (ours).
HELD_WITHIN_DEG = 15.0
# Shares of the body's weight, and where between two joints their centre lies (de Leva 1996, rounded): (from,
# to, how far, share).
WEIGHTS: tuple[tuple[str, str, float, float], ...] = (
    ("hip", "shoulder", 0.55, 0.43),
    ("shoulder", "ear", 1.0, 0.07),
    ("shoulder", "wrist", 0.5, 0.10),
    ("hip", "knee", 0.4, 0.28),
    ("knee", "ankle", 0.45, 0.12),
)
# Lifts from the floor on the labelled clips bend the knees by 75 to 94 degrees, hinges that are meant to
# keep them soft, but do not, by up to 65.
FLOOR_LIFT_KNEE_DEG = 70.0


@dataclass(frozen=True, slots=True)
class Motion:
    """What one movement did. `features` by name; the rest tells variants apart.

    `hip_bend_deg` (2,): left and right at the bottom. `knee_bend_deg`: mean rise from standing.
    `near_leg_deg`: rise of knee and hip flexion of the near leg as a side view shows it, else NaN. `held_s`:
    time spent about as bent as at the bottom. `weight_ahead`: the body's weight in front of the ankles at the
    bottom, in leg lengths, NaN where the view does not show it. `over_foot`: the foot nearer to being below
    the hips in the picture.
    """

    features: Mapping[str, float]
    hip_bend_deg: FloatArray
    knee_bend_deg: float
    near_leg_deg: Mapping[str, float]
    hands_above_shoulders: float
    hands_above_feet: float
    feet_sideways_share: float
    over_foot: Side
    off_front_deg: float
    held_s: float
    weight_ahead: float


def describe_motion(track: PoseTrack, span: RepSpan) -> Motion | None:
    """Features of the movement `span` in `track`; None when its bottom was not seen, or no standing."""
    bottom = _seen(track, span.turn_s - BOTTOM_S, span.turn_s + BOTTOM_S)
    standing = _standing_part(track, span)
    if bottom is None or standing is None or _upright(standing) < LEAST_UPRIGHT:
        return None
    knee, hip = (
        _median(b) - _median(s)
        for b, s in zip(world_flexions_deg(bottom.world_m), world_flexions_deg(standing.world_m), strict=True)
    )
    lengths = _Lengths(bottom, standing)
    knee_or_drop = max(float(knee.mean()), DROP_TO_DEG * lengths.dropped)
    features = {
        "legs_symmetry": min(_symmetry(knee), _symmetry(hip)),
        "feet_apart": lengths.feet_apart,
        "feet_moved": abs(lengths.feet_apart - lengths.feet_apart_standing),
        "hips_lowered": lengths.hips_lowered,
        "knee_share": knee_or_drop / max(float(hip.mean()), 1.0) - REACH_WEIGHT * lengths.reach,
        "trunk_folded": lengths.folded,
    }
    return Motion(
        features,
        _median(world_flexions_deg(bottom.world_m)[1]),
        float(knee.mean()),
        _near_leg_rise_deg(bottom, standing),
        lengths.hands_above_shoulders,
        lengths.hands_above_feet,
        _feet_sideways_share(bottom),
        _over_foot(bottom),
        off_front_deg(estimate_view(bottom)),
        _held_s(track, span, bottom),
        _weight_ahead(bottom),
    )


def score(features: Mapping[str, float], conditions: Iterable[Condition]) -> float:
    """How well the features fit: 0..1, the worst of the conditions."""
    return min((_fit(features[c.feature], c) for c in conditions), default=0.0)


def recognise(
    motion: Motion, exercises: Mapping[str, Exercise], usual: str | None = None
) -> tuple[str | None, float]:
    """The best fitting exercise's id and its score; None when none fits.

    `usual` is the exercise of the rep before: people do several of the same, so it wins near ties.
    """
    scores = {name: score(motion.features, e.recognise) for name, e in exercises.items()}
    best = max(scores, key=lambda name: scores[name] + (USUAL_BONUS if name == usual else 0.0))
    return (best, scores[best]) if scores[best] >= LEAST_SCORE else (None, scores[best])


def reaches_the_floor(motion: Motion) -> bool:
    """Whether the hands went down to where things lie on the floor."""
    return motion.hands_above_feet < HANDS_NEAR_FLOOR


def is_sitting(motion: Motion) -> bool:
    """Whether what looks like a squat was a rest on a chair."""
    return motion.held_s > LONG_HOLD_S and motion.weight_ahead < -SITTING_BEHIND


def may_be_sitting(motion: Motion) -> bool:
    """Whether it was long enough for a rest, and the view does not show where the weight was."""
    return motion.held_s > LONG_HOLD_S and not np.isfinite(motion.weight_ahead)


def lead_side(motion: Motion) -> Side | None:
    """The front leg of a lunge: the one whose hip is bent more; None when both are alike.

    In a side lunge that is seen from the front it is the one that the hips move over.
    """
    if variant(motion, "lunge") == "side lunge":
        return motion.over_foot
    left, right = motion.hip_bend_deg
    if abs(left - right) < FRONT_LEG_DEG:
        return None
    return "left" if left > right else "right"


def variant(motion: Motion, exercise: str) -> str | None:
    """The way of doing the exercise, where the motion tells it surely; None otherwise."""
    if exercise == "lunge":
        if motion.feet_sideways_share > SIDE_LUNGE_SHARE:
            # From the side the model guesses where the far foot is sideways.
            return "side lunge" if motion.off_front_deg <= SIDEWAYS_SEEN_DEG else None
        return "split squat" if motion.features["feet_moved"] < MOVED_FEET else None
    if exercise == "hinge":
        if motion.hands_above_shoulders > -HANDS_AT_SHOULDERS:
            return "good morning"
        return "deadlift" if motion.knee_bend_deg > FLOOR_LIFT_KNEE_DEG else "RDL"
    return None


def _near_leg_rise_deg(bottom: PoseTrack, standing: PoseTrack) -> dict[str, float]:
    view = estimate_view(bottom)
    near = near_side(view)
    if near is None or off_side_deg(view) > LABEL_HALF_WIDTH_DEG:
        return {"knee_flexion": float("nan"), "hip_flexion": float("nan")}

    def bend(part: PoseTrack, joints: tuple[str, str, str]) -> float:
        a, b, c = (part.image_px[:, landmark(near, joint)] for joint in joints)
        return float(np.median(flexion_deg(a, b, c)))

    chains = {"knee_flexion": ("hip", "knee", "ankle"), "hip_flexion": ("shoulder", "hip", "knee")}
    return {name: bend(bottom, joints) - bend(standing, joints) for name, joints in chains.items()}


def _held_s(track: PoseTrack, span: RepSpan, bottom: PoseTrack) -> float:
    start_s, end_s = (t if np.isfinite(t) else inf for t, inf in ((span.start_s, 0.0), (span.end_s, np.inf)))
    part = _seen(track, start_s, end_s)
    if part is None or len(part) < 2:
        return 0.0
    least_deg = float(_median(world_flexions_deg(bottom.world_m)[0]).mean()) - HELD_WITHIN_DEG
    bent = world_flexions_deg(part.world_m)[0].mean(axis=-1) >= least_deg
    return float(np.diff(part.t_s)[bent[1:]].sum())


def _weight_ahead(bottom: PoseTrack) -> float:
    if off_front_deg(estimate_view(bottom)) < WEIGHT_SEEN_OFF_FRONT_DEG:
        return float("nan")
    at = {
        j: middle(bottom.world_m, j)
        for j in ("ear", "shoulder", "wrist", "hip", "knee", "ankle", "heel", "foot_index")
    }
    weight = sum(share * (at[a] + far * (at[b] - at[a])) for a, b, far, share in WEIGHTS)
    forward = (at["foot_index"] - at["heel"]) * np.array([1.0, 0.0, 1.0])
    forward /= np.linalg.norm(forward, axis=-1, keepdims=True)
    ahead = ((weight - at["ankle"]) * forward).sum(-1)
    return float(np.median(ahead)) / _leg(bottom.world_m)


def _seen(track: PoseTrack, start_s: float, end_s: float) -> PoseTrack | None:
    part = track.between(start_s, end_s)
    known = np.isfinite(part.image_px[:, 0, 0])
    if not known.any():
        return None
    return PoseTrack(part.t_s[known], part.image_px[known], part.world_m[known], part.visibility[known])


def _standing_part(track: PoseTrack, span: RepSpan) -> PoseTrack | None:
    before = None
    if np.isfinite(span.start_s):
        before = _seen(track, span.start_s - BEFORE_S[0], span.start_s - BEFORE_S[1])
    if before is not None or not np.isfinite(span.end_s):
        return before
    return _seen(track, span.end_s - RETURN_S, span.end_s + 1e-6)


def _median(x: FloatArray) -> FloatArray:
    return np.asarray(np.median(x, axis=0))


def _symmetry(rise_deg: FloatArray) -> float:
    """The smaller side's rise over the larger one's, 0..1; 1 where they hardly differ."""
    if np.ptp(rise_deg) < ALIKE_WITHIN_DEG:
        return 1.0
    return float(max(rise_deg.min(), 0.0) / rise_deg.max())


def _fit(value: float, condition: Condition) -> float:
    low = -np.inf if condition.min is None else condition.min
    high = np.inf if condition.max is None else condition.max
    outside = max(low - value, value - high, 0.0)
    return float(max(0.0, 1.0 - outside / condition.soft))


def _image_height(part: PoseTrack, joint: str) -> FloatArray:
    return middle(part.image_px, joint)[:, 1]


def _ankle_height(part: PoseTrack, side: Side) -> float:
    return float(np.median(part.image_px[:, landmark(side, "ankle"), 1]))


def _leg(points: FloatArray) -> float:
    """Thigh plus shin, mean of both legs, median over time; (N, 33, 2 or 3)."""
    return float(np.median(leg_lengths(points).mean(axis=-1)))


def _upright(part: PoseTrack) -> float:
    """Height of the hips over the ankles in leg lengths, about 1 when standing, whatever the view."""
    hips, ankles = (
        np.mean([part.world_m[:, landmark(s, joint), 1] for s in SIDES], axis=0) for joint in ("hip", "ankle")
    )
    return float(np.median(ankles - hips)) / _leg(part.world_m)


def _feet_apart(part: PoseTrack) -> float:
    apart = part.world_m[:, landmark("left", "ankle")] - part.world_m[:, landmark("right", "ankle")]
    return float(np.median(np.linalg.norm(apart, axis=-1))) / _leg(part.world_m)


def _feet_sideways_share(part: PoseTrack) -> float:
    """How much of the distance between the feet is along the line of the hips, 0..1."""
    feet, hips = (
        part.world_m[:, landmark("left", j)] - part.world_m[:, landmark("right", j)] for j in ("ankle", "hip")
    )
    along = np.abs((feet * hips).sum(-1)) / np.linalg.norm(hips, axis=-1) / np.linalg.norm(feet, axis=-1)
    return float(np.median(along))


def _over_foot(part: PoseTrack) -> Side:
    hips = middle(part.image_px, "hip")[:, 0]
    off = {s: float(np.median(np.abs(part.image_px[:, landmark(s, "ankle"), 0] - hips))) for s in SIDES}
    return min(SIDES, key=lambda s: off[s])


class _Lengths:
    """Distances between standing and bottom, in leg lengths as they look when standing.

    How far the hips came down is taken against either ankle, so that a moving camera does not count, and
    the smaller one is taken: a raised knee brings one ankle up to the hips and leaves the other.
    """

    def __init__(self, bottom: PoseTrack, standing: PoseTrack) -> None:
        leg_px = _leg(standing.image_px)
        at = {
            (joint, when): float(np.median(_image_height(part, joint))) / leg_px
            for joint in ("shoulder", "hip", "wrist")
            for when, part in (("bottom", bottom), ("standing", standing))
        }
        feet = [_ankle_height(bottom, side) - _ankle_height(standing, side) for side in SIDES]
        down = at["hip", "bottom"] - at["hip", "standing"]
        self.hips_lowered = down - max(feet) / leg_px
        self.dropped = down - sum(feet) / len(feet) / leg_px
        self.folded = (at["hip", "standing"] - at["shoulder", "standing"]) - (
            at["hip", "bottom"] - at["shoulder", "bottom"]
        )
        self.reach = float(np.clip(at["wrist", "bottom"] - at["hip", "bottom"], 0.0, LONGEST_REACH))
        self.hands_above_shoulders = at["shoulder", "bottom"] - at["wrist", "bottom"]
        ankles = sum(_ankle_height(bottom, side) for side in SIDES) / len(SIDES) / leg_px
        self.hands_above_feet = ankles - at["wrist", "bottom"]
        self.feet_apart = _feet_apart(bottom)
        self.feet_apart_standing = _feet_apart(standing)
