"""The files are read back with the rules of OpenSim's own readers (TRCFileAdapter, Storage)."""

from dataclasses import dataclass, replace
from math import isnan
from pathlib import Path

import numpy as np
import pytest

from fixtures.analysis import an_analysis
from hipform.records import Analysis, PoseTrack, Signals
from hipform.report.export import write_mot, write_trc
from hipform.skeleton import INDEX

TRC_KEYS = "DataRate CameraRate NumFrames NumMarkers Units OrigDataRate OrigDataStartFrame OrigNumFrames"


@dataclass
class Trc:
    about: dict[str, str]
    times: np.ndarray
    markers: dict[str, np.ndarray]


def tokens(line: str) -> list[str]:
    """OpenSim counts a cell for each tab, and one more only where something follows the last tab."""
    cells = line.rstrip("\n").split("\t")
    return cells if cells[-1] else cells[:-1]


def read_trc(path: Path) -> Trc:
    lines = path.read_text("utf-8").split("\n")
    assert lines[0].split("\t")[0] == "PathFileType"
    keys, values = ([c for c in tokens(line) if c] for line in lines[1:3])
    assert " ".join(keys) == TRC_KEYS
    about = dict(zip(keys, values, strict=True))
    count = int(about["NumMarkers"])
    labels = [c for c in tokens(lines[3]) if c]
    assert labels[:2] == ["Frame#", "Time"]
    assert len(labels) == count + 2
    axes = [c for c in tokens(lines[4]) if c]
    assert axes == [f"{axis}{k}" for k in range(1, count + 1) for axis in "XYZ"]
    assert lines[5] == ""
    rows = [tokens(line) for line in lines[6:] if line]
    assert {len(row) for row in rows} <= {3 * count + 2}
    assert [int(row[0]) for row in rows] == list(range(1, int(about["NumFrames"]) + 1))
    cells = np.array([[float(c) if c else np.nan for c in row[2:]] for row in rows])
    positions = cells.reshape(len(rows), count, 3)
    markers = {name: positions[:, k] for k, name in enumerate(labels[2:])}
    return Trc(about, np.array([float(row[1]) for row in rows]), markers)


def read_mot(path: Path) -> dict[str, np.ndarray]:
    header, _, body = path.read_text("utf-8").partition("endheader\n")
    facts = dict(line.split("=", 1) for line in header.split("\n") if "=" in line)
    assert header.startswith("Coordinates\nversion=1\n")
    assert facts["inDegrees"] == "yes"
    names, *rows = (line.split("\t") for line in body.splitlines())
    assert names[0] == "time"
    assert int(facts["nColumns"]) == len(names)
    assert int(facts["nRows"]) == len(rows)
    return {name: np.array([float(row[k]) for row in rows]) for k, name in enumerate(names)}


def at_times(analysis: Analysis, times: np.ndarray) -> Analysis:
    """The same frames, but taken at other times."""
    track = analysis.track
    return replace(
        analysis,
        track=PoseTrack(times, track.image_px, track.world_m, track.visibility),
        signals=Signals(times, analysis.signals.values, analysis.signals.uncertainty),
    )


@pytest.fixture
def squats() -> Analysis:
    return an_analysis(depths=(1.0, 1.0))


def test_markers_are_the_joints_turned_upright(squats, tmp_path):
    write_trc(squats, tmp_path / "squats.trc")
    trc = read_trc(tmp_path / "squats.trc")
    assert trc.about["Units"] == "m"
    assert float(trc.about["DataRate"]) == pytest.approx(30.0, abs=0.01)
    world = squats.track.world_m[:, INDEX["left_knee"]]
    np.testing.assert_allclose(trc.markers["LKnee"], world * [1, -1, -1], atol=2e-5)
    np.testing.assert_allclose(trc.times, squats.track.t_s, atol=1e-5)
    standing = {name: at[0] for name, at in trc.markers.items()}
    assert standing["Nose"][1] > standing["Neck"][1] > standing["Hip"][1] > standing["LKnee"][1]
    assert standing["LKnee"][2] > standing["RKnee"][2], "the side facing the camera is nearer to it"


def test_the_axes_stay_right_handed(squats, tmp_path):
    """A left-handed file would swap the person's sides."""
    write_trc(squats, tmp_path / "squats.trc")
    at = {name: place[0] for name, place in read_trc(tmp_path / "squats.trc").markers.items()}
    up, to_left = at["Neck"] - at["Hip"], at["LHip"] - at["RHip"]
    forward = at["LBigToe"] - at["LHeel"]
    assert np.dot(np.cross(to_left, forward), up) < 0 < np.dot(np.cross(forward, to_left), up)


