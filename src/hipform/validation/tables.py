"""The tables of a validation as Markdown, each made of the numbers alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from hipform.report.summary import number_of
from hipform.validation.counting import MATCH_S
from hipform.validation.numbers import (
    BANDS,
    GROSS_DEG,
    Band,
    Counting,
    Errors,
    MeasureErrors,
    Numbers,
    Share,
)
from hipform.validation.words import ANGLE_WORDS, BAND_WORDS, FAULT_WORDS, MEASURE_WORDS, TIME_WORDS

T = TypeVar("T")
_NO_EXERCISE = {"none": "without exercise"}


def short(numbers: Numbers) -> str:
    """The figures that matter most, a sentence each."""
    parts = [_counts_sentence(numbers), _marks_sentence(numbers), *_rendered_sentences(numbers)]
    return "\n".join(f"- {part}" for part in (*parts, _inside_sentence(numbers)) if part)


def clips(numbers: Numbers) -> str:
    """What was compared."""
    rows = []
    for kind, part in (("real people", numbers.labelled), ("rendered", numbers.rendered)):
        if part is not None:
            held = [f"{_NO_EXERCISE.get(name, name)} {count}" for name, count in part.exercises.items()]
            rows.append([kind, str(part.clips), ", ".join(held)])
    return table(["", "clips", "of them"], rows)


def counting(numbers: Numbers) -> str:
    """Counts, exercises and views of real and rendered clips."""
    kinds = {"real people": numbers.labelled, "rendered": numbers.rendered}
    told = {name: part for name, part in kinds.items() if part is not None}
    rows: dict[str, Callable[[Counting], str]] = {
        "clips with the right number of complete reps": lambda c: _of(c.reps_right),
        "clips with the right number of partial reps": lambda c: _of(c.partials_right),
        f"reps found within {MATCH_S:g} s of their true bottom": lambda c: _percent(c.met_share),
        "exercise right": lambda c: _of(c.exercise_right),
        "view right": lambda c: _of(c.view_right),
        "clips without exercise that were called so": lambda c: _of(c.none_right),
        "… reps listed in them": lambda c: str(c.phantom_reps) if c.none_right.of else "",
        "clips that could not be compared": lambda c: str(c.failed) if c.failed else "",
    }
    cells = [[name, *(cell(part) for part in told.values())] for name, cell in rows.items()]
    return table(["", *told], [row for row in cells if any(row[1:])])


def times(numbers: Numbers) -> str:
    """Moments and durations against known ones."""
    if numbers.times is None or not numbers.times.errors:
        return ""
    rows = [
        [
            TIME_WORDS[name],
            f"{_signed(error.bias, 2)} s",
            f"{error.sd:.2f} s",
            f"{error.within_90:.2f} s",
            f"± {numbers.times.stated[name]:.2f} s" if name in numbers.times.stated else "",
            str(error.count),
        ]
        for name, error in _in_order(numbers.times.errors, TIME_WORDS)
    ]
    return table(["", "mean error", "spread (SD)", "90 % within", "stated", "reps"], rows)


def bottoms(numbers: Numbers) -> str:
    """Where the bottom of each rep was found, as a sentence."""
    if numbers.times is None:
        return ""
    inside, beside = numbers.times.bottom_inside, numbers.times
    return (
        f"The bottom lies inside the true interval at the bottom in {inside.yes} of {inside.of} rendered "
        f"reps, {beside.beside_s:.3f} s outside it on average and at most {beside.beside_worst_s:.2f} s."
    )


def camera(numbers: Numbers) -> str:
    """Errors of the camera's direction."""
    parts = numbers.camera
    found = {"around each rep": parts.reps, "over a whole clip": parts.clips} if parts else {}
    rows = [
        [
            name,
            degrees(e.mean_abs),
            degrees(e.within_90),
            degrees(e.worst),
            signed_degrees(e.bias),
            str(e.count),
        ]
        for name, e in found.items()
        if e is not None
    ]
    return table(["", "mean error", "90 % within", "largest", "bias", "number"], rows)


def frames(numbers: Numbers) -> str:
    """Angles against rendered truth, frame by frame."""
    rows = [
        [
            f"{ANGLE_WORDS[key]}, {BAND_WORDS[band]}",
            degrees(part.mean_abs),
            signed_degrees(part.bias),
            "" if part.correlation is None else f"{part.correlation:.3f}",
            _percent(part.reported),
            _percent(part.beyond_gross, 1),
        ]
        for band, parts in numbers.frames.items()
        for key, part in parts.items()
    ]
    return table(["", "mean error", "bias", "correlation", "reported", f"beyond {GROSS_DEG:g}°"], rows)


