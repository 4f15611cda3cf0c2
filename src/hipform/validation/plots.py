"""Draws a validation: errors over time, by view and depth, agreement, and what the uncertainties hold.

Colours are those of Okabe and Ito (2008), which people with colour-blindness tell apart; every series also
has a marker or line of its own. Each figure is independent of Matplotlib's global state.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import erf, sqrt
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hipform.atomic import replacing
from hipform.records import FloatArray
from hipform.validation.labelled import LabelledComparison
from hipform.validation.numbers import BANDS, MULTIPLES, Band, Numbers
from hipform.validation.rendered import MeasureError, RenderedComparison
from hipform.validation.summary import PEAKS, Comparison, first_legs
from hipform.validation.words import ANGLE_WORDS, BAND_WORDS

BLUE, ORANGE, GREEN, PURPLE, INK, PALE = "#0072B2", "#D55E00", "#009E73", "#AA4499", "#222222", "#E4E4E4"
_STYLE: Final[Any] = {
    "font.size": 10.0,
    "axes.titlesize": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "svg.hashsalt": "hipform",  # the same numbers give the same file
}
_DPI = 110
_HOLDS_90 = 1.6449  # standard deviations that hold 90 % of normal errors to both sides
_LEAST_REACH_DEG = 15.0  # an axis of errors reaches at least this far, so that small errors look small
_BIN_DEG = 15.0
_FEWEST_IN_BIN = 20  # frames; percentiles of fewer say little
_BAND_LOOK: Final[Mapping[Band, tuple[str, str, str]]] = {
    "side": (BLUE, "o", "-"),
    "angle": (ORANGE, "^", "--"),
}
_EXERCISE_LOOK: Final = ((BLUE, "o"), (ORANGE, "^"), (GREEN, "s"), (PURPLE, "D"))
_TIMED: Final = ("knee", "hip", "trunk", "thigh")
_JOINTS: Final = ("knee", "hip")


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """Pairs of what is true and what was reported, and how they are drawn and called."""

    label: str
    look: tuple[str, str]
    true: FloatArray
    reported: FloatArray


def draw_all(comparisons: Sequence[Comparison], numbers: Numbers, folder: Path) -> Iterator[Path]:
    """Draw what these clips can tell into `folder`; the path of each PNG as it is there.

    The summaries are written as SVG beside it, too.

    Raises:
        OutputError: a picture cannot be written.

    """
    rendered = [c for c in comparisons if isinstance(c, RenderedComparison) and c.curves]
    marked = [c for c in comparisons if isinstance(c, LabelledComparison) and c.marks]
    with mpl.rc_context(_STYLE):
        if numbers.calibration:
            yield from _saved(_calibration(numbers), folder / "calibration.png")
        if rendered or marked:
            yield from _saved(_agreement(rendered, marked), folder / "bland_altman.png")
            yield from _saved(_by_depth(rendered, marked), folder / "error_by_depth.png")
        if rendered:
            yield from _saved(_by_view(rendered), folder / "error_by_view.png")
        for clip in rendered:
            yield from _saved(_over_time(clip), folder / _time_name(clip.name), svg=False)
        for real in marked:
            yield from _saved(_marks_over_time(real), folder / _time_name(real.name), svg=False)


def _time_name(clip: str) -> str:
    return f"error_over_time_{re.sub(r'[^A-Za-z0-9.-]', '_', clip)}.png"


def _saved(figure: Figure, path: Path, *, svg: bool = True) -> Iterator[Path]:
    with replacing(path) as part:
        figure.savefig(part, format="png", dpi=_DPI)
    if svg:
        with replacing(path.with_suffix(".svg")) as part:
            figure.savefig(part, format="svg", metadata={"Date": None})
    yield path


def _figure(
    title: str, rows: int, columns: int, size: tuple[float, float], **axes: Any
) -> tuple[Figure, list[Axes]]:
    """A figure with a heading and a grid of panels, row by row."""
    figure = Figure(figsize=size, layout="constrained")
    figure.suptitle(title, fontsize=12, fontweight="bold")
    panels = figure.subplots(rows, columns, squeeze=False, **axes)
    return figure, [panel for row in panels for panel in row]


def _calibration(numbers: Numbers) -> Figure:
    """What share of the errors lies inside multiples of the stated uncertainty."""
    looks = {
        "frames": (BLUE, "o", "-"),
        "frames_steady": (ORANGE, "^", "--"),
        "peaks_steady": (GREEN, "s", "-."),
    }
    words = {
        "frames": "frames",
        "frames_steady": "frames, each clip's constant removed",
        "peaks_steady": "rep peaks, each clip's constant removed",
    }
    panels: dict[str, dict[str, str]] = {}
    if "marks" in numbers.calibration:
        panels["Real people: joints marked by hand"] = {"marks": "marked angles"}
    for band in BANDS:
        found = {
            f"{band}_{kind}": text for kind, text in words.items() if f"{band}_{kind}" in numbers.calibration
        }
        if found:
            panels[f"Rendered, {BAND_WORDS[band]}"] = found
    figure, axes = _figure(
        "Share of errors inside k times the stated uncertainty",
        1, len(panels), (1.2 + 4.3 * len(panels), 4.6), sharey=True,
    )  # fmt: skip
    for axis, (title, series) in zip(axes, panels.items(), strict=True):
        _nominal(axis)
        for key, text in series.items():
            colour, marker, line = looks[key.split("_", 1)[1]] if "_" in key else looks["frames"]
            held = numbers.calibration[key]
            shares = 100.0 * np.array(held.shares)
            axis.plot(
                MULTIPLES, shares, marker=marker, color=colour, ls=line, label=f"{text} ({held.count} errors)"
            )
        axis.set(title=title, xlabel="k (times the stated uncertainty)", ylim=(0, 103), xlim=(0.2, 2.05))
        axis.legend(loc="lower right", fontsize=8.5)
    axes[0].set_ylabel("errors inside (%)")
    return figure


def nominal_share(k: float) -> float:
    """Share of normal errors inside `k` times the half-width that holds 90 % of them."""
    return erf(_HOLDS_90 * k / sqrt(2.0))


def _nominal(axis: Axes) -> None:
    k = np.linspace(0.2, 2.05, 80)
    axis.plot(
        k,
        [100.0 * nominal_share(x) for x in k],
        color=INK,
        ls=":",
        lw=1.8,
        label="nominal: normal errors, 90 % at k = 1",
    )
    axis.plot([1.0], [90.0], marker="+", color=INK, markersize=15, mew=2, ls="none")


def _agreement(rendered: Sequence[RenderedComparison], marked: Sequence[LabelledComparison]) -> Figure:
    """Bland–Altman: the difference of two measurements against their mean, with its limits of agreement."""
    rows: dict[str, Callable[[str], list[_Points]]] = {}
    if rendered:
        rows["peak of each rep, against rendered truth"] = lambda joint: _peak_points(rendered, joint)
    if marked:
        rows["marked frames of real people, against the marks"] = lambda joint: [_mark_points(marked, joint)]
    figure, axes = _figure(
        "Agreement of reported and true angles (Bland–Altman)", len(rows), 2, (11.0, 0.7 + 4.2 * len(rows))
    )
    cells = [(title, points, joint) for title, points in rows.items() for joint in _JOINTS]
    for axis, (title, points, joint) in zip(axes, cells, strict=True):
        _bland_altman(axis, points(joint))
        axis.set(
            title=f"{ANGLE_WORDS[joint].capitalize()}: {title}",
            xlabel="mean of reported and true (°)",
            ylabel="reported − true (°)",
        )
    return figure


def _bland_altman(axis: Axes, groups: Sequence[_Points]) -> None:
    for group in groups:
        colour, marker = group.look
        mean, error = (group.reported + group.true) / 2.0, group.reported - group.true
        axis.plot(mean, error, marker, color=colour, mfc="none", ms=5, label=f"{group.label} ({len(error)})")
    errors = np.concatenate([group.reported - group.true for group in groups])
    if len(errors) > 1:
        bias, reach = float(errors.mean()), 1.96 * float(errors.std(ddof=1))
        lines = {"mean": (bias, "-"), "+1.96 SD": (bias + reach, "--"), "−1.96 SD": (bias - reach, "--")}
        for name, (level, style) in lines.items():
            axis.axhline(level, color=INK, ls=style, lw=1.2)
            axis.annotate(
                f"{name}\n{_signed(level)}°",
                (1.0, level),
                xycoords=("axes fraction", "data"),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=8.5,
            )
    _around_zero(axis, errors)
    axis.legend(loc="best", fontsize=8.5)


def _by_view(rendered: Sequence[RenderedComparison]) -> Figure:
    """The error of each rep's peak against how far the camera stood off the side."""
    figure, axes = _figure("Error of rep peaks by view, against rendered truth", 1, 2, (11.0, 4.8))
    exercises = list(dict.fromkeys(clip.exercise for clip in rendered))
    for axis, joint in zip(axes, _JOINTS, strict=True):
        errors = []
        for i, exercise in enumerate(exercises):
            colour, marker = _EXERCISE_LOOK[i % len(_EXERCISE_LOOK)]
            clips = [clip for clip in rendered if clip.exercise == exercise]
            found = [(c.off_side_deg, e.error) for c in clips for e in first_legs(c, PEAKS[joint])]
            if found:
                off, error = np.array(found).T
                axis.plot(off, error, marker, color=colour, mfc="none", ms=6, label=exercise)
                errors.append(error)
        axis.axvline(BANDS["side"][1], color=INK, ls=":", lw=1.2, label="beyond: “at an angle”")
        _around_zero(axis, np.concatenate(errors) if errors else np.array([]))
        axis.set(
            title=f"{ANGLE_WORDS[joint].capitalize()} peak",
            xlabel="camera off the exact side view (°)",
            ylabel="reported − true (°)",
            xlim=(-1, BANDS["angle"][1] + 1),
        )
        axis.legend(loc="best", fontsize=8.5)
    return figure


