"""Trends as pictures: what is drawn where, what is joined, and what a point opens."""

from datetime import UTC, date, datetime, timedelta

import plotly.graph_objects as go
import pytest

from hipform.report import trend_chart, trends
from hipform.report.set_trends import FindingShare, LeftRight, Leg, Pair, SetFade, Volume
from hipform.report.trends import Session

DEPTH = "thigh_to_horizontal_min_deg"
MDC = trends.published()[DEPTH].mdc95
DAY = datetime(2026, 5, 1, 18, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


def session(
    value: float, at: datetime = DAY, set_ids: tuple[str, ...] = ("a",), azimuth: float = 90.0
) -> Session:
    return Session(at, value, value - 1, value + 2, 5, set_ids, azimuth, None, "1")


def named(figure: trend_chart.Figure, name: str) -> trend_chart.Figure:
    return next(one for one in figure["data"] if one.get("name") == name)


def drawn(figure: trend_chart.Figure) -> None:
    """Plotly knows every word of it."""
    go.Figure(figure)


LEFT = Leg(
    "left",
    [
        [session(9, DAY - 9 * WEEK, ("old",), 70.0)],
        [session(8), session(3, DAY + WEEK, ("b", "c")), session(4, DAY + 2 * WEEK, ("d",))],
    ],
)
RIGHT = Leg("right", [[session(6, DAY + WEEK, ("r",), -90.0)]])


def test_sessions_that_compare_are_joined_and_others_stand_apart_behind_a_line() -> None:
    figure = trend_chart.trend_figure([LEFT], DEPTH)
    now, before = named(figure, "Left leg"), named(figure, "Left leg, other view or method")
    assert now["y"] == [8, 3, 4]
    assert now["x"] == ["2026-05-01T18:00", "2026-05-08T18:00", "2026-05-15T18:00"]
    assert now["customdata"] == ["a", "b c", "d"]
    assert (now["error_y"]["array"], now["error_y"]["arrayminus"]) == ([2, 2, 2], [1, 1, 1])
    assert (before["y"], before["line"]["dash"]) == ([9], "dot")
    assert [line["x0"] for line in figure["layout"]["shapes"]] == ["2026-05-01T18:00"]
    assert named(figure, "View or method changed")
    drawn(figure)


def test_the_band_is_the_noise_around_the_first_sessions_of_the_leg_in_front() -> None:
    figure = trend_chart.trend_figure([LEFT, RIGHT], DEPTH)
    (band,) = [one for one in figure["data"] if one.get("fill")]
    told = trends.change(LEFT.groups[-1], DEPTH)
    assert sorted(set(band["y"])) == pytest.approx([5.5 - told.noise.mdc, 5.5 + told.noise.mdc])
    assert (min(band["x"]), max(band["x"])) == ("2026-05-01T18:00", "2026-05-15T18:00")
    assert named(figure, "Best 3°")["x"] == ["2026-05-08T18:00"]
    assert named(figure, "Right leg")["line"]["color"] != named(figure, "Left leg")["line"]["color"]
    drawn(figure)


def test_one_session_has_a_band_that_can_be_seen_and_no_best() -> None:
    figure = trend_chart.trend_figure([RIGHT], DEPTH)
    (band,) = [one for one in figure["data"] if one.get("fill")]
    assert min(band["x"]) < "2026-05-08T18:00" < max(band["x"])
    assert band["y"][0] == 6 - MDC
    assert not [one for one in figure["data"] if one["name"].startswith("Best")]
    assert not figure["layout"]["shapes"]


def test_the_target_is_a_line_through_all_of_it() -> None:
    figure = trend_chart.trend_figure([LEFT], DEPTH, -5.0)
    line = named(figure, "Your target −5°")
    assert (line["y"], line["x"]) == ([-5.0, -5.0], ["2026-02-27T18:00", "2026-05-15T18:00"])
    assert not [one for one in trend_chart.trend_figure([LEFT], DEPTH)["data"] if "target" in one["name"]]


def test_many_sessions_are_small_points() -> None:
    few, many = (
        named(
            trend_chart.trend_figure(
                [Leg("left", [[session(n, DAY + n * WEEK) for n in range(count)]])], DEPTH
            ),
            "Left leg",
        )
        for count in (80, 81)
    )
    assert (few["marker"]["size"], many["marker"]["size"]) == (9, 5)


def test_hovering_tells_the_session() -> None:
    text = named(trend_chart.trend_figure([LEFT], DEPTH), "Left leg")["text"][1]
    assert text == (
        "<b>8 May 2026</b><br>3°<br>half of the reps: 2° to 5°<br>2 sets, 5 reps<br>left side to the camera"
    )


def test_a_point_of_both_legs_opens_the_sets_of_both() -> None:
    before = Pair(session(9, DAY - WEEK, ("o",), 70.0), session(9, DAY - WEEK, ("p",), -70.0))
    now = Pair(session(8), session(2, DAY + WEEK, ("r", "s"), -90.0))
    figure = trend_chart.left_right_figure(LeftRight([[before], [now]], 6, 5, differ=True), DEPTH)
    pairs = [one for one in figure["data"] if one["name"] == "Left less right"]
    assert [(one["y"], one["customdata"], one["x"], one.get("showlegend")) for one in pairs] == [
        ([0], ["o p"], ["2026-04-24T18:00"], False),
        ([6], ["a r s"], ["2026-05-08T18:00"], None),
    ]
    assert named(figure, "Noise: no clear difference within")["y"] == [-5, -5, 5, 5]
    drawn(figure)


def test_a_set_that_faded_can_be_opened() -> None:
    figure = trend_chart.fade_figure([SetFade("a", DAY, 4.0, 8)], DEPTH)
    (points,) = figure["data"]
    assert (points["y"], points["customdata"]) == ([4.0], ["a"])
    assert points["text"] == ["<b>1 May 2026</b><br>4° from first to last, 8 reps"]
    drawn(figure)


def test_tempo_has_a_line_for_each_part_and_one_name_for_all_its_pieces() -> None:
    line = [session(1.5), session(1.6, DAY + WEEK)]
    figure = trend_chart.tempo_figure({"lowering_s": [line[:1], line[1:]], "lifting_s": [line]})
    shown = [(one["name"], one["showlegend"], len(one["x"])) for one in figure["data"]]
    assert shown == [("Way down", True, 1), ("Way down", False, 1), ("Way up", True, 2)]
    drawn(figure)


def test_volume_is_a_bar_for_each_week() -> None:
    figure = trend_chart.volume_figure("week", [Volume(date(2026, 5, 4), 3, 24, 480.0)])
    (bars,) = figure["data"]
    assert (bars["x"], bars["y"]) == (["2026-05-04"], [24])
    assert bars["hovertext"] == ["<b>Week from 4 May 2026</b><br>24 reps in 3 sets<br>480 kg moved"]
    drawn(figure)


def test_findings_are_shares_of_the_reps_that_were_looked_at() -> None:
    share = FindingShare("knees_in", [DAY, DAY + WEEK], [1, 0], [4, 5])
    figure = trend_chart.findings_figure([share], {"knees_in": "Knees in"})
    points = named(figure, "Knees in")
    assert points["y"] == [25.0, 0.0]
    assert points["text"][0] == "<b>1 May 2026</b><br>Knees in<br>1 of 4 reps"
    drawn(figure)


def test_dark_pages_have_lighter_lines() -> None:
    light, dark = (
        named(trend_chart.trend_figure([LEFT], DEPTH, dark=dark), "Left leg") for dark in (False, True)
    )
    assert int(light["line"]["color"][1:], 16) < int(dark["line"]["color"][1:], 16)
