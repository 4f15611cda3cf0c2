"""What quantities, views and faults are called in tables and plots."""

from collections.abc import Mapping
from typing import Final

from hipform.validation.numbers import Band

ANGLE_WORDS: Final[Mapping[str, str]] = {
    "knee": "knee flexion",
    "hip": "hip bend",
    "trunk": "trunk lean",
    "thigh": "thigh to horizontal",
    "shin": "shin lean",
    "all": "all together",
}
BAND_WORDS: Final[Mapping[Band, str]] = {"side": "side", "angle": "at an angle"}
MEASURE_WORDS: Final[Mapping[str, str]] = {
    "knee_flexion_peak_deg": "knee peak",
    "knee_rom_deg": "knee range from standing",
    "hip_flexion_peak_deg": "hip peak",
    "hip_rom_deg": "hip range from standing",
    "thigh_to_horizontal_min_deg": "thigh lowest",
    "shank_lean_peak_deg": "most shin lean",
    "trunk_lean_peak_deg": "most trunk lean",
}
TIME_WORDS: Final[Mapping[str, str]] = {
    "lowering_s": "way down",
    "pause_s": "pause",
    "lifting_s": "way up",
    "start_s": "start of the rep",
    "end_s": "end of the rep",
}
FAULT_WORDS: Final[Mapping[str, str]] = {
    "knee_valgus": "knees falling in (front)",
    "hip_shift": "hips shifted (front)",
    "excess_trunk_lean": "trunk leaning far (side)",
    "heel_lift": "heel lifted (side)",
    "too_much_knee_bend": "knees bent too far for a hinge (side)",
}
