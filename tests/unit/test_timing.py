import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipform.capture.timing import Clock, Thinner, stride


def pushed(times: list[float | None], step_s: float = 1 / 30) -> list[float | None]:
    clock = Clock(step_s)
    return [clock.push(t) for t in times]


def test_repeated_and_backward_times_are_dropped() -> None:
    assert pushed([5.0, 5.1, 5.1, 5.05, 5.2]) == [0.0, pytest.approx(0.1), None, None, pytest.approx(0.2)]


def test_a_picture_without_a_time_follows_the_one_before() -> None:
    assert pushed([None, None, 0.1, None], 0.04) == pytest.approx([0.0, 0.04, 0.1, 0.14])


def test_the_end_is_the_last_picture_and_how_long_it_is_shown() -> None:
    clock = Clock(0.04)
    clock.push(0.0)
    assert clock.end_s == pytest.approx(0.04)
    clock.push(0.04, lasts_s=0.5)
    assert clock.end_s == pytest.approx(0.54)


@pytest.mark.parametrize("leap_s", [3600.0, -3600.0, -5.0])
def test_a_leap_of_the_clock_is_bridged(leap_s: float) -> None:
    times = [0.0, 0.1, 0.2 + leap_s, 0.3 + leap_s]

    assert pushed(times, 0.1) == pytest.approx([0.0, 0.1, 0.2, 0.3])


def test_a_pause_of_the_recording_is_kept() -> None:
    assert pushed([0.0, 0.1, 20.0]) == pytest.approx([0.0, 0.1, 20.0])


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=40))
def test_times_grow_strictly_whatever_the_file_says(times: list[float | None]) -> None:
    kept = [t for t in pushed(times) if t is not None]

    assert kept[:1] in ([], [0.0])
    assert (np.diff(kept) > 0).all()


@given(st.floats(15, 240), st.floats(0, 0.001))
def test_what_is_kept_comes_30_to_62_times_a_second_and_evenly(rate_hz: float, wavering_s: float) -> None:
    n = np.arange(int(3 * rate_hz))
    times = n / rate_hz + np.random.default_rng(0).uniform(-wavering_s, wavering_s, len(n)) / 2
    thinner = Thinner(60.0, np.diff(times[:40]))

    kept = np.array([t for t in times if thinner.keep(t)])

    kept_hz = (len(kept) - 1) / (kept[-1] - kept[0])
    assert min(rate_hz, 30.0) * 0.98 <= kept_hz <= 62.0
    assert np.ptp(np.rint(np.diff(kept) * rate_hz)) <= 1


def test_a_dropped_picture_does_not_change_the_rate() -> None:
    steady = [1 / 240] * 20

    assert stride([*steady, 0.1], 60.0) == stride(steady, 60.0) == (4, pytest.approx(1 / 240))


def test_without_intervals_all_are_kept() -> None:
    assert stride([], 60.0)[0] == 1
