"""A validation from beginning to end: analyse the clips, compare, write the tables, numbers and plots."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hipform import batch
from hipform.api import Options
from hipform.atomic import replacing
from hipform.errors import InputError
from hipform.exercises.loader import load_all
from hipform.output import Output, writing_to
from hipform.pose.models import find_model
from hipform.validation.labelled import compare_labelled, mark_errors
from hipform.validation.rendered import compare_rendered
from hipform.validation.results import read_result
from hipform.validation.summary import Comparison, Uncompared, summarise
from hipform.validation.truth import Labelled, Rendered, TruthFolder
from hipform.workers import Failed


@dataclass(frozen=True, slots=True)
class Written:
    """Where a validation was written: the page of tables, the numbers as JSON, the folder of plots."""

    page: Path
    numbers: Path
    plots: Path


def analyse(
    truth: TruthFolder, options: Options, results: Path, workers: int, show: Callable[[batch.Event], None]
) -> dict[str, str]:
    """Run hipform over the clips and write its results; the reasons of those that failed, by their names.

    Raises:
        ModelError: the pose model is missing or damaged.

    """
    find_model(options.model)  # a fault here is told once, not once for each clip
    names, failures = truth.result_names(), {}
    for event in batch.run(truth.videos, options, Output(results), workers):
        show(event)
        if isinstance(event, batch.Ended) and isinstance(event.outcome, Failed):
            failures[names[event.index]] = event.outcome.reason
    return failures


def compare(
    truth: TruthFolder, results: Path, failures: Mapping[str, str] | None = None
) -> tuple[Comparison, ...]:
    """Each clip beside its result, in the order of the clips.

    A clip that failed, or whose result is missing or damaged, is `Uncompared` with the reason.

    Raises:
        InputError: there is no result of any of these clips.

    """
    names = truth.result_names()
    if not failures and not any((results / f"{name}.json").is_file() for name in names):
        raise InputError(
            f"{results} holds no result of these clips (no {names[0]}.json, for example). Give the folder "
            "that `hipform analyze` wrote them to, or leave --results out to analyse them now."
        )
    exercises = frozenset(load_all())
    known = failures or {}
    return tuple(
        _compare(clip, results, name, exercises, known.get(name))
        for clip, name in zip(truth.clips, names, strict=True)
    )


def not_compared(comparisons: Sequence[Comparison]) -> list[tuple[str, str]]:
    """Name and reason of each clip that could not be compared."""
    return [(clip.name, clip.reason) for clip in comparisons if isinstance(clip, Uncompared)]


def write(comparisons: Sequence[Comparison], folder: Path) -> Written:
    """Write `accuracy.md`, `accuracy.json` and the plots into `folder`.

    Raises:
        OutputError: they cannot be written.

    """
    from hipform.validation.plots import draw_all
    from hipform.validation.report import clips_text, page

    numbers = summarise(comparisons)
    written = Written(folder / "accuracy.md", folder / "accuracy.json", folder / "plots")
    with writing_to(folder):
        written.plots.mkdir(parents=True, exist_ok=True)
    pictures = [path.relative_to(folder) for path in draw_all(comparisons, numbers, written.plots)]
    _save(written.numbers, clips_text(comparisons, numbers))
    _save(written.page, page(comparisons, numbers, pictures))
    return written


def _compare(
    clip: Rendered | Labelled, results: Path, name: str, exercises: frozenset[str], failure: str | None
) -> Comparison:
    if failure is not None:
        return _uncompared(clip, exercises, failure)
    try:
        result = read_result(results, name)
    except InputError as error:
        return _uncompared(clip, exercises, str(error))
    if isinstance(clip, Rendered):
        return compare_rendered(clip, result)
    return compare_labelled(clip, result, exercises)


def _uncompared(clip: Rendered | Labelled, exercises: frozenset[str], reason: str) -> Uncompared:
    if isinstance(clip, Rendered):
        return Uncompared(clip.name, "rendered", clip.exercise, True, reason)
    exercise, marks = clip.label.exercise, mark_errors(clip, None)
    return Uncompared(clip.name, "labelled", exercise, exercise in exercises, reason, marks)


def _save(path: Path, text: str) -> None:
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")
