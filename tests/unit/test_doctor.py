"""The doctor looks at everything, goes on when something is broken, and says what to do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hipform import doctor

HIPFORM = [sys.executable, "-P", "-m", "hipform", "doctor"]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HIPFORM_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def looked_at(name: str, model: Path | None = None) -> doctor.Check:
    return next(check for check in doctor.examine(model) if check.name == name)


def test_on_a_sound_machine_nothing_is_broken_and_nothing_is_changed(home):
    checks = doctor.examine()
    assert [check.name for check in checks if check.state == "broken"] == []
    assert all((check.remedy is None) == (check.state == "ok") for check in checks)
    assert not home.exists()


def test_it_tells_versions_digest_and_codecs():
    found = {check.name: check.found for check in doctor.examine()}
    assert "mediapipe 0.10.33" in found["Packages"]
    assert "streamlit" in found["Packages"]
    assert "SHA-256 20b03e1a" in found["Pose model"]
    assert "hevc" in found["Reading video"]
    assert "libx264" in found["Writing video"]


def test_a_damaged_model_is_broken_and_the_rest_is_still_looked_at(tmp_path):
    wrong = tmp_path / "wrong.task"
    wrong.write_bytes(b"PK\x03\x04 but no more")
    checks = {check.name: check for check in doctor.examine(wrong)}
    assert checks["Pose model"].state == "broken"
    assert "wrong.task" in checks["Pose model"].found
    assert checks["Pose model"].remedy
    assert checks["Finding poses"].state == "broken"
    assert checks["Reading video"].state == "ok"


def test_a_missing_system_library_names_the_package(monkeypatch):
    monkeypatch.setattr(doctor, "_GL_LIBRARIES", ("libNoSuchThing.so.7",))
    monkeypatch.setattr(sys, "platform", "linux")
    check = looked_at("System libraries")
    assert check.state == "broken"
    assert "libNoSuchThing.so.7" in check.found
    assert "libegl1" in check.remedy


def test_it_runs_where_the_pose_library_cannot_load(tmp_path):
    (tmp_path / "mediapipe").mkdir()
    (tmp_path / "mediapipe" / "__init__.py").write_text("raise ImportError('libEGL.so.1: cannot open')")
    process = subprocess.run(
        [*HIPFORM, "--json"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        check=False,
    )
    assert process.returncode == 1
    checks = {check["name"]: check for check in json.loads(process.stdout)}
    assert checks["Finding poses"]["state"] == "broken"
    assert "libegl1" in checks["Finding poses"]["remedy"]
    assert checks["Writing video"]["state"] == "ok"


def test_a_missing_codec_is_a_gap_with_a_remedy(monkeypatch):
    monkeypatch.setattr(doctor, "_ENCODER", "nosuchcodec")
    check = looked_at("Writing video")
    assert check.state == "gap"
    assert "--no-overlay" in check.remedy


def test_a_data_folder_that_cannot_be_written_is_a_gap(home):
    home.write_text("a file in the way")
    check = looked_at("Sets kept")
    assert check.state == "gap"
    assert "HIPFORM_HOME" in check.remedy


def test_no_camera_is_a_gap_and_no_error():
    process = subprocess.run(HIPFORM, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout
    assert "Traceback" not in process.stderr
    if not list(Path("/dev").glob("video*")):
        assert "Plug in a camera" in process.stdout


def test_a_look_that_fails_is_told_in_its_own_line(monkeypatch):
    def fails():
        raise RuntimeError("odd")

    monkeypatch.setattr(doctor, "_disk", fails)
    check = looked_at("Free disk space")
    assert (check.state, check.found) == ("broken", "RuntimeError: odd")
