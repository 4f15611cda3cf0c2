"""What a wheel holds, and that what the files of the project promise of each other is so."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from hipform.assets import asset

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ("sample_hinge_side", "sample_lunge_side", "sample_squat_front_valgus", "sample_squat_side")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, made by the build backend that is installed (the isolated build is CI's)."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = out.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_the_wheel_holds_model_samples_exercises_and_screens(wheel):
    names = set(wheel.namelist())
    assert "hipform/_data/models/pose_landmarker_full.task" in names
    assert {f"hipform/_data/sample_videos/{s}.{end}" for s in SAMPLES for end in ("mp4", "toml")} <= names
    assert {f"hipform/exercises/{name}.toml" for name in ("squat", "lunge", "hinge")} <= names
    assert {"hipform/ui/main.py", "hipform/ui/app.py", "hipform/py.typed"} <= names


def test_the_wheel_holds_nothing_of_the_workshop(wheel):
    inside = [name for name in wheel.namelist() if not name.startswith(("hipform/", "hipform-"))]
    assert inside == []
    assert not [name for name in wheel.namelist() if name.endswith(".pyc") or "tests/" in name]


def test_the_wheel_carries_the_model_unharmed(wheel):
    packed = wheel.read("hipform/_data/models/pose_landmarker_full.task")
    assert packed == asset("models", "pose_landmarker_full.task").read_bytes()


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_says_what_is_in_it(name):
    facts = tomllib.loads(asset("sample_videos", f"{name}.toml").read_text(encoding="utf-8"))
    assert asset("sample_videos", f"{name}.mp4").stat().st_size > 100_000
    assert facts["title"]
    assert facts["description"]
    assert facts["view"] in ("side-left", "front")
    assert facts["exercise"] in name
    assert [rep["number"] for rep in facts["rep"]] == list(range(1, len(facts["rep"]) + 1))
    for rep in facts["rep"]:
        assert 0 < rep["start_s"] < rep["bottom_s"] < rep["end_s"] < facts["duration_s"]


def test_ci_runs_the_command_that_the_readme_promises():
    command = 'pip install -e ".[test]" && pytest'
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")
    assert command in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
