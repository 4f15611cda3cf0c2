"""The body as the pose model names it: 33 landmarks, their order, the lines between them.

The order is BlazePose's. Left and right are the person's own.
"""

from typing import Final, Literal

Side = Literal["left", "right"]
SIDES: Final[tuple[Side, Side]] = ("left", "right")

LANDMARKS: Final = (
    "nose",
    "left_eye_inner",
    "left_eye",
    "left_eye_outer",
    "right_eye_inner",
    "right_eye",
    "right_eye_outer",
    "left_ear",
    "right_ear",
    "mouth_left",
    "mouth_right",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_pinky",
    "right_pinky",
    "left_index",
    "right_index",
    "left_thumb",
    "right_thumb",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "left_heel",
    "right_heel",
    "left_foot_index",
    "right_foot_index",
)
INDEX: Final = {name: i for i, name in enumerate(LANDMARKS)}

LEG_JOINTS: Final = ("hip", "knee", "ankle", "heel", "foot_index")

# The lines that are drawn: head and fingers are left out, they say nothing about hips and knees.
EDGES: Final = (
    ("left_shoulder", "right_shoulder"),
    ("left_hip", "right_hip"),
    *(
        (f"{side}_{a}", f"{side}_{b}")
        for side in SIDES
        for a, b in (
            ("shoulder", "elbow"),
            ("elbow", "wrist"),
            ("shoulder", "hip"),
            ("hip", "knee"),
            ("knee", "ankle"),
            ("ankle", "heel"),
            ("heel", "foot_index"),
            ("ankle", "foot_index"),
        )
    ),
)


def other(side: Side) -> Side:
    """The opposite side of the body."""
    return "right" if side == "left" else "left"


def landmark(side: Side, joint: str) -> int:
    """Index of a joint's landmark, for example `landmark("left", "knee")` = 25."""
    return INDEX[f"{side}_{joint}"]


def mirrored_order() -> list[int]:
    """For each landmark the index of its partner on the other side (itself on the midline)."""

    def partner(name: str) -> str:
        if "left" in name:
            return name.replace("left", "right")
        return name.replace("right", "left")

    return [INDEX[partner(name)] for name in LANDMARKS]
