"""The command line as a user meets it: answers, files, exit statuses, words."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path

import psutil
import pytest

from fixtures import clips

HIPFORM = [sys.executable, "-P", "-m", "hipform"]
HEAVY = (
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "cv2",
    "av",
    "mediapipe",
    "streamlit",
    "rich",
    "pydantic",
    "sqlalchemy",
)


def run(*arguments: object, cwd: Path | None = None, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*HIPFORM, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | env,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def squat(tmp_path_factory):
    return clips.one_squat(tmp_path_factory.mktemp("clip") / "one squat.mp4")


@pytest.fixture(scope="module")
def moment(tmp_path_factory):
    """Half a second of standing: enough where only files and words matter."""
    return clips.cut(tmp_path_factory.mktemp("moment") / "moment.mp4", 0.0, 0.5)


@pytest.fixture(scope="module")
def first_run(squat, tmp_path_factory):
    """One squat analysed with everything on: (process, results folder)."""
    out = tmp_path_factory.mktemp("first") / "deep" / "results"
    return run("analyze", squat, "--out", out, "--parquet", "--opensim"), out


@pytest.fixture(scope="module")
def printed_as_json(moment, tmp_path_factory):
    """The same moment analysed with nothing chosen but --json: (process, results folder)."""
    out = tmp_path_factory.mktemp("json")
    return run("analyze", moment, "--out", out, "--no-overlay", "--json"), out


def test_help_answers_at_once():
    def cpu_s() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert "analyze" in run("--help").stdout
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(cpu_s() for _ in range(3)) < 0.5


def test_help_loads_nothing_heavy():
    code = f"import sys, hipform.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_exercises_are_read_without_what_analyses_them():
    code = "import sys, hipform.exercises.loader, hipform.console; print('scipy' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_the_version_is_told():
    assert re.fullmatch(r"hipform \d+\.\d+\.\d+\n", run("--version").stdout)


def test_a_video_gives_a_table_and_files(first_run):
    process, out = first_run
    assert process.returncode == 0, process.stderr
    assert "1 squat" in process.stdout
    assert "recognised: squat" in process.stdout
    assert re.search(r"\d+° ± \d+", process.stdout)
    assert sorted(p.name for p in out.iterdir()) == [
        "one squat.frames.csv",
        "one squat.frames.parquet",
        "one squat.json",
        "one squat.mot",
        "one squat.overlay.mp4",
        "one squat.trc",
    ]
    for path in (p for p in out.iterdir() if p.suffix in (".mp4", ".json", ".csv")):
        assert path.name in re.sub(r"\s*\n\s*", "", process.stdout)


def test_json_is_the_report_and_nothing_else(printed_as_json):
    process, out = printed_as_json
    assert process.returncode == 0, process.stderr
    report = json.loads(process.stdout)
    assert report == json.loads((out / "moment.json").read_text())
    assert report["schema"] == "hipform/set/1"
    assert not (out / "moment.overlay.mp4").exists()


def test_the_quality_is_used_and_recorded(printed_as_json, moment, tmp_path):
    nothing_said, _ = printed_as_json
    process = run("analyze", moment, "--out", tmp_path, "--no-overlay", "--json", "--quality", "fast")
    assert process.returncode == 0, process.stderr
    used = [json.loads(one.stdout)["provenance"]["quality"] for one in (nothing_said, process)]
    assert used == ["balanced", "fast"]


def test_one_bad_video_costs_the_others_nothing(moment, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"this is no video")
    process = run(
        "analyze", broken, moment, "nosuch.mp4", "--out", tmp_path / "r", "--no-overlay", "--workers", 2
    )
    assert process.returncode == 1
    assert (tmp_path / "r" / "moment.json").exists()
    assert "failed" in process.stdout
    assert "broken.mp4" in process.stderr
    assert "nosuch.mp4" in process.stderr
    assert "Traceback" not in process.stderr + process.stdout


def test_several_videos_print_an_array_in_the_order_given(moment, tmp_path):
    second = tmp_path / "b.mp4"
    second.write_bytes(moment.read_bytes())
    process = run("analyze", second, moment, "--out", tmp_path / "r", "--no-overlay", "--json")
    assert process.returncode == 0, process.stderr
    assert [r["source"]["file"] for r in json.loads(process.stdout)] == ["b.mp4", "moment.mp4"]


def test_results_of_the_same_video_are_replaced(printed_as_json, moment):
    _, out = printed_as_json
    before = (out / "moment.json").stat().st_mtime_ns
    process = run("analyze", moment, "--out", out, "--no-overlay")
    assert process.returncode == 0, process.stderr
    assert (out / "moment.json").stat().st_mtime_ns > before


def test_a_file_of_another_origin_is_not_lost(moment, tmp_path):
    precious = tmp_path / "moment.json"
    precious.write_text('{"mine": true}')
    refused = run("analyze", moment, "--out", tmp_path, "--no-overlay")
    assert refused.returncode == 1
    assert "--overwrite" in refused.stderr
    assert precious.read_text() == '{"mine": true}'
    assert [p.name for p in tmp_path.iterdir()] == ["moment.json"]
    assert run("analyze", moment, "--out", tmp_path, "--no-overlay", "--overwrite").returncode == 0
    assert json.loads(precious.read_text())["schema"] == "hipform/set/1"


@pytest.mark.parametrize(
    "arguments",
    [
        ["analyze", "x.mp4", "--exercise", "burpee"],
        ["analyze", "x.mp4", "--workers", "0"],
        ["analyze", "x.mp4", "--quality", "good"],
        ["analyze"],
        ["analyze", "x.mp4", "--nosuch"],
        ["exercises", "show", "burpee"],
        ["nosuch"],
    ],
)
def test_a_wrong_call_has_status_2_and_says_why(arguments):
    process = run(*arguments)
    assert process.returncode == 2
    assert process.stderr
    assert "Traceback" not in process.stderr


def test_an_unknown_exercise_names_the_known_ones():
    assert re.search(r"auto, hinge, lunge, squat", run("analyze", "x.mp4", "--exercise", "burpee").stderr)


def test_ctrl_c_stops_at_once_and_leaves_nothing(tmp_path):
    process = subprocess.Popen(
        [
            *HIPFORM,
            "analyze",
            str(clips.sample()),
            str(clips.sample("sample_hinge_side")),
            "--out",
            str(tmp_path),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    workers = _workers_in_the_middle(process)
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to the whole group
    began = time.monotonic()
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert time.monotonic() - began < 8
    assert "Traceback" not in errors
    _, alive = psutil.wait_procs(workers, timeout=3)
    assert alive == []
    assert list(tmp_path.iterdir()) == []


def test_workers_end_when_the_command_is_killed(tmp_path):
    process = subprocess.Popen(
        [*HIPFORM, "analyze", str(clips.sample()), "--out", str(tmp_path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    workers = _workers_in_the_middle(process)
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert alive == []
    assert list(tmp_path.iterdir()) == []


def _workers_in_the_middle(
    process: "subprocess.Popen[str] | subprocess.Popen[bytes]",
) -> list[psutil.Process]:
    """The worker processes, once one of them is using the processor for the analysis."""
    parent = psutil.Process(process.pid)
    for _ in range(300):
        workers = parent.children(recursive=True)
        if workers and max(w.cpu_times().user for w in workers) > 2.5:
            return workers
        assert process.poll() is None
        time.sleep(0.1)
    raise AssertionError("no worker came to work")


def test_exercises_are_listed_and_shown_with_their_sources():
    listed = run("exercises").stdout
    assert all(name in listed for name in ("squat", "lunge", "hinge"))
    assert run("exercises", "list").stdout == listed
    shown = run("exercises", "show", "squat").stdout
    assert "depth" in shown
    assert "°" in shown


def test_an_exercise_file_is_checked(tmp_path):
    own = tmp_path / "my_squat.toml"
    shipped = (files("hipform.exercises") / "squat.toml").read_text(encoding="utf-8")
    own.write_text(shipped, encoding="utf-8")
    fine = run("exercises", "check", own)
    assert fine.returncode == 0, fine.stderr
    assert "is fine" in fine.stdout
    own.write_text(shipped.replace("start_above_deg", "start_abov_deg"), encoding="utf-8")
    wrong = run("exercises", "check", own)
    assert wrong.returncode == 1
    assert "my_squat.toml" in wrong.stderr
    assert "start_abov_deg" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_an_exercise_of_ones_own_can_be_used(moment, tmp_path):
    own = tmp_path / "my_squat.toml"
    own.write_text((files("hipform.exercises") / "squat.toml").read_text(encoding="utf-8"), encoding="utf-8")
    process = run("analyze", moment, "--exercise", own, "--out", tmp_path / "r", "--no-overlay", "--json")
    assert process.returncode == 0, process.stderr
    report = json.loads(process.stdout)
    assert (report["exercise"], report["exercise_source"]) == ("my_squat", "given")


def test_a_model_that_is_none_is_told_once(moment, tmp_path):
    wrong = tmp_path / "wrong.task"
    wrong.write_bytes(b"no model")
    process = run("analyze", moment, "--model", wrong, "--out", tmp_path / "r")
    assert process.returncode == 1
    assert "Traceback" not in process.stderr
    assert process.stderr.count("wrong.task") == 1