def _by_depth(rendered: Sequence[RenderedComparison], marked: Sequence[LabelledComparison]) -> Figure:
    """The error of each frame against how far the joint was truly bent."""
    figure, axes = _figure(
        "Error by depth: reported minus true angle against the true bend", 1, 2, (11.0, 4.8)
    )
    for axis, joint in zip(axes, _JOINTS, strict=True):
        reach = [_depth_band(axis, rendered, joint, band) for band in BANDS]
        if marked:
            points = _mark_points(marked, joint)
            error = points.reported - points.true
            axis.plot(
                points.true, error, "D", color=PURPLE, mfc="none", ms=5, label="marked by hand, each frame"
            )
            reach.append(error)
        _around_zero(axis, np.concatenate(reach))
        axis.set(
            title=f"{ANGLE_WORDS[joint].capitalize()}, frame by frame",
            xlabel="true bend (°)",
            ylabel="reported − true (°)",
        )
        axis.legend(loc="best", fontsize=8.5)
    return figure


def _depth_band(axis: Axes, rendered: Sequence[RenderedComparison], joint: str, band: Band) -> FloatArray:
    """Median and the middle 80 % of the errors in bins of the true angle; what was drawn."""
    low, high = BANDS[band]
    curves = [c.curves[joint] for c in rendered if low < c.off_side_deg <= high and joint in c.curves]
    if not curves:
        return np.array([])
    true = np.concatenate([curve.true for curve in curves])
    error = np.concatenate([curve.error for curve in curves])
    bins = np.floor(true / _BIN_DEG)
    rows = []
    for place in np.unique(bins):
        inside = error[(bins == place) & np.isfinite(error)]
        if len(inside) >= _FEWEST_IN_BIN:
            rows.append((_BIN_DEG * (place + 0.5), *np.percentile(inside, [10, 50, 90])))
    if not rows:
        return np.array([])
    centre, lower, middle, upper = np.array(rows).T
    colour, marker, line = _BAND_LOOK[band]
    hatch = None if band == "side" else "///"
    axis.fill_between(centre, lower, upper, color=colour, alpha=0.18, hatch=hatch, lw=0)
    axis.plot(
        centre,
        middle,
        marker=marker,
        color=colour,
        ls=line,
        label=f"rendered, {BAND_WORDS[band]}: median and 80 %",
    )
    return np.concatenate([lower, upper])


