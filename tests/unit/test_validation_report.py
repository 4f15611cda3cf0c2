"""What a validation leaves behind: the page, the plots, the command, and the figures in the docs."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from fixtures import clips, known_clips
from fixtures.known_clips import analysis, label, mark
from hipform.errors import InputError, OutputError
from hipform.validation import run
from hipform.validation.numbers import Numbers, read_numbers
from hipform.validation.plots import nominal_share
from hipform.validation.tables import BLOCKS
from hipform.validation.truth import read_truth

ROOT = Path(__file__).resolve().parents[2]
HIPFORM = [sys.executable, "-P", "-m", "hipform"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Rendered clips from the side and at an angle, and a real one with marks, with their results."""
    root = tmp_path_factory.mktemp("validation")
    known_clips.write_truth(root / "rendered", "from the side", reads_more={"knee": -6.0})
    known_clips.write_truth(root / "rendered", "turned", azimuth_deg=60.0)
    known_clips.write_labels(root / "real", label())
    bottom_s = analysis().report.reps[0].bottom_s
    known_clips.write_marks(root / "real", mark(bottom_s, 95.0, 40.0, 10.0), mark(500.0, 0.0, 0.0, 90.0))
    for name in ("from the side", "turned", "real"):
        known_clips.write_result(root / "results", name, analysis())
    return root


@pytest.fixture(scope="module")
def written(folders):
    """Everything together, written: the folder."""
    truths = [read_truth(folders / kind) for kind in ("rendered", "real")]
    comparisons = [clip for truth in truths for clip in run.compare(truth, folders / "results")]
    run.write(comparisons, folders / "out")
    return folders / "out"