def test_hidden_joints_and_missing_people_are_empty(squats, tmp_path):
    write_trc(squats, tmp_path / "squats.trc")
    trc = read_trc(tmp_path / "squats.trc")
    assert np.isnan(trc.markers["RAnkle"]).all()
    gone = ~np.isfinite(squats.track.image_px[:, 0, 0])
    assert gone.any()
    for place in trc.markers.values():
        assert np.isnan(place[gone]).all()
    assert np.isfinite(trc.markers["LKnee"][~gone]).all()


def test_a_variable_rate_becomes_a_uniform_one(squats, tmp_path):
    times = squats.track.t_s + 0.008 * np.sin(np.arange(len(squats.track)))
    write_trc(at_times(squats, times), tmp_path / "a.trc")
    trc = read_trc(tmp_path / "a.trc")
    steps = np.diff(trc.times)
    np.testing.assert_allclose(steps, steps[0], atol=2e-6)
    truth = np.interp(trc.times, times, squats.track.world_m[:, INDEX["left_knee"], 0])
    told = trc.markers["LKnee"][:, 0]
    known = np.isfinite(told) & np.isfinite(truth)
    assert known.mean() > 0.85
    np.testing.assert_allclose(told[known], truth[known], atol=3e-3)


def test_pictures_of_a_machine_that_is_much_too_slow(squats, tmp_path):
    """No gap between two of them is like the others."""
    track, times = squats.track, np.array([0.0, 0.1, 0.7])
    few = PoseTrack(times, track.image_px[:3], track.world_m[:3], track.visibility[:3])
    write_trc(replace(squats, track=few, signals=Signals(times, {})), tmp_path / "a.trc")
    assert read_trc(tmp_path / "a.trc").times == pytest.approx([0.0, 0.35, 0.7])


def test_nothing_is_drawn_through_a_gap(squats, tmp_path):
    track = squats.track
    kept = (track.t_s < 0.2) | (track.t_s > 0.9)
    parts = [a[kept] for a in (track.t_s, track.image_px, track.world_m, track.visibility)]
    cut = replace(squats, track=PoseTrack(*parts), signals=Signals(parts[0], {}))
    write_trc(cut, tmp_path / "a.trc")
    trc = read_trc(tmp_path / "a.trc")
    inside = (trc.times > 0.21) & (trc.times < 0.89)
    assert inside.sum() >= 19
    assert np.isnan(trc.markers["LKnee"][inside]).all()


def test_times_in_whole_milliseconds_do_not_drift(squats, tmp_path):
    times = np.round(squats.track.t_s, 3)
    write_trc(at_times(squats, times), tmp_path / "a.trc")
    trc = read_trc(tmp_path / "a.trc")
    assert float(trc.about["DataRate"]) == pytest.approx(30.0, abs=0.05)
    assert len(trc.times) == len(times)


def test_a_motion_has_only_what_was_measured(squats, tmp_path):
    write_mot(squats, tmp_path / "squats.mot")
    mot = read_mot(tmp_path / "squats.mot")
    assert list(mot) == ["time", "pelvis_tilt", "hip_flexion_l", "knee_angle_l", "ankle_angle_l"]
    bottom = int(np.searchsorted(squats.track.t_s, squats.report.reps[0].bottom_s))
    assert mot["knee_angle_l"][bottom] == pytest.approx(105.0)
    assert mot["hip_flexion_l"][bottom] == pytest.approx(120.0)
    assert mot["ankle_angle_l"][bottom] == pytest.approx(25.0)
    assert mot["pelvis_tilt"][bottom] == pytest.approx(-40.0)
    assert isnan(mot["knee_angle_l"][int(np.searchsorted(squats.track.t_s, 3.5))])
    np.testing.assert_allclose(mot["time"], squats.track.t_s, atol=1e-6)


def test_the_right_leg_goes_to_the_right_column(tmp_path):
    write_mot(an_analysis(view="side-right", depths=(1.0,)), tmp_path / "a.mot")
    mot = read_mot(tmp_path / "a.mot")
    assert {"knee_angle_r", "hip_flexion_r"} < set(mot)
    assert "knee_angle_l" not in mot


def test_the_motion_says_what_its_angles_are(squats, tmp_path):
    write_mot(squats, tmp_path / "a.mot")
    header = (tmp_path / "a.mot").read_text().partition("endheader")[0]
    assert "between trunk and thigh" in header
    assert "nan is not known" in header


def test_from_the_front_the_motion_has_no_angle(tmp_path):
    write_mot(an_analysis(view="front", depths=(1.0,)), tmp_path / "a.mot")
    assert list(read_mot(tmp_path / "a.mot")) == ["time"]
