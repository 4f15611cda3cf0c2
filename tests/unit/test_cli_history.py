"""The history on the command line: list, show, delete, bring back, trends, one file out and in."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fixtures.kept import done, with_measures, write_kept
from fixtures.stickman import Set, recorded_set, squat
from hipform.api import Options, add_to_library
from hipform.cli import app
from hipform.errors import InputError
from hipform.exercises.loader import load_all
from hipform.records import Measure, Origin, Provenance, Source
from hipform.session.set_analysis import analyse
from hipform.store.history import open_history

ORIGIN = Origin(Source("drawn", 5.0, 75, 640, 480, 0, 15.0), (), Provenance("", "", "", ""))
KNEE = "knee_flexion_peak_deg"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HIPFORM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def hipform(*words: object, typed: str | None = None) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words], input=typed, catch_exceptions=True)
    if isinstance(result.exception, InputError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def a_set(day: str, knee_deg: float) -> str:
    report = done(f"2026-05-{day}T18:00:00+02:00")
    measured = [Measure(knee_deg, "deg", "left", None, 7.0)] * len(report.reps)
    folder = write_kept(done(report.source.recorded_at, reps=with_measures(report.reps, KNEE, measured)))
    open_history().record(folder)
    return folder.id


def test_sets_are_listed_the_newest_first_and_shown():
    first, second = a_set("01", 90.0), a_set("08", 92.0)
    assert [one["id"] for one in json.loads(hipform("history", "list", "--json"))] == [second, first]
    table = hipform("history", "list", "--limit", 1)
    assert second in table
    assert first not in table
    assert json.loads(hipform("history", "show", first, "--json"))["schema"] == "hipform/set/1"
    assert "squat" in hipform("history", "show", first)


def test_an_empty_history_says_so():
    assert "no such sets" in hipform("history", "list")
    assert "No complete rep" in hipform("trends")


def test_a_set_is_deleted_after_a_yes_and_brought_back():
    one = a_set("01", 90.0)
    with pytest.raises(AssertionError, match="Aborted"):
        hipform("history", "delete", one, typed="n\n")
    assert "undelete" in hipform("history", "delete", one, typed="y\n")
    assert json.loads(hipform("history", "list", "--json")) == []
    assert one in hipform("history", "list", "--deleted")
    assert "It is back" in hipform("history", "undelete", one)
    assert one in hipform("history", "list")


def test_a_trend_is_said_drawn_and_given_as_json(tmp_path: Path):
    for day, knee in (("01", 90.0), ("08", 91.0), ("15", 110.0)):
        a_set(day, knee)
    said = hipform("trends", "--measure", KNEE, "--plot", tmp_path / "t.png")
    assert "20° more knee bend since 1 May 2026, more than the noise" in said
    assert (tmp_path / "t.png").read_bytes().startswith(b"\x89PNG")
    (leg,) = json.loads(hipform("trends", "--measure", KNEE, "--json"))
    assert leg["change"]["said"] == "changed"
    assert [session["value"] for session in leg["segments"][0]] == [90.0, 91.0, 110.0]


def test_what_there_is_no_trend_of_and_nobody_are_refused_in_words():
    with pytest.raises(AssertionError, match="There is a trend of"):
        hipform("trends", "--measure", "mood")
    with pytest.raises(InputError, match="nobody called 'Ida'"):
        hipform("trends", "--person", "Ida")


def test_one_file_out_and_in_again(tmp_path: Path, monkeypatch):
    one, other = a_set("01", 90.0), a_set("08", 91.0)
    assert "Sets: 2, people: 1." in hipform("backup", tmp_path / "all.zip")
    assert "Sets: 1, people: 1." in hipform("history", "export", tmp_path / "one.zip", one)
    monkeypatch.setenv("HIPFORM_HOME", str(tmp_path / "elsewhere"))
    assert "Sets added: 1." in hipform("history", "import", tmp_path / "one.zip")
    assert "when the file was written: 2." in hipform("restore", tmp_path / "all.zip")
    assert {entry["id"] for entry in json.loads(hipform("history", "list", "--json"))} == {one, other}


def test_sets_are_measured_again_and_one_that_cannot_be_is_named(home: Path):
    one = a_set("01", 90.0)  # its poses are no poses
    result = CliRunner().invoke(app, ["remeasure", one])
    assert result.exit_code == 1
    assert one in result.output
    report = analyse(recorded_set(squat, Set(sizes=(1.0,)), 90.0, 15.0), load_all(), None, ORIGIN)
    again = add_to_library(report, None, "drawn", Options()).id
    hipform("remeasure", again)  # poses are kept in tenths of a pixel
    assert "the same as before" in hipform("remeasure", again)
