"""The page and the file of numbers that `hipform validate` writes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from hipform.validation.labelled import LabelledComparison
from hipform.validation.numbers import FORMAT, GROSS_DEG, Numbers, json_text
from hipform.validation.rendered import RenderedComparison
from hipform.validation.summary import PEAKS, Comparison, Uncompared, frame_numbers, peak_numbers
from hipform.validation.tables import BLOCKS, degrees, signed_degrees, table

_HEADINGS: Final[Mapping[str, tuple[str, str]]] = {
    "short": ("In short", ""),
    "clips": ("What was compared", ""),
    "counting": ("Counting and recognising", "Right means within the range that the labels accept."),
    "times": ("Times", "Against the known tempo of rendered reps without a step."),
    "bottoms": ("Bottoms", ""),
    "camera": ("The camera's direction", "Reported minus true azimuth."),
    "frames": (
        "Angles against rendered truth",
        "Near leg, every frame while the person moves. Each number is the mean over clips.",
    ),
    "peaks": (
        "Peaks of reps against rendered truth",
        "Scatter: what is left of the errors when each clip's constant part is taken out.",
    ),
    "measures": ("Measures by exercise", "Mean over clips, degrees; the near leg unless it says otherwise."),
    "marks": ("Angles against joints marked by hand", "In the plane of the picture."),
    "uncertainty": ("The stated uncertainties", "They are meant to hold 90 % of the errors."),
    "faults": ("Findings", "Per rep, in the views that can show them."),
}


def page(comparisons: Sequence[Comparison], numbers: Numbers, plots: Sequence[Path]) -> str:
    """The whole page: tables, plots and a line for each clip."""
    parts = [
        "# Accuracy on these clips",
        "Degrees and seconds; an error is what was reported minus what is true.",
    ]
    for name, (heading, note) in _HEADINGS.items():
        block = BLOCKS[name](numbers)
        if block:
            parts += [f"## {heading}", *([note] if note else []), block]
    parts += ["## Each clip", _clip_table(comparisons)]
    lost = [c for c in comparisons if isinstance(c, Uncompared)]
    if lost:
        parts += ["## Not compared", "\n".join(f"- {clip.name}: {clip.reason}" for clip in lost)]
    if plots:
        parts += ["## Plots", *(f"![{plot.stem.replace('_', ' ')}]({plot.as_posix()})" for plot in plots)]
    return "\n\n".join(parts) + "\n"


def clips_text(comparisons: Sequence[Comparison], numbers: Numbers) -> str:
    """All numbers as JSON: those of all clips together, and each clip with its reps and marks."""
    return json_text(
        {"format": FORMAT, "numbers": asdict(numbers), "clips": [_facts(c) for c in comparisons]}
    )


def _facts(clip: Comparison) -> dict[str, Any]:
    facts = asdict(clip) | {"kind": "rendered" if isinstance(clip, RenderedComparison) else "labelled"}
    if isinstance(clip, Uncompared):
        return facts | {"kind": clip.kind}
    facts["counted"] |= {"right": clip.counted.right, "partials_right": clip.counted.partials_right}
    if isinstance(clip, RenderedComparison):
        facts["curves"] = {key: _plain(frame_numbers([clip], key)) for key in clip.curves}
        facts["peaks"] = {
            key: _plain(peak_numbers([clip], name)) for key, name in PEAKS.items() if clip.curves
        }
    return facts


def _plain(part: Any) -> Any:
    return None if part is None else asdict(part)


def _clip_table(comparisons: Iterable[Comparison]) -> str:
    heads = [
        "clip",
        "exercise",
        "complete reps",
        "partial",
        "off the side",
        "knee",
        "hip",
        "knee peak",
        "hip peak",
    ]
    return table([*heads, "marks beyond 15°"], [_clip_row(clip) for clip in comparisons])


def _clip_row(clip: Comparison) -> Sequence[str]:
    if isinstance(clip, Uncompared):
        return [clip.name, clip.exercise, "not compared", *([""] * 7)]
    counted = clip.counted
    accepted = "–".join(dict.fromkeys(map(str, counted.accepted)))
    wrong = "" if counted.right else " ✗"
    row = [clip.name, clip.exercise, f"{counted.reps_found} of {accepted}{wrong}"]
    row.append(
        f"{counted.partials_found} of {'?' if counted.partials_true is None else counted.partials_true}"
    )
    if isinstance(clip, LabelledComparison):
        gross = sum(abs(mark.error) > GROSS_DEG for mark in clip.marks if mark.error is not None)
        return [*row, *([""] * 5), str(gross) if clip.marks else ""]
    angles = [frame_numbers([clip], key) for key in PEAKS]
    tops = [peak_numbers([clip], name) for name in PEAKS.values()]
    cells = [degrees(part.mean_abs) if part else "" for part in angles]
    cells += [signed_degrees(part.bias) if part and clip.curves else "" for part in tops]
    return [*row, f"{clip.off_side_deg:.0f}°", *cells, ""]
