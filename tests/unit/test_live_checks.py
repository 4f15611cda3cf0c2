"""What is said of the picture itself: too dark, somebody else in it."""

import numpy as np
import pytest

from hipform.live_checks import TOO_DARK, TWO_PEOPLE, PictureChecks, luma
from hipform.records import Frame


class People:
    """So many people at each look."""

    def __init__(self, *counts: int) -> None:
        self.counts = list(counts)
        self.looks_s: list[float] = []

    def count(self, frame: Frame) -> int:
        self.looks_s.append(frame.t_s)
        return self.counts.pop(0) if self.counts else 1


def frame(t_s: float, grey: int = 120) -> Frame:
    return Frame(0, t_s, np.full((48, 64, 3), grey, np.uint8))


def checks(people: People | None = None) -> tuple[PictureChecks, list[str]]:
    notes: list[str] = []
    return PictureChecks(people, notes, with_video=False), notes


@pytest.mark.parametrize(("grey", "remark"), [(33, TOO_DARK), (37, "")])
def test_a_dark_picture_is_told_while_getting_ready(grey, remark):
    made, _ = checks()
    assert made.push(frame(0.0, grey), getting_ready=True) == remark


def test_the_remark_stays_until_the_next_look_and_goes_with_the_cause():
    made, _ = checks()
    assert made.push(frame(0.0, 10), getting_ready=True) == TOO_DARK
    assert made.push(frame(0.5, 200), getting_ready=True) == TOO_DARK
    assert made.push(frame(1.0, 200), getting_ready=True) == ""


def test_two_people_are_told_once_a_second_while_getting_ready():
    people = People(2, 1)
    made, notes = checks(people)
    said = [made.push(frame(t_s), getting_ready=True) for t_s in (0.0, 0.4, 1.0, 1.4)]
    assert said == [TWO_PEOPLE, TWO_PEOPLE, "", ""]
    assert people.looks_s == [0.0, 1.0]
    assert notes == []


def test_during_the_set_nothing_is_said_but_the_report_gets_a_note():
    people = People(1, 2, 1)
    made, notes = checks(people)
    made.push(frame(0.0), getting_ready=True)
    said = {made.push(frame(t_s), getting_ready=False) for t_s in np.arange(1.0, 12.0, 0.1)}
    assert said == {""}
    assert people.looks_s == pytest.approx([0.0, 1.0, 6.0, 11.0])
    assert notes == [
        "More than one person is in the picture (33% of the time). One of them was followed: film again with "
        "nobody else in view."
    ]


def test_a_glimpse_of_a_passer_by_is_no_note():
    made, notes = checks(People(*[1] * 10, 2, *[1] * 10))
    for t_s in np.arange(0.0, 105.0, 5.0):
        made.push(frame(t_s), getting_ready=False)
    assert notes == []


def test_brightness_follows_the_eye():
    red, green, blue = (np.zeros((16, 16, 3), np.uint8) for _ in range(3))
    red[..., 0], green[..., 1], blue[..., 2] = 200, 200, 200
    assert luma(blue) < luma(red) < luma(green)