def _over_time(clip: RenderedComparison) -> Figure:
    """Each angle's error along one rendered clip, over its stated uncertainty."""
    keys = [key for key in _TIMED if key in clip.curves]
    figure, axes = _figure(
        f"{clip.name}: error against time ({clip.exercise}, {clip.off_side_deg:.0f}° off the side)",
        len(keys), 1, (10.0, 1.0 + 1.9 * len(keys)), sharex=True,
    )  # fmt: skip
    for axis, key in zip(axes, keys, strict=True):
        curve = clip.curves[key]
        for i, (start_s, end_s) in enumerate(clip.spans_s):
            axis.axvspan(start_s, end_s, color=PALE, lw=0, label=None if i else "rep")
        axis.plot(curve.t_s, curve.stated, color=ORANGE, ls="--", lw=1.2, label="± stated uncertainty")
        axis.plot(curve.t_s, -curve.stated, color=ORANGE, ls="--", lw=1.2)
        axis.plot(curve.t_s, curve.error, color=BLUE, lw=1.8, label="reported − true (gap: not reported)")
        _around_zero(axis, np.concatenate([curve.error, curve.stated]))
        axis.set(title=ANGLE_WORDS[key].capitalize(), ylabel="error (°)")
    axes[-1].set_xlabel("time (s)")
    _legend_below(figure, axes[0])
    return figure


