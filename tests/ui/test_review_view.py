"""What the player is told about a set."""

from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.invented_set import flexion, invented_report, write_set
from hipform.records import Measure
from hipform.report.summary import not_measured
from hipform.ui import view


def test_each_rep_has_its_times_numbers_and_findings() -> None:
    first, second, _, partial = view.rep_views(invented_report(), {"trunk_lean": "Trunk leans far"})
    assert (first["number"], first["start"], first["bottom"], first["end"]) == (1, 0.5, 2.0, 3.5)
    assert first["facts"][0] == {
        "label": "Deepest knee bend",
        "value": "112° ± 6",
        "side": "left",
        "reason": None,
    }
    assert first["tempo"] == ["1.4", "0.2", "1.4"]
    assert first["findings"] == []
    assert second["findings"][0]["rule"] == "Trunk leans far"
    assert second["findings"][0]["compared"] == "47°, limit 45°"
    assert second["findings"][0]["t"] == pytest.approx(5.2)
    assert first["partial"] is None
    assert partial["partial"] == "Partial: too shallow"


def test_a_rep_without_a_beginning_has_no_time_for_it() -> None:
    report = invented_report()
    cut = replace(report.reps[0], start_s=float("nan"))
    assert view.rep_views(replace(report, reps=(cut,)), {})[0]["start"] is None


def test_what_was_not_measured_says_why() -> None:
    report = invented_report()
    bare = replace(report.reps[0], measures={})
    fact = view.rep_views(replace(report, reps=(bare,)), {})[0]["facts"][0]
    assert fact["value"] is None
    assert view.rep_views(replace(report, reps=(bare,)), {})[0]["tempo"] == [None, None, None]


def test_the_table_has_a_column_for_every_measure_and_both_legs() -> None:
    report = invented_report()
    both = [Measure(100, "deg", "left", None, 5), Measure(90, "deg", "right", None, 5)]
    rep = replace(report.reps[0], measures={**report.reps[0].measures, "knee_rom_deg": both})
    table = view.rep_table(replace(report, reps=(rep, report.reps[1])), {})
    assert table["columns"][:2] == ["Deepest knee bend", "Deepest hip bend (trunk to thigh)"]
    column = table["columns"].index("Knee range")
    assert table["rows"][0]["cells"][column] == "100° ± 5 left\n90° ± 5 right"
    assert table["rows"][1]["cells"][column] == ""


def test_each_reason_is_given_once() -> None:
    assert not_measured(invented_report()) == [
        ("Left knee inward (of shin length)", "whole set", "It can be seen only from the front."),
        ("Heel rise", "reps 1, 2, 3, 4", "The foot is too small in the picture."),
    ]


def test_a_reason_of_some_reps_names_them() -> None:
    report = invented_report()
    reps = tuple(rep if rep.number in (2, 4) else replace(rep, not_measured=()) for rep in report.reps)
    assert not_measured(replace(report, reps=reps))[1][1] == "reps 2, 4"


def test_curves_are_those_of_the_frame_table_and_unknown_stays_unknown() -> None:
    curves = view.curves(write_set(video=False).frames_csv, "left")
    assert [(line["label"], line["side"], line["dashed"]) for line in curves["lines"]] == [
        ("Knee, left", "left", False),
        ("Knee, right (far leg)", "right", False),
        ("Hip, left", "left", True),
        ("Hip, right (far leg)", "right", True),
    ]
    at_bottom = curves["t"].index(2.0)
    assert curves["lines"][0]["y"][at_bottom] == pytest.approx(flexion(2.0), abs=0.1)
    assert curves["lines"][0]["error"][at_bottom] == 6
    assert curves["lines"][0]["y"][-1] is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "working out how long it takes"),
        (3, "a few seconds left"),
        (42, "about 40 s left"),
        (89, "about 90 s left"),
        (300, "about 5 min left"),
    ],
)
def test_time_left_in_words(seconds: float | None, words: str) -> None:
    assert view.time_left(seconds) == words


def test_from_the_front_what_the_front_gives_is_shown(tmp_path: Path) -> None:
    table = tmp_path / "frames.csv"
    table.write_text(
        "t_s,knee_flexion_left_deg,hip_drop_ratio,hip_drop_ratio_uncertainty,knee_drift_left\n"
        "0.0,,0.0,0.04,\n0.1,,0.31,0.04,0.125\n",
        encoding="utf-8",
    )
    curves = view.curves(table, None)
    assert [(line["label"], line["y"]) for line in curves["lines"]] == [
        ("Hips down", [0.0, 0.31]),
        ("Knee inward, left", [None, 0.125]),
    ]
    assert "need a view from the side" in curves["note"]

    report = invented_report()
    front = replace(report.reps[0], measures={"hip_drop_ratio": Measure(0.34, "ratio", None, None, 0.04)})
    facts = view.rep_views(replace(report, reps=(front,)), {})[0]["facts"]
    assert [(fact["label"], fact["value"]) for fact in facts] == [("Hip drop (of leg length)", "0.34 ± 0.04")]
