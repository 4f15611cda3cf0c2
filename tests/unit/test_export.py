import csv
import json
import os
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import jsonschema
import numpy as np
import pyarrow.parquet as pq
import pytest

from fixtures.analysis import an_analysis, with_reps
from fixtures.disk import small_disk
from hipform import records
from hipform.errors import InputError, OutputError
from hipform.exercises.vocabulary import MEASURES
from hipform.kinematics.signals import SIGNALS
from hipform.records import Measure, PoseTrack, Signals
from hipform.report.export import (
    json_schema,
    read_json,
    to_json,
    write_frames_csv,
    write_json,
    write_mot,
    write_parquet,
    write_trc,
)
from hipform.report.frames import frame_columns
from hipform.report.schema import MEANINGS, schema_text

DOCS = Path(__file__).resolve().parents[2] / "docs"
WRITERS = {
    "a.json": lambda analysis, path: write_json(analysis.report, path),
    "a.csv": write_frames_csv,
    "a.parquet": write_parquet,
    "a.trc": write_trc,
    "a.mot": write_mot,
}


@pytest.fixture(scope="module")
def analysis():
    return an_analysis()


@pytest.fixture(scope="module")
def rows(analysis, tmp_path_factory):
    path = tmp_path_factory.mktemp("csv") / "squats.frames.csv"
    write_frames_csv(analysis, path)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# --- the report


def test_the_report_has_the_keys_of_the_contract_in_their_order(analysis):
    content = json.loads(to_json(analysis.report))
    rep = content["reps"][0]
    assert " ".join(content) == (
        "schema source exercise exercise_source exercise_confidence view reps findings not_measured "
        "quality provenance"
    )
    assert " ".join(rep) == (
        "number complete reason exercise start_s bottom_s end_s lead_side variant view measures depth "
        "review not_measured findings"
    )
    assert " ".join(rep["depth"]) == "class margin_deg"
    assert " ".join(rep["measures"]["lowering_s"]) == "value unit side role uncertainty"


def test_what_is_written_is_read_back(analysis, tmp_path):
    lunges = an_analysis(exercise="lunge", depths=(1, 0.3)).report
    for k, report in enumerate((analysis.report, lunges)):
        path = tmp_path / f"{k}.json"
        write_json(report, path)
        again = read_json(path)
        assert to_json(again) == path.read_text("utf-8")
        assert again.reps[0].lead_side == report.reps[0].lead_side
        assert [type(m) for m in again.reps[0].measures.values()] == [
            type(m) for m in report.reps[0].measures.values()
        ]


def test_numbers_are_as_long_as_they_are_exact(analysis):
    content = json.loads(to_json(analysis.report))
    assert content["exercise_confidence"] == 0.9123
    assert content["source"]["duration_s"] == 17.767
    odd = replace(
        analysis.report.reps[0], bottom_s=1.23456789, measures={"x": Measure(-0.001, "deg", None, None, 5)}
    )
    text = to_json(with_reps(analysis.report, odd))
    rep = json.loads(text)["reps"][0]
    assert rep["bottom_s"] == 1.235
    assert rep["measures"]["x"]["value"] == 0.0
    assert "-0.0" not in text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), np.float64("nan")])
def test_a_number_that_is_not_finite_is_refused_with_its_place(analysis, value, tmp_path):
    bad = replace(analysis.report.reps[1], measures={"knee_rom_deg": Measure(value, "deg", None, None, 5.0)})
    report = with_reps(analysis.report, analysis.report.reps[0], bad)
    with pytest.raises(ValueError, match=r"report\.reps\[1\]\.measures\.knee_rom_deg\.value"):
        write_json(report, tmp_path / "a.json")
    assert list(tmp_path.iterdir()) == []


def test_numpy_numbers_are_written_as_numbers(analysis):
    report = replace(analysis.report, exercise_confidence=np.float32(0.5))
    assert json.loads(to_json(report))["exercise_confidence"] == 0.5


def test_a_name_that_is_no_text_survives(analysis, tmp_path):
    name = os.fsdecode(b"caf\xe9.mp4")
    path = tmp_path / "a.json"
    write_json(replace(analysis.report, source=replace(analysis.report.source, file=name)), path)
    assert read_json(path).source.file == name


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        (b"", "damaged"),
        (b"{", "damaged"),
        (b"[1]", "not a set report"),
        (b'{"schema": "hipform/set/9"}', "hipform/set/9"),
        (b'{"schema": "hipform/set/1"}', r"damaged \(at source\)"),
    ],
)
def test_a_file_that_is_no_report_is_told_with_what_to_do(content, told, tmp_path):
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=told):
        read_json(path)


def test_a_report_without_a_quality_is_from_when_all_were_fast(analysis, tmp_path):
    content = json.loads(to_json(analysis.report))
    assert content["provenance"].pop("quality") == "balanced"
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert read_json(path).provenance.quality == "fast"


# --- its schema


@pytest.mark.parametrize("exercise", ["squat", "lunge", "hinge"])
@pytest.mark.parametrize("view", ["side-left", "side-right", "front"])
def test_reports_fulfil_the_schema(exercise, view):
    report = an_analysis(exercise=exercise, view=view).report
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(json.loads(to_json(report)), json_schema(), jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "damage",
    [
        lambda c: c.pop("quality"),
        lambda c: c.update(schema="hipform/set/2"),
        lambda c: c["view"].update(label="sideways"),
        lambda c: c["reps"][0].update(start_s=None),
        lambda c: c["reps"][0]["measures"]["lowering_s"].update(value="1.0"),
        lambda c: c["reps"][0]["depth"].pop("class"),
    ],
)
def test_the_schema_refuses_a_damaged_report(analysis, damage):
    content = json.loads(to_json(analysis.report))
    damage(content)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, json_schema(), jsonschema.Draft202012Validator)


