"""When heels are told to lift: a foot that turns about its toes, and nothing that only looks like it."""

from collections.abc import Callable

import numpy as np
import pytest

from hipform.kinematics.foot import (
    FOOT_KEEPS_LENGTH,
    HEEL_STANDS_STILL,
    TOES_STAY,
    foot_places,
    heel_rise_deg,
)
from hipform.records import FloatArray

FOOT_PX, SHANK_PX = 60.0, 120.0
TOES = np.array([[300.0, 500.0]])
Foot = tuple[FloatArray, FloatArray]


def turned(deg: float, length_px: float = FOOT_PX) -> Foot:
    """Heel and toes of a foot that points to the image's right, its heel turned up about the toes."""
    a = np.radians(deg)
    return TOES - length_px * np.array([[np.cos(a), np.sin(a)]]), TOES


def shifted(foot: Foot, x: float, y: float) -> Foot:
    return foot[0] + [x, y], foot[1] + [x, y]


def rise_deg(foot: Foot, spread_px: float = 0.0, mirrored: bool = False) -> float:
    def places(heel: FloatArray, toes: FloatArray) -> dict[str, FloatArray]:
        forward = 1.0
        if mirrored:
            heel, toes, forward = heel * [-1, 1], toes * [-1, 1], -1.0
        tilt = np.degrees(np.arctan2(toes[:, 1] - heel[:, 1], np.abs(toes[:, 0] - heel[:, 0])))
        named = foot_places(heel, toes, forward) | {"heel_rise": tilt}
        return {f"{name}_left": x for name, x in named.items()}

    standing = {name: float(x[0]) for name, x in places(*turned(0.0)).items()}
    standing |= {"shank_length_left": SHANK_PX, "heel_spread_left": spread_px}
    return float(heel_rise_deg(places(*foot), standing, "left")[0])


def test_a_foot_that_stays_flat_reads_nothing() -> None:
    assert rise_deg(turned(0.0)) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("deg", [8.0, 15.0, 25.0])
def test_a_lifted_heel_reads_its_turn_and_the_way_forward(deg: float, mirrored: bool) -> None:
    forward = np.degrees(1.0 - np.cos(np.radians(deg)))
    assert rise_deg(turned(deg), mirrored=mirrored) == pytest.approx(deg + forward, abs=0.01)


def test_a_foot_that_only_seems_to_tilt_reads_less() -> None:
    """In a deep squat the landmark of a flat heel goes up and back."""
    heel, toes = turned(10.0)
    assert rise_deg((heel - [4.0, 0.0], toes)) < 0.75 * rise_deg(turned(10.0))


def test_a_heel_that_only_goes_forward_reads_nothing() -> None:
    heel, toes = turned(0.0)
    assert rise_deg((heel + np.array([6.0, 0.0]), toes)) == pytest.approx(0.0, abs=1e-6)


def guessed(foot: Foot, spread_px: float = 0.0) -> bool:
    return bool(np.isnan(rise_deg(foot, spread_px)))


LIFTED = turned(15.0)
LIMITS: dict[str, Callable[[float], bool]] = {
    "toes that wander off sideways": lambda x: guessed(shifted(LIFTED, x * TOES_STAY * SHANK_PX, 0.0)),
    "toes that sink": lambda x: guessed(shifted(LIFTED, 0.0, x * TOES_STAY * SHANK_PX)),
    "a foot that grows": lambda x: guessed(turned(15.0, FOOT_PX * (1 + x * FOOT_KEEPS_LENGTH))),
    "a foot that shrinks": lambda x: guessed(turned(15.0, FOOT_PX * (1 - x * FOOT_KEEPS_LENGTH))),
    "a heel that does not stand still": lambda x: guessed(LIFTED, x * HEEL_STANDS_STILL * SHANK_PX),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_foot_that_does_what_no_foot_does_is_not_believed(name: str) -> None:
    assert not LIMITS[name](0.99)
    assert LIMITS[name](1.01)


def test_what_is_not_known_stays_unknown() -> None:
    heel, toes = turned(15.0)
    assert guessed((heel * np.nan, toes))
    assert guessed(LIFTED, float("nan"))
