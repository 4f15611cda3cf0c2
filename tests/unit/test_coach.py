"""What is shown and said of a live set, moment after moment."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from fixtures.stickman import Figure, Set, pose, recorded_set, squat
from hipform.coach import ENDINGS, HINT_AGAIN_S, HINT_HOLDS_S, Coach
from hipform.exercises.loader import load_all
from hipform.kinematics.view import view_at
from hipform.records import Rep, Update
from hipform.report.rep_line import rep_line
from hipform.session.analyzer import Analyzer
from hipform.session.live_set import LiveRules, LiveSet, Moment

EXERCISES = load_all()
SQUATS = recorded_set(squat, Set(sizes=(1.0, 1.0, 0.3), before_s=3.0), 85.0, 15.0)
FRONT, SIDE = view_at(0.0), view_at(90.0)


class Heard:
    """A coach with open ears."""

    def __init__(self, given: str | None = None) -> None:
        self.told: list[str] = []
        self.said: list[str] = []
        self.coach = Coach(self.told.append, self.said.append, EXERCISES, given)


@pytest.fixture(scope="module")
def whole_set() -> Heard:
    """Two squats and a half one that are done live."""
    heard = Heard()
    live_set = LiveSet(lambda: Analyzer(EXERCISES), LiveRules(quiet_end_s=3.0), 480)
    end_s = SQUATS.t_s[-1]
    still = [pose(Figure(), end_s + i / 15, 85.0) for i in range(1, 100)]
    for p in [*SQUATS, *still]:
        moment = live_set.push(p)
        heard.coach.push(p.t_s, moment)
        if moment.ending:
            break
    return heard


def test_a_set_is_told_from_ready_to_its_end(whole_set: Heard) -> None:
    ready, *reps, end = [line for line in whole_set.told if not line.startswith("  ")][-5:]
    assert ready == "Ready, left side to the camera."
    assert [line[:6] for line in reps] == ["Rep 1:", "Rep 2:", "Rep 3:"]
    assert "±" in reps[0]
    assert "not counted: too shallow" in reps[2]
    assert "set is over" in end


def test_little_is_said_the_count_of_each_rep_and_the_end(whole_set: Heard) -> None:
    assert whole_set.said[:3] == ["Stand still.", "Ready.", "1"]
    assert whole_set.said[-1] == "2 reps. The set is over."
    assert len(whole_set.said) == 5


def test_what_is_shown_follows_the_set(whole_set: Heard) -> None:
    shown = whole_set.coach.shown
    assert (shown.stage, shown.count) == ("over", 2)
    assert shown.hint == ""


def hint(coach: Coach, text: str, start_s: float, end_s: float, remark: str = "") -> None:
    for t in np.arange(start_s, end_s, 0.1):
        coach.push(float(t), Moment("getting ready", hint=text), remark)


def test_a_hint_is_held_back_until_it_is_steady_and_not_repeated_at_once() -> None:
    heard = Heard()
    hint(heard.coach, "one", 0.0, 0.5)
    hint(heard.coach, "two", 0.5, 0.5 + 0.7 * HINT_HOLDS_S)
    assert heard.said == []
    hint(heard.coach, "two", 1.2, 6.0)
    assert heard.said == heard.told == ["two"]
    hint(heard.coach, "two", 6.0, 6.0 + HINT_AGAIN_S)
    assert heard.said == ["two", "two"]
    assert heard.told == ["two"]


def test_what_the_picture_says_goes_before_what_the_body_says() -> None:
    heard = Heard()
    hint(heard.coach, "Stand still.", 0.0, 2.0, remark="It is too dark.")
    assert heard.said == [heard.coach.shown.hint] == ["It is too dark."]
    hint(heard.coach, "Stand still.", 2.0, 4.0)
    assert heard.coach.shown.hint == "Stand still."


def test_a_hint_is_gone_as_soon_as_there_is_none() -> None:
    heard = Heard()
    hint(heard.coach, "Stand still.", 0.0, 2.0)
    heard.coach.push(2.0, Moment("getting ready", ready_in_s=5.0))
    assert heard.coach.shown.hint == ""
    assert heard.told == ["Stand still."]


def finished(number: int = 7, *, cue: str | None = None, complete: bool = True) -> Moment:
    rep = replace(first_rep(), number=number, complete=complete, reason=None if complete else "too shallow")
    return Moment("going", update=Update(1.0, "standing", number, (rep,), cue))


def first_rep() -> Rep:
    return next(reps())


def reps() -> Iterator[Rep]:
    analyzer = Analyzer(EXERCISES)
    for p in SQUATS:
        yield from analyzer.push(p).finished


def test_a_cue_is_shown_said_and_gone_with_the_next_rep() -> None:
    heard = Heard()
    heard.coach.push(1.0, finished(1, cue="Slow down."))
    assert heard.said == ["Slow down."]
    assert heard.coach.shown.cue == "Slow down."
    heard.coach.push(3.0, finished(2))
    assert heard.coach.shown.cue == ""


def test_a_complete_rep_is_counted_aloud_and_no_other() -> None:
    heard = Heard()
    heard.coach.push(1.0, finished(3))
    assert heard.said == ["3"]
    heard.coach.push(4.0, finished(4, complete=False))
    heard.coach.push(4.1, Moment("going", update=Update(1.1, "standing", 4, (), None)))
    assert heard.said == ["3"]


@pytest.mark.parametrize(("count", "said"), [(1, "1 rep. The set is over."), (5, "5 reps. The set is over.")])
def test_with_the_last_rep_only_the_end_is_said(count: int, said: str) -> None:
    heard = Heard()
    heard.coach.push(1.0, replace(finished(count), stage="ended", ending="reps"))
    assert heard.said == [said]


def test_a_raised_hand_is_answered() -> None:
    heard = Heard()
    heard.coach.push(1.0, replace(finished(2), stage="ended", ending="hand"))
    assert heard.told[-1] == ENDINGS["hand"] == "You raised your hand: the set is over."


def count_down(heard: Heard, start_s: float, rate_hz: float = 12.0) -> None:
    for i in range(int(start_s * rate_hz)):
        heard.coach.push(i / rate_hz, Moment("getting ready", ready_in_s=start_s - i / rate_hz))


def test_the_last_seconds_are_counted_down_each_once_and_then_go() -> None:
    heard = Heard()
    count_down(heard, 5.0)
    assert heard.said == ["3", "2", "1"]
    assert heard.coach.shown.ready_in_s == pytest.approx(1 / 12)
    heard.coach.push(5.0, Moment("going", began=True, view=SIDE))
    assert heard.said == ["3", "2", "1", "Go."]
    assert heard.coach.shown.ready_in_s is None


def test_a_countdown_that_was_broken_off_begins_again() -> None:
    heard = Heard()
    heard.coach.push(0.0, Moment("getting ready", ready_in_s=2.9))
    heard.coach.push(1.0, Moment("getting ready", ready_in_s=1.9))
    heard.coach.push(1.1, Moment("getting ready", hint="Stand still."))
    assert heard.coach.shown.ready_in_s is None
    count_down(heard, 3.0)
    assert heard.said == ["3", "2", "3", "2", "1"]


def test_what_this_view_will_not_measure_is_shown_at_once_and_said_once_at_the_start() -> None:
    heard = Heard("squat")
    heard.coach.push(0.0, Moment("getting ready", hint="Stand still.", view=FRONT))
    assert "turn side-on" in heard.coach.shown.advice
    assert heard.coach.shown.view == "seen from the front"
    heard.coach.push(2.0, Moment("going", began=True, view=FRONT))
    assert heard.said == ["Ready. From the front I can't see how deep you go."]
    assert heard.told == ["Ready, seen from the front.", heard.coach.shown.advice]


def test_from_the_side_nothing_but_ready_is_said() -> None:
    heard = Heard("squat")
    heard.coach.push(2.0, Moment("going", began=True, view=SIDE))
    assert heard.said == ["Ready."]
    assert "knees" in heard.coach.shown.advice


def test_a_body_that_is_not_whole_is_given_no_view() -> None:
    heard = Heard("squat")
    heard.coach.push(0.0, Moment("getting ready", hint="Stand still.", view=FRONT))
    heard.coach.push(0.1, Moment("getting ready", hint="Step back."))
    assert (heard.coach.shown.view, heard.coach.shown.advice) == ("", "")


def test_the_time_in_a_phase_begins_anew_with_each() -> None:
    heard = Heard()
    for t_s, phase, phase_s in (
        (1.0, "standing", 0.0),
        (2.5, "standing", 1.5),
        (3.0, "lowering", 0.0),
        (3.4, "lowering", 0.4),
    ):
        heard.coach.push(t_s, Moment("going", update=Update(t_s, phase, 0, (), None)))
        assert heard.coach.shown.phase_s == pytest.approx(phase_s)


def test_a_set_given_up_empty_is_forgotten() -> None:
    heard = Heard()
    heard.coach.push(1.0, finished(3))
    heard.coach.push(2.0, Moment("getting ready", dropped=True))
    assert (heard.coach.shown.stage, heard.coach.shown.count) == ("get ready", 0)
    assert "begins again" in heard.told[-1]


def test_a_rep_in_a_line_names_depth_bend_and_tempo_with_their_uncertainty() -> None:
    first = first_rep()
    assert first.depth is not None
    line = rep_line(first)
    assert line.startswith(f"{first.depth.depth_class} ")
    assert line.count("±") == 3
    for word in ("knee 1", "down 1.", "up 0.", " s"):
        assert word in line
    assert rep_line(replace(first, exercise="hinge", depth=None)).startswith("hip ")
    assert rep_line(replace(first, depth=None, measures={})) == "counted"
