"""Measures how accurate hipform is and writes the figures into the docs: no figure there is typed by hand.

    python benchmarks/accuracy.py TRUTH...                      analyse, compare, write everything
    python benchmarks/accuracy.py TRUTH... --results RESULTS...  compare results of `hipform analyze`
    python benchmarks/accuracy.py                               write the pages again from accuracy.json

TRUTH are folders as `hipform validate` takes them (docs/accuracy.md); their clips are taken together. The
numbers go to `accuracy.json` beside this file, tables into the pages between `<!-- accuracy:NAME -->` and
`<!-- /accuracy -->`, plots into docs/images; everything else (results, all plots, each clip) into --out.
"""

import argparse
import re
import shutil
import sys
from pathlib import Path

from hipform import console
from hipform.api import Options
from hipform.errors import HipformError, InputError
from hipform.validation import run
from hipform.validation.numbers import Numbers, numbers_text, read_numbers
from hipform.validation.summary import Comparison, summarise
from hipform.validation.tables import BLOCKS
from hipform.validation.truth import read_truth

ROOT = Path(__file__).resolve().parents[1]
STORED = ROOT / "benchmarks" / "accuracy.json"
PAGES = (ROOT / "README.md", ROOT / "docs" / "accuracy.md")
PLOTS = ("calibration", "bland_altman", "error_by_depth")
BLOCK = re.compile(r"<!-- accuracy:(\w+) -->\n.*?<!-- /accuracy -->", re.DOTALL)


def rewritten(page: str, numbers: Numbers) -> str:
    """The page with every block made of `numbers`."""

    def block(found: re.Match[str]) -> str:
        name = found[1]
        if name not in BLOCKS:
            raise InputError(f"There is no block {name!r} to write. There are: {', '.join(BLOCKS)}.")
        content = BLOCKS[name](numbers) or "Not measured."
        return f"<!-- accuracy:{name} -->\n\n{content}\n\n<!-- /accuracy -->"

    return BLOCK.sub(block, page)


def measured(truths: list[Path], given: list[Path], out: Path, workers: int) -> list[Comparison]:
    """The clips of all folders beside their results, which are made in `out` where none are given."""
    comparisons: list[Comparison] = []
    for i, folder in enumerate(truths):
        truth, failed = read_truth(folder), {}
        results = given[i] if given else out / f"results_{i + 1}"
        if not given:
            with console.Watch(truth.videos, console.err()) as watch:
                failed = run.analyse(truth, Options(overlay=False), results, workers, watch.show)
        comparisons += run.compare(truth, results, failed)
    return comparisons


def write_all(comparisons: list[Comparison], out: Path) -> None:
    written = run.write(comparisons, out)
    for name in PLOTS:
        shutil.copyfile(written.plots / f"{name}.png", ROOT / "docs" / "images" / f"accuracy_{name}.png")
    STORED.write_text(numbers_text(summarise(comparisons)), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("truth", type=Path, nargs="*", help="folders of clips with truth or labels")
    parser.add_argument("--results", type=Path, nargs="*", default=[], help="one folder for each TRUTH")
    parser.add_argument("--out", type=Path, default=Path("hipform_accuracy"))
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    if chosen.results and len(chosen.results) != len(chosen.truth):
        parser.error("--results needs one folder for each TRUTH")
    if chosen.truth:
        comparisons = measured(chosen.truth, chosen.results, chosen.out, chosen.workers)
        lost = run.not_compared(comparisons)
        if lost:
            sys.exit("\n".join(["Nothing was written, for these clips failed:", *map(": ".join, lost)]))
        write_all(comparisons, chosen.out)
    numbers = read_numbers(STORED)
    for page in PAGES:
        page.write_text(rewritten(page.read_text(encoding="utf-8"), numbers), encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except HipformError as error:
        sys.exit(f"accuracy: {error}")