def test_the_schema_in_docs_is_the_one_of_the_code():
    assert (DOCS / "set-report.schema.json").read_text("utf-8") == schema_text()


def test_the_meanings_name_every_field_of_the_records():
    def named(record):
        return {"class" if f.name == "depth_class" else f.name for f in fields(record)}

    assert {name: set(meanings) for name, meanings in MEANINGS.items()} == {
        name: named(getattr(records, name)) for name in MEANINGS if is_dataclass(getattr(records, name))
    }


# --- the frames


def test_every_frame_has_a_row_also_without_a_person(analysis, rows):
    assert len(rows) == len(analysis.track)
    gone = [row for row in rows if row["pose_found"] == "0"]
    assert 12 <= len(gone) <= 16
    assert all(row["knee_flexion_left_deg"] == "" and row["phase"] == "unknown" for row in gone)
    times = [float(row["t_s"]) for row in rows]
    np.testing.assert_allclose(times, analysis.track.t_s, atol=1e-4)


def test_a_frame_row_holds_the_signals(analysis, rows):
    i = int(np.searchsorted(analysis.track.t_s, analysis.report.reps[0].bottom_s))
    row = rows[i]
    assert row["phase"] == "bottom"
    assert row["rep"] == "1"
    assert float(row["knee_flexion_left_deg"]) == pytest.approx(105.0)
    assert float(row["knee_flexion_left_uncertainty_deg"]) == 7.0
    assert float(row["trunk_lean_deg"]) == pytest.approx(40.0)
    assert float(row["hip_drop_ratio"]) == pytest.approx(0.45)
    assert row["knee_flexion_right_deg"] == row["knee_flexion_right_uncertainty_deg"] == ""


def test_the_columns_are_always_the_same(analysis, rows, tmp_path):
    names = [column.name for column in frame_columns()]
    assert list(rows[0]) == names
    assert names[:4] == ["t_s", "pose_found", "phase", "rep"]
    assert {"hip_flexion_right_deg", "thigh_to_horizontal_left_deg", "knee_drift_left"} < set(names)
    assert {"hip_drop_ratio_uncertainty", "knee_drift_left_uncertainty"} < set(names)
    bare = replace(analysis, signals=replace(analysis.signals, values={}, uncertainty={}))
    write_frames_csv(bare, tmp_path / "bare.csv")
    with (tmp_path / "bare.csv").open(newline="") as file:
        assert next(csv.reader(file)) == names


def test_no_frame_at_all_gives_an_empty_table(analysis, tmp_path):
    nothing = replace(
        analysis,
        track=PoseTrack.of([]),
        signals=Signals(np.array([]), {}),
        phase=(),
        rep=np.array([], np.int64),
    )
    for name, write in WRITERS.items():
        write(nothing, tmp_path / name)
    assert (tmp_path / "a.csv").read_text().count("\n") == 1
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 0


def test_parquet_holds_the_same_table_with_units(analysis, rows, tmp_path):
    write_parquet(analysis, tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.column_names == list(rows[0])
    for name in ("t_s", "knee_flexion_left_deg", "hip_drop_ratio"):
        ours = [row[name] for row in rows]
        theirs = table.column(name).to_pylist()
        assert [value is None for value in theirs] == [text == "" for text in ours]
        known = [(float(a), b) for a, b in zip(ours, theirs, strict=True) if b is not None]
        np.testing.assert_allclose(*zip(*known, strict=True), atol=6e-3)
    assert table.column("phase").to_pylist() == [row["phase"] for row in rows]
    field = table.schema.field("knee_flexion_left_deg")
    assert field.metadata[b"unit"] == b"deg"
    assert b"knee bend" in field.metadata[b"meaning"]
    assert table.schema.metadata[b"schema"] == b"hipform/set/1"


# --- failures


@pytest.mark.parametrize("name", WRITERS)
def test_a_missing_folder_is_told_with_what_to_do(name, analysis, tmp_path):
    with pytest.raises(OutputError, match=f"{name} was not written: the folder .* does not exist: create it"):
        WRITERS[name](analysis, tmp_path / "nowhere" / name)


@pytest.mark.parametrize("name", WRITERS)
def test_a_folder_in_the_way_is_told(name, analysis, tmp_path):
    (tmp_path / name).mkdir()
    with pytest.raises(OutputError, match="there is a folder of that name"):
        WRITERS[name](analysis, tmp_path / name)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_file_where_the_folder_should_be_is_told(analysis, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="is not a folder"):
        write_json(analysis.report, tmp_path / "file" / "a.json")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_closed_folder_is_told(analysis, tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="not allowed"):
            write_json(analysis.report, tmp_path / "a.json")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_leaves_the_old_file_and_nothing_else(name, analysis, tmp_path):
    path = tmp_path / name
    path.write_text("old")
    with small_disk(1000), pytest.raises(OutputError, match=r"disk is full .* free some space"):
        WRITERS[name](analysis, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


# --- the page about them


def test_every_name_is_explained_in_the_docs():
    page = (DOCS / "data.md").read_text("utf-8")
    names = [column.name for column in frame_columns() if not column.uncertainty]
    names += [name for meanings in MEANINGS.values() for name in meanings]
    names += list(MEASURES)
    sided = [n.replace("_left", "_<side>").replace("_right", "_<side>") for n in names]
    missing = [
        n
        for n, either in zip(names, sided, strict=True)
        if f"`{n}`" not in page and f"`{either}`" not in page
    ]
    assert missing == []


def test_the_docs_tell_every_signal_as_the_code_does():
    page = (DOCS / "data.md").read_text("utf-8")
    assert [spec.meaning for spec in SIGNALS.values() if spec.meaning not in page] == []