def peaks(numbers: Numbers) -> str:
    """Peaks of reps against rendered truth, and how much they scatter."""
    rows = [
        [
            f"{ANGLE_WORDS[key]} peak, {BAND_WORDS[band]}",
            degrees(part.mean_abs),
            signed_degrees(part.bias),
            degrees(part.spread),
            _percent(part.reported),
            str(part.reps),
        ]
        for band, parts in numbers.peaks.items()
        for key, part in parts.items()
    ]
    return table(["", "mean error", "bias", "scatter within a clip", "reported", "reps"], rows)


def measures(numbers: Numbers) -> str:
    """Each measure in each exercise, from the side and at an angle."""
    by_row: dict[str, dict[str, MeasureErrors]] = {}
    for part in numbers.measures:
        leg = ", far leg" if part.far else ""
        by_row.setdefault(f"{part.exercise}{leg}: {MEASURE_WORDS[part.measure]}", {})[part.band] = part
    rows = []
    for name, bands in by_row.items():
        told = [bands.get(band) for band in BANDS]
        cells = [[f"{p.mean_abs:.1f}", _signed(p.bias), str(p.reps)] if p else ["", "", ""] for p in told]
        rows.append([name, *(cell for group in cells for cell in group)])
    heads = [f"{BAND_WORDS[band]}: {what}" for band in BANDS for what in ("mean error", "bias", "reps")]
    return table(["", *heads], rows)


def marks(numbers: Numbers) -> str:
    """Angles against joints marked by hand."""
    rows = [
        [
            ANGLE_WORDS[key],
            f"{part.reported} of {part.asked}",
            *_mark_cells(part.errors),
            str(part.beyond_gross),
        ]
        for key, part in _in_order(numbers.marks, ANGLE_WORDS)
    ]
    return table(
        ["", "reported", "mean error", "half are within", "bias", "largest", f"beyond {GROSS_DEG:g}°"], rows
    )


def uncertainty(numbers: Numbers) -> str:
    """What share of the errors the stated uncertainties hold; they are meant to hold 90 %."""
    rows = [
        [f"{ANGLE_WORDS[key]}, marked by hand", _percent(part.inside), "", _plus_minus(part.stated)]
        for key, part in _in_order(numbers.marks, ANGLE_WORDS)
    ]
    for band in BANDS:
        rows += [
            [
                f"{ANGLE_WORDS[key]}{what}, rendered, {BAND_WORDS[band]}",
                _percent(part.inside),
                _percent(part.inside_steady),
                _plus_minus(part.stated),
            ]
            for what, parts in ((", frames", numbers.frames), (" peak", numbers.peaks))
            for key, part in parts.get(band, {}).items()
            if part.inside is not None
        ]
    return table(["", "inside", "inside, each clip's constant removed", "stated (median)"], rows)


def faults(numbers: Numbers) -> str:
    """Findings about faults that were put into rendered clips."""
    rows = [
        [FAULT_WORDS[name], str(part.found), str(part.missed), str(part.false)]
        for name, part in _in_order(numbers.faults, FAULT_WORDS)
        if part.found + part.missed + part.false
    ]
    return table(["fault", "found", "missed", "found where there was none"], rows)