def _marks_over_time(clip: LabelledComparison) -> Figure:
    """Each angle's error on the marked frames of one real clip, over its stated uncertainty."""
    keys = [key for key in _TIMED if any(mark.angle == key for mark in clip.marks)]
    figure, axes = _figure(
        f"{clip.name}: error against joints marked by hand ({clip.exercise})",
        len(keys), 1, (10.0, 1.0 + 1.9 * len(keys)), sharex=True,
    )  # fmt: skip
    for axis, key in zip(axes, keys, strict=True):
        marks = [mark for mark in clip.marks if mark.angle == key]
        told = [(m.t_s, m.error, m.stated or 0.0) for m in marks if m.error is not None]
        t_s, error, stated = np.array(told, dtype=float).reshape(len(told), 3).T
        axis.errorbar(
            t_s,
            np.zeros(len(t_s)),
            yerr=stated,
            fmt="none",
            ecolor=ORANGE,
            capsize=5,
            label="± stated uncertainty",
        )
        axis.plot(t_s, error, "o", color=BLUE, ms=6, label="reported − marked")
        silent = [mark.t_s for mark in marks if mark.error is None]
        if silent:
            axis.plot(silent, np.zeros(len(silent)), "x", color=INK, ms=8, label="not reported")
        _around_zero(axis, np.concatenate([error, stated]))
        axis.set(title=ANGLE_WORDS[key].capitalize(), ylabel="error (°)")
    axes[-1].set_xlabel("time (s)")
    _legend_below(figure, *axes)
    return figure


def _legend_below(figure: Figure, *axes: Axes) -> None:
    """One legend for all panels, each word once, where it covers no curve."""
    handles = {
        label: handle
        for axis in axes
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=len(handles))


def _peak_points(rendered: Sequence[RenderedComparison], joint: str) -> list[_Points]:
    out = []
    for band, (low, high) in BANDS.items():
        clips = [clip for clip in rendered if low < clip.off_side_deg <= high]
        found: list[MeasureError] = [error for clip in clips for error in first_legs(clip, PEAKS[joint])]
        if found:
            colour, marker, _ = _BAND_LOOK[band]
            true, reported = np.array([(e.true, e.reported) for e in found]).T
            out.append(_Points(BAND_WORDS[band], (colour, marker), true, reported))
    return out or [_Points("nothing reported", (BLUE, "o"), np.array([]), np.array([]))]


def _mark_points(marked: Sequence[LabelledComparison], angle: str) -> _Points:
    pairs = [
        (mark.marked, mark.reported)
        for clip in marked
        for mark in clip.marks
        if mark.angle == angle and mark.reported is not None
    ]
    true, reported = np.array(pairs, dtype=float).reshape(len(pairs), 2).T
    return _Points("marked frames", (PURPLE, "D"), true, reported)


def _around_zero(axis: Axes, values: FloatArray) -> None:
    """An axis of errors: a line at 0, as far up as down, far enough for all values."""
    known = np.abs(values[np.isfinite(values)])
    reach = max(_LEAST_REACH_DEG, 1.15 * float(known.max(initial=0.0)))
    axis.set_ylim(-reach, reach)
    axis.axhline(0.0, color=INK, lw=0.8)


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")
