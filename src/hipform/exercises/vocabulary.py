"""The words an exercise file may use: features, measures, variants, and how a wrong one is answered."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from hipform.kinematics.signals import SIGNALS
from hipform.kinematics.view import MEASURED_OFF_FRONT_DEG

# A rule speaks up to this far off its own view (docs/decisions/0003).
LARGEST_OFF_DEG: Final[Mapping[str, float]] = {"side": 30.0, "front": MEASURED_OFF_FRONT_DEG}

RuleView = Literal["side", "front", "any"]
Level = Literal["A", "B", "C", "D"]
Unit = Literal["deg", "ratio", "s"]

# What one rep's motion can be recognised by, and its unit; `reps.recognise` computes each of them.
FEATURES: Final[Mapping[str, str]] = {
    "legs_symmetry": "(0 = one leg, 1 = both alike)",
    "feet_apart": "leg lengths",
    "feet_moved": "leg lengths",
    "hips_lowered": "leg lengths",
    "knee_share": "(knee bend over hip bend, less the reach of the hands)",
    "trunk_folded": "leg lengths",
}

# The measures of a rep and the view that can give each. The ending of the name tells the unit.
MEASURES: Final[Mapping[str, RuleView]] = {
    "knee_flexion_peak_deg": "side",
    "knee_rom_deg": "side",
    "hip_flexion_peak_deg": "side",
    "hip_rom_deg": "side",
    "trunk_lean_peak_deg": "side",
    "thigh_to_horizontal_min_deg": "side",
    "shank_lean_peak_deg": "side",
    "heel_rise_deg": "side",
    "knee_separation_ratio_min": "front",
    "knee_drift_left": "front",
    "knee_drift_right": "front",
    "hip_shift_ratio": "front",
    "hip_drop_ratio": "any",
    "lowering_s": "any",
    "pause_s": "any",
    "lifting_s": "any",
}
# Signals that tell how deep a rep is while it goes on, and the measure that tells it afterwards.
GAUGED: Final[Mapping[str, str]] = {
    "thigh_to_horizontal": "thigh_to_horizontal_min_deg",
    "knee_flexion": "knee_flexion_peak_deg",
    "hip_flexion": "hip_flexion_peak_deg",
}
# Ways of doing an exercise that a rule may be meant for, or not meant for.
VARIANTS: Final = ("split squat", "side lunge", "deadlift", "RDL", "good morning")


def measure_unit(name: str) -> Unit:
    """The unit of a measure, read off its name."""
    return "deg" if name.endswith("_deg") else "s" if name.endswith("_s") else "ratio"


def _name_from(known: Collection[str], what: str) -> AfterValidator:
    """Accept only these names, and suggest the nearest one to a name that is none of them."""

    def check(name: str) -> str:
        if name in known:
            return name
        near = get_close_matches(name, list(known), n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}"
        raise PydanticCustomError("unknown_name", "{text}", {"text": f"unknown {what} '{name}'; {hint}"})

    return AfterValidator(check)


SignalName = Annotated[str, _name_from(SIGNALS, "signal")]
GaugedSignal = Annotated[str, _name_from(GAUGED, "signal of a gauge")]
MeasureName = Annotated[str, _name_from(MEASURES, "measure")]
FeatureName = Annotated[str, _name_from(FEATURES, "feature")]
VariantName = Annotated[str, _name_from(VARIANTS, "variant")]
RuleId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
NOT_EMPTY: Final = r"\S"
Text = Annotated[str, Field(pattern=NOT_EMPTY)]
Cue = Annotated[Text, Field(max_length=120)]
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(gt=0, lt=1)]