# Blocks that a page may hold between `<!-- accuracy:NAME -->` and `<!-- /accuracy -->`.
BLOCKS: Final[Mapping[str, Callable[[Numbers], str]]] = {
    "short": short,
    "clips": clips,
    "counting": counting,
    "times": times,
    "bottoms": bottoms,
    "camera": camera,
    "frames": frames,
    "peaks": peaks,
    "measures": measures,
    "marks": marks,
    "uncertainty": uncertainty,
    "faults": faults,
}


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; nothing when it has no rows."""
    if not rows:
        return ""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("|" + "".join(f" {cell} |" if cell else " |" for cell in line) for line in lines)


def degrees(value: float | None) -> str:
    """A size in degrees, empty when it is not known."""
    return "" if value is None else f"{value:.1f}°"


def signed_degrees(value: float | None) -> str:
    """A difference in degrees with its sign, empty when it is not known."""
    return "" if value is None else f"{_signed(value)}°"


def _signed(value: float, decimals: int = 1) -> str:
    text = f"{value:+.{decimals}f}".replace("-", "−")
    return text if text.strip("+−0.") else text[1:]


def _percent(share: float | None, decimals: int = 0) -> str:
    return "" if share is None else f"{100.0 * share:.{decimals}f} %"


def _plus_minus(value: float | None) -> str:
    return "" if value is None else f"± {value:.1f}°"


def _of(share: Share) -> str:
    return f"{share.yes} of {share.of}" if share.of else ""


def _mark_cells(errors: Errors | None) -> list[str]:
    if errors is None:
        return [""] * 4
    sizes = (errors.mean_abs, errors.median_abs), (errors.worst,)
    first, last = ([degrees(size) for size in group] for group in sizes)
    return [*first, signed_degrees(errors.bias), *last]


def _in_order(parts: Mapping[str, T], words: Mapping[str, str]) -> Iterator[tuple[str, T]]:
    """The parts in the order of their words."""
    return ((name, parts[name]) for name in words if name in parts)


def _counts_sentence(numbers: Numbers) -> str:
    kinds = {"clips of real people": numbers.labelled, "rendered clips": numbers.rendered}
    told = {name: part for name, part in kinds.items() if part is not None and part.reps_right.of}
    if not told:
        return ""
    counts = " and ".join(f"{_of(part.reps_right)} {name}" for name, part in told.items())
    exercises = " and ".join(str(part.exercise_right.yes) for part in told.values())
    text = f"**Counts:** right on {counts}; the exercise is right on {exercises}."
    real = numbers.labelled
    if real is not None and real.none_right.of:
        still, listed = number_of(real.none_right.of, "clip"), real.phantom_reps or "no"
        text += f" In {still} without exercise {listed} reps were listed."
    return text


def _marks_sentence(numbers: Numbers) -> str:
    told = [(key, m) for key, m in _in_order(numbers.marks, ANGLE_WORDS) if key != "all" and m.errors]
    if not told:
        return ""
    sizes = ", ".join(f"{m.errors.mean_abs:.1f}° for {ANGLE_WORDS[key]}" for key, m in told if m.errors)
    asked, reported = sum(m.asked for _, m in told), sum(m.reported for _, m in told)
    gross = sum(m.beyond_gross for _, m in told)
    return (
        f"**Angles of real people** differ from joints marked by hand by {sizes}, on average over "
        f"{number_of(numbers.marked_frames, 'frame')} of {number_of(numbers.marked_clips, 'clip')}; "
        f"{reported} of {asked} marked angles were reported, {gross or 'none'} of them more than "
        f"{GROSS_DEG:g}° off."
    )


def _rendered_sentences(numbers: Numbers) -> Iterator[str]:
    low, high = BANDS["angle"]
    angle = f"at an angle ({low:g} to {high:g}° off the side)"
    places: dict[Band, str] = {"side": "from the side", "angle": angle}
    for band, where in places.items():
        found = numbers.peaks.get(band, {})
        knee, hip = found.get("knee"), found.get("hip")
        if knee is None or hip is None or knee.bias is None or hip.bias is None:
            continue
        text = (
            f"**Rendered bodies {where}:** the largest knee flexion of a rep reads {_too(knee.bias)} and the "
            f"largest hip bend {_too(hip.bias)}, on average over clips"
        )
        if knee.spread is not None and hip.spread is not None:
            text += f"; from rep to rep the errors scatter by {knee.spread:.1f}° and {hip.spread:.1f}°"
        yield f"{text}."


def _too(bias: float) -> str:
    return f"{abs(bias):.1f}° too {'small' if bias < 0.0 else 'large'}"


def _inside_sentence(numbers: Numbers) -> str:
    parts = []
    everything = numbers.marks.get("all")
    if everything is not None and everything.inside is not None:
        parts.append(f"{_percent(everything.inside)} of those of the angles marked by hand")
    knee = numbers.peaks.get("side", {}).get("knee")
    if knee is not None and knee.inside_steady is not None:
        share = _percent(knee.inside_steady)
        parts.append(
            f"{share} of those of rendered knee peaks from the side, each clip's constant part removed"
        )
    held = " and ".join(parts)
    return f"**Stated uncertainties** are meant to hold 90 % of the errors, and hold {held}." if parts else ""