def hipform(*arguments):
    command = [*HIPFORM, "validate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


# --- the page


def test_the_page_holds_every_table_and_every_plot(written):
    page = (written / "accuracy.md").read_text(encoding="utf-8")
    assert page.count("\n## ") == len(BLOCKS) + 2  # and each clip, and the plots
    shown = re.findall(r"!\[[^]]+\]\((plots/[^)]+)\)", page)
    assert sorted(shown) == sorted(f"plots/{p.name}" for p in (written / "plots").glob("*.png"))
    assert "| knee flexion, side | 6.0° | −6.0° | 1.000 | 94 % | 0.0 % |" in page
    assert "| hip bend, side | 0.0° | 0.0° | 1.000 | 94 % | 0.0 % |" in page
    assert not re.search(r"\bnan\b", page)


def test_every_row_of_a_table_has_a_cell_for_every_head(written):
    tables = re.findall(r"(?:^\|.*\n)+", (written / "accuracy.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(tables) > 8
    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1


def test_the_short_figures_are_sentences_that_say_which_way_it_errs(written):
    page = (written / "accuracy.md").read_text(encoding="utf-8")
    assert "right on 1 of 1 clips of real people and 2 of 2 rendered clips" in page
    assert "the largest knee flexion of a rep reads 6.0° too small" in page
    assert "on average over 2 frames of 1 clip; 4 of 8 marked angles were reported, none of them" in page


def test_parts_that_the_clips_cannot_tell_are_left_out(folders, tmp_path):
    run.write(run.compare(read_truth(folders / "real"), folders / "results"), tmp_path)
    page = (tmp_path / "accuracy.md").read_text(encoding="utf-8")
    assert "marked by hand" in page
    assert "Peaks of reps" not in page
    assert "rendered" not in page
    assert not (tmp_path / "plots" / "error_by_view.png").exists()


def test_a_clip_that_was_not_compared_is_named_with_the_reason(folders, tmp_path):
    truth = read_truth(folders / "rendered")
    run.write(run.compare(truth, folders / "results", {"turned": "Nobody came."}), tmp_path)
    page = (tmp_path / "accuracy.md").read_text(encoding="utf-8")
    assert "- turned: Nobody came." in page
    assert "| clips that could not be compared | 1 |" in page


def test_the_same_clips_give_the_same_files(folders, written, tmp_path):
    truths = [read_truth(folders / kind) for kind in ("rendered", "real")]
    run.write([clip for truth in truths for clip in run.compare(truth, folders / "results")], tmp_path)
    for name in ("accuracy.md", "accuracy.json", "plots/calibration.svg", "plots/bland_altman.svg"):
        assert (tmp_path / name).read_bytes() == (written / name).read_bytes()


def test_a_folder_that_cannot_be_written_is_told(folders, tmp_path):
    (tmp_path / "file").touch()
    comparisons = run.compare(read_truth(folders / "real"), folders / "results")
    with pytest.raises(OutputError, match="Choose another folder"):
        run.write(comparisons, tmp_path / "file")


# --- the plots

SUMMARIES = {
    "calibration": ("k (times the stated uncertainty)", "errors inside (%)", "nominal"),
    "bland_altman": ("mean of reported and true (°)", "reported − true (°)", "Bland–Altman", "+1.96 SD"),
    "error_by_depth": ("true bend (°)", "reported − true (°)", "marked by hand", "at an angle"),
    "error_by_view": ("camera off the exact side view (°)", "reported − true (°)", "squat"),
}


@pytest.mark.parametrize("name", SUMMARIES)
def test_summaries_say_what_is_compared_in_which_unit(written, name):
    drawn = (written / "plots" / f"{name}.svg").read_text(encoding="utf-8")
    words = "\n".join(re.findall(r"<!-- (.*?) -->", drawn, re.DOTALL))
    for text in SUMMARIES[name]:
        assert text in words
    with Image.open(written / "plots" / f"{name}.png") as picture:
        assert picture.width > 500


def test_there_is_a_plot_over_time_for_each_clip_with_angles(written):
    found = sorted(path.name for path in (written / "plots").glob("error_over_time*"))
    assert found == [f"error_over_time_{name}.png" for name in ("from_the_side", "real", "turned")]


def test_the_nominal_curve_holds_90_percent_at_the_stated_uncertainty():
    assert nominal_share(1.0) == pytest.approx(0.9, abs=1e-4)
    assert nominal_share(0.25) < 0.4
    assert nominal_share(2.0) > 0.99


# --- the command


def test_the_command_compares_results_and_says_where_everything_is(folders, tmp_path):
    process = hipform(folders / "rendered", "--results", folders / "results", "--out", tmp_path / "out")
    assert process.returncode == 0, process.stderr
    assert "right on 2 of 2 rendered clips" in process.stdout
    for name in ("accuracy.md", "accuracy.json", "plots"):
        assert name in process.stdout
        assert (tmp_path / "out" / name).exists()


def test_a_missing_result_is_told_and_costs_the_others_nothing(folders, tmp_path):
    results = tmp_path / "results"
    known_clips.write_result(results, "turned", analysis())
    process = hipform(folders / "rendered", "--results", results, "--out", tmp_path / "out")
    assert process.returncode == 1
    assert "from the side" in process.stderr
    assert "from the side.json" in process.stderr
    assert "Traceback" not in process.stderr
    assert (tmp_path / "out" / "accuracy.md").exists()


def test_a_folder_without_truth_has_status_1_and_the_next_step(tmp_path):
    process = hipform(tmp_path, "--out", tmp_path / "out")
    assert process.returncode == 1
    assert "holds no truth" in process.stderr
    assert "docs/accuracy.md" in process.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.model
def test_the_command_analyses_the_clips_and_tells_of_a_missing_video(tmp_path):
    clips.cut(tmp_path / "standing.mp4", 0.0, 0.5)
    still = {"exercise": "none", "reps_full": 0, "reps_partial": 0}
    known_clips.write_labels(tmp_path, still | {"file": "standing.mp4"}, still | {"file": "gone.mp4"})
    process = hipform(tmp_path, "--out", tmp_path / "out", "--workers", 1)
    assert process.returncode == 1
    assert "gone" in process.stderr
    assert "There is no file" in process.stderr
    assert (tmp_path / "out" / "results" / "standing.json").exists()
    page = (tmp_path / "out" / "accuracy.md").read_text(encoding="utf-8")
    assert "| clips without exercise that were called so | 1 of 2 |" in page


# --- the figures in the docs


@pytest.fixture(scope="module")
def benchmark():
    """The script that writes the figures."""
    spec = importlib.util.spec_from_file_location("accuracy", ROOT / "benchmarks" / "accuracy.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_figures_in_the_docs_are_the_numbers_that_were_measured(benchmark):
    numbers = read_numbers(benchmark.STORED)
    for page in benchmark.PAGES:
        text = page.read_text(encoding="utf-8")
        assert benchmark.rewritten(text, numbers) == text, f"{page.name}: run benchmarks/accuracy.py"


def test_every_table_is_in_the_docs(benchmark):
    text = "".join(page.read_text(encoding="utf-8") for page in benchmark.PAGES)
    assert set(re.findall(r"<!-- accuracy:(\w+) -->", text)) == set(BLOCKS)
    assert text.count("<!-- accuracy:") == text.count("<!-- /accuracy -->")


def test_a_figure_changed_by_hand_is_put_right(benchmark):
    numbers = read_numbers(benchmark.STORED)
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    forged = page.replace("Counts:** right on ", "Counts:** right on 9")
    assert forged != page
    assert benchmark.rewritten(forged, numbers) == page


def test_a_block_of_an_unknown_name_is_refused(benchmark):
    with pytest.raises(InputError, match="no block 'nosuch'"):
        benchmark.rewritten("<!-- accuracy:nosuch -->\n<!-- /accuracy -->", Numbers())


def test_stored_numbers_name_no_place_and_no_clip(benchmark):
    stored = benchmark.STORED.read_text(encoding="utf-8")
    assert "/" not in stored.replace("hipform/accuracy/1", "")
    assert ".mp4" not in stored
