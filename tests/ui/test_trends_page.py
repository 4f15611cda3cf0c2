"""The page Trends: what it says, what its address chooses, and what a point opens."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest
from test_pages import texts, visit

from fixtures.invented_set import invented_report, write_set
from fixtures.kept import done, write_kept
from hipform.records import Measure, View
from hipform.store import preferences
from hipform.store.history import SetEntry, open_history
from hipform.ui.chart import clicked_sets

DEPTH = "thigh_to_horizontal_min_deg"
NOW = datetime.now(UTC)


def a_set(depth: float, days_ago: float, side: str = "left") -> SetEntry:
    """Three squats that go this deep, and a partial one that is much shallower."""
    report = invented_report()
    view = View(f"side-{side}", 88.0 if side == "left" else -88.0)
    own = {"side": side, "role": None, "uncertainty": 4.0}
    reps = tuple(
        replace(
            rep,
            view=view,
            measures=rep.measures | {DEPTH: Measure(depth if rep.complete else 60.0, "deg", **own)},
        )
        for rep in report.reps
    )
    when = (NOW - timedelta(days=days_ago)).isoformat()
    return open_history().record(write_kept(done(when, replace(report, reps=reps, view=view))))


def figure(at: AppTest, nth: int = 0) -> dict:
    return json.loads(at.get("plotly_chart")[nth].proto.spec)


def line(at: AppTest, name: str) -> dict:
    return next(one for one in figure(at)["data"] if one["name"] == name)


def test_without_sets_it_says_what_will_be_here() -> None:
    at = visit("trends")
    assert "Nothing to compare yet" in texts(at)
    assert at.page_link[0].value.startswith("Upload a video")


def test_a_change_beyond_the_noise_is_said_first_and_rejected_reps_do_not_count() -> None:
    a_set(20.0, 60)
    late = a_set(8.0, 1)
    preferences.change(targets={"squat": 5.0})
    at = visit("trends")
    assert "12° deeper since" in at.header[0].value.replace("\\", "")
    assert "more than the noise of ±6°" in at.header[0].value.replace("\\", "")
    assert [round(value, 6) for value in line(at, "Left leg")["y"]] == [20.0, 8.0]
    assert line(at, "Your target 5°")["y"] == [5.0, 5.0]
    assert late.id in [link.proto.query_string.removeprefix("set=") for link in at.page_link]
    for number in (1, 2, 3):
        open_history().judge_rep(late.id, number, False)
    assert "one session so far" in at.run().header[0].value


def test_no_clear_change_looks_like_one() -> None:
    a_set(20.0, 60)
    a_set(17.0, 1)
    at = visit("trends")
    assert "no clear change yet" in at.header[0].value
    assert "drag_handle" in at.header[0].value


def test_the_address_chooses_and_what_it_does_not_know_is_as_usual() -> None:
    a_set(20.0, 400)
    a_set(8.0, 1)
    at = visit("trends", exercise="no", measure="knee_flexion_peak_deg", period="all")
    chosen = [at.selectbox(key=f"trends_{name}").value for name in ("exercise", "measure")]
    assert chosen == ["squat", "knee_flexion_peak_deg"]
    assert len(line(at, "Left leg")["x"]) == 2
    at.selectbox(key="trends_measure").select(DEPTH).run()
    at.segmented_control(key="trends_period").set_value("4w").run()
    assert not at.exception
    assert at.query_params["measure"] == DEPTH
    assert at.query_params["period"] == "4w"
    assert len(line(at, "Left leg")["x"]) == 1


def test_a_period_without_sets_offers_all_of_it() -> None:
    a_set(20.0, 60)
    at = visit("trends", period="4w")
    assert "was not measured in any rep that counts in this period" in texts(at)
    next(one for one in at.button if one.label == "Show all of it").click().run()
    assert "one session so far" in at.header[0].value


def test_both_legs_have_a_line_and_the_chosen_one_the_sentence() -> None:
    for days in (30, 2):
        a_set(20.0, days)
        a_set(5.0, days - 0.05, "right")
    at = visit("trends", leg="left")
    assert at.header[0].value.replace("\\", "").endswith("within the noise of ±6°).")
    assert "Left leg" in at.header[0].value
    assert {one["name"] for one in figure(at)["data"]} >= {"Left leg", "Right leg"}
    at.segmented_control(key="trends_leg").set_value("right").run()
    assert "Right leg" in at.header[0].value


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("Within a set", "no set with four reps"),
        ("Tempo", "Way down: no clear change yet"),
        ("Volume", "4 sets, 12 reps"),
        ("Findings", "33% of reps (4 of 12)"),
        ("Left and right", "Left leg 15° shallower than the right one"),
    ],
)
def test_the_parts_below_say_what_they_found(part: str, said: str) -> None:
    for days in (30, 2):
        a_set(20.0, days)
        a_set(5.0, days - 0.05, "right")
    at = AppTest.from_function(open_part)
    at.session_state["trends_part"] = part
    at.run()
    assert not at.exception, at.exception
    assert said in texts(at).replace("\\", "")


def open_part() -> None:
    from hipform.exercises.loader import load_all
    from hipform.ui.screens import trend_parts

    measure = "thigh_to_horizontal_min_deg"
    shown = trend_parts.Shown(1, "squat", load_all()["squat"], measure, None)
    trend_parts.show(shown, trend_parts.counting(shown, measure))


def test_a_click_on_a_point_opens_its_review_and_several_sets_are_offered_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import streamlit as st

    folder = write_set(video=False)
    entry = open_history().record(folder)
    chosen = [{"customdata": f"{entry.id} gone"}]
    monkeypatch.setattr(
        st,
        "plotly_chart",
        lambda *_, **__: SimpleNamespace(selection=SimpleNamespace(points=chosen)),
    )
    at = visit("trends", measure="knee_flexion_peak_deg", period="all")
    offered = [link.proto.query_string for link in at.page_link if "reps" in link.label]
    assert offered == [f"set={entry.id}"]
    assert "There is no such set here" in texts(at)
    at.run()
    assert not [link for link in at.page_link if "reps" in link.label], "a choice is answered once"
    chosen[:] = [{"customdata": entry.id}]
    at.run()
    assert "3 squats" in at.header[0].value


def test_points_without_sets_open_nothing() -> None:
    assert clicked_sets([{"x": 1}, {"customdata": ""}]) == ()
    assert clicked_sets([{"customdata": "a b"}, {"customdata": "b"}]) == ("a", "b")
