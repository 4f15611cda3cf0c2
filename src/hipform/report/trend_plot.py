"""A trend as a picture: sessions with their spread, the noise band, and breaks where they do not compare."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from hipform.atomic import replacing
from hipform.report.summary import measure_label
from hipform.report.trend_words import headline, noise_words
from hipform.report.trends import Change, Session, change, published

_BLUE, _GREY, _BAND = "#0072B2", "#6B6B6B", "#CFE5F2"  # Okabe and Ito's blue; the band is a tint of it
_STYLE: Final[Any] = {"font.size": 10.0, "axes.spines.top": False, "axes.spines.right": False}
_DPI: Final = 130
_UNITS: Final = {"deg": "degrees", "s": "seconds", "ratio": "ratio"}


def draw_trend(groups: Sequence[Sequence[Session]], measure: str, path: Path) -> None:
    """Write the picture of these segments (`trends.segments`) as PNG, the last one with its noise band.

    Raises:
        ValueError: there is no session.
        OutputError: the picture cannot be written.

    """
    if not groups:
        raise ValueError("a trend needs a session")
    told = change(groups[-1], measure)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(8.0, 4.5), layout="constrained")
        axes = figure.add_subplot()
        for group in groups[:-1]:
            _line(axes, group, _GREY, "o", "other view or method")
        _band(axes, groups[-1], told)
        _line(axes, groups[-1], _BLUE, "s", "sessions that compare (median, middle half)")
        _label(axes, measure, told)
        with replacing(path) as draft:
            figure.savefig(draft, dpi=_DPI, format="png")


def _band(axes: Axes, group: Sequence[Session], told: Change) -> None:
    span = np.array([group[0].done_at, group[-1].done_at])
    low, high = told.baseline - told.noise.mdc, told.baseline + told.noise.mdc
    axes.fill_between(span, low, high, color=_BAND, label="noise: no clear change within", linewidth=0)
    axes.plot(span, np.full(2, told.baseline), color=_BLUE, linestyle=":", linewidth=1.0)


def _line(axes: Axes, group: Sequence[Session], colour: str, marker: str, label: str) -> None:
    values = [point.value for point in group]
    around = [[p.value - p.low for p in group], [p.high - p.value for p in group]]
    known = axes.get_legend_handles_labels()[1]
    axes.errorbar(
        np.array([point.done_at for point in group]),
        values,
        yerr=around,
        color=colour,
        marker=marker,
        markersize=5,
        linewidth=1.5,
        elinewidth=1.0,
        capsize=2,
        label=None if label in known else label,
    )


def _label(axes: Axes, measure: str, told: Change) -> None:
    locator = AutoDateLocator(maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.set_ylabel(f"{measure_label(measure)}\n({_UNITS[published()[measure].unit]})")
    axes.set_title(headline(told, measure), loc="left", fontsize=10.5, wrap=True)
    axes.legend(frameon=False, fontsize=8.5)
    axes.annotate(
        noise_words(told.noise, measure),
        (0.0, -0.16),
        xycoords="axes fraction",
        fontsize=8.5,
        color=_GREY,
    )
