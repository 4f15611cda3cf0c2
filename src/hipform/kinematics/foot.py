"""How far a heel is off the floor, from the landmarks of the foot.

A heel can only rise by turning the foot about its toes: it goes up and, at the same time, forward. The tilt
of the foot alone does not tell it: the deeper a squat, the more a flat foot seems to tilt, by up to 12
degrees, but then the heel seems to go backward. Both added up tell lifted heels from flat ones on the
rendered clips and on real feet (docs/accuracy.md).

What a foot on the floor cannot do, its landmarks do when they are guessed: toes that wander off, a foot that
grows or shrinks, a heel that will not stand still. Then nothing is told.
"""

from collections.abc import Mapping

import numpy as np

from hipform.kinematics.geometry import length
from hipform.records import FloatArray
from hipform.skeleton import Side

# In shin lengths. Toes of reps with lifted heels move by up to 0.09; with flat feet that were read as lifted
# by 0.10 to 0.26 where jeans, a caption or the edge of the picture hid them.
TOES_STAY = 0.12
# Share of the foot's own length; feet that are well seen change by up to 0.16.
FOOT_KEEPS_LENGTH = 0.25
# Shin lengths between the 10th and 90th percentile of the heel's place while standing: well seen up to 0.05,
# under jeans 0.07 and more.
HEEL_STANDS_STILL = 0.06


def foot_places(heel: FloatArray, toes: FloatArray, forward: float) -> dict[str, FloatArray]:
    """What `heel_rise_deg` needs of points (N, 2), under names to which the side is added."""
    return {
        "heel_ahead": forward * heel[:, 0],
        "toes_ahead": forward * toes[:, 0],
        "toes_low": toes[:, 1],
        "foot_length": length(heel, toes),
    }


def heel_rise_deg(raw: Mapping[str, FloatArray], standing: Mapping[str, float], side: Side) -> FloatArray:
    """Turn of the foot about its toes since standing, heel up +, (N,); NaN where the foot is not believed.

    `raw` holds `foot_places` and the tilt of the foot, "heel_rise", per side, `standing` their values in
    quiet standing, the length of the shin, and as "heel_spread" how far the heel moved then. Forward travel
    of the heel counts up to the tilt itself: alone it is a step or a moving camera.
    """
    now = {name: raw[f"{name}_{side}"] for name in ("heel_ahead", "toes_ahead", "toes_low", "foot_length")}
    then = {name: standing[f"{name}_{side}"] for name in now}
    shank_px = standing[f"shank_length_{side}"]
    tilt = raw[f"heel_rise_{side}"] - standing[f"heel_rise_{side}"]
    travel = np.degrees((now["heel_ahead"] - then["heel_ahead"]) / then["foot_length"])
    toes = np.hypot(now["toes_ahead"] - then["toes_ahead"], now["toes_low"] - then["toes_low"])
    believed = (
        (toes <= TOES_STAY * shank_px)
        & (np.abs(now["foot_length"] / then["foot_length"] - 1.0) <= FOOT_KEEPS_LENGTH)
        & (standing[f"heel_spread_{side}"] <= HEEL_STANDS_STILL * shank_px)
    )
    return np.where(believed, tilt + np.minimum(travel, np.maximum(tilt, 0.0)), np.nan)
