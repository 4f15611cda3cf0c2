"""Trends as pictures for the screen: Plotly figures as plain data, drawn by the browser.

What can be opened carries the ids of its sets as `customdata`, with a space between them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from hipform.report.set_trend_words import finding_title, leg_name, session_words
from hipform.report.set_trends import Every, FindingShare, LeftRight, Leg, Pair, SetFade, Volume
from hipform.report.summary import format_value, measure_label, number_of
from hipform.report.trend_words import day
from hipform.report.trends import Session, best, change, published
from hipform.skeleton import Side

Figure = dict[str, Any]

# Okabe and Ito's colours; lighter on dark ground, where the first would not be seen well.
_LEG: Final[Mapping[bool, Mapping[Side | None, str]]] = {
    False: {"left": "#0072b2", "right": "#d55e00", None: "#008f6b"},
    True: {"left": "#3a9fdc", "right": "#f0803c", None: "#2bbd94"},
}
_TARGET: Final = {False: "#a8528a", True: "#d98cbd"}
_BEST: Final = {False: "#b87a00", True: "#f0b849"}
_QUIET: Final = "#808d8a"
_SERIES: Final = {
    False: ("#0072b2", "#d55e00", "#008f6b", "#a8528a", "#b87a00", "#5b6967"),
    True: ("#3a9fdc", "#f0803c", "#2bbd94", "#d98cbd", "#f0b849", "#9aa8a5"),
}
_BAND_OPACITY: Final = {False: 0.14, True: 0.2}
_SUFFIX: Final = {"deg": "°", "s": " s", "ratio": ""}
_ZERO: Final = {"zeroline": True, "zerolinecolor": _QUIET, "zerolinewidth": 1.5}
_HEIGHT_PX: Final = 420
_SMALL_PX: Final = 300
# More sessions than this are drawn as small points (ours).
_MANY: Final = 80
# So far a band goes around a single session, to be seen (ours).
_ALONE: Final = timedelta(days=3)


def trend_figure(
    legs: Sequence[Leg], measure: str, target: float | None = None, dark: bool = False
) -> Figure:
    """Sessions of each leg with their spread and breaks; noise band and best of the first leg; the target.

    Raises:
        KeyError: the measure has no trend.

    """
    facts = published()[measure]
    first, *others = legs
    data = _first_leg(first, measure, dark)
    for leg in others:
        data += _leg(leg, measure, dark)
    ends = [session.done_at for leg in legs for group in leg.groups for session in (group[0], group[-1])]
    if target is not None:
        words = f"Your target {format_value(target, facts.unit)}"
        data.append(_level(ends, target, words, _TARGET[dark]))
    breaks = [found for leg in legs for found in _breaks(leg)]
    if breaks:
        data.append(_only_legend("View or method changed", _QUIET))
    figure = _figure(data, measure_label(measure), facts.unit)
    figure["layout"]["shapes"] = [_break_line(when) for when in breaks]
    figure["layout"]["annotations"] = _corners(facts.more, facts.less)
    return figure


def left_right_figure(found: LeftRight, measure: str, dark: bool = False) -> Figure:
    """Left less right for each pair, with the noise around none."""
    facts = published()[measure]
    when = [pair.done_at for group in found.groups for pair in group]
    data = [
        _band(when, -found.mdc, found.mdc, _tint(None, dark), "Noise: no clear difference within"),
        *(_pairs(group, facts.unit, _LEG[dark][None]) for group in found.groups),
    ]
    for earlier in data[1:-1]:
        earlier["showlegend"] = False
    figure = _figure(data, "Left less right", facts.unit, _SMALL_PX)
    figure["layout"]["yaxis"] |= _ZERO
    figure["layout"]["annotations"] = _corners(f"left {facts.more}", f"left {facts.less}")
    return figure


def fade_figure(sets: Sequence[SetFade], measure: str, dark: bool = False) -> Figure:
    """How much each set moved from its first to its last rep."""
    facts = published()[measure]
    texts = [
        f"<b>{day(one.done_at)}</b><br>{format_value(one.by, facts.unit)} from first to last, "
        f"{number_of(one.reps, 'rep')}"
        for one in sets
    ]
    points = _points([one.done_at for one in sets], [one.by for one in sets], texts, _LEG[dark][None])
    points["customdata"] = [one.set_id for one in sets]
    points |= {"mode": "markers", "name": "Set"}
    figure = _figure([points], "First to last rep", facts.unit, _SMALL_PX)
    figure["layout"]["yaxis"] |= _ZERO
    figure["layout"]["annotations"] = _corners(facts.more, facts.less)
    return figure


def tempo_figure(parts: Mapping[str, Sequence[Sequence[Session]]], dark: bool = False) -> Figure:
    """Way down, pause and way up of each session; `parts` are the groups that compare, by measure."""
    data = []
    for (measure, groups), colour in zip(parts.items(), _SERIES[dark], strict=False):
        for nth, group in enumerate(reversed(groups)):
            trace = _sessions(group, measure, colour)
            data.append(trace | {"name": measure_label(measure), "showlegend": nth == 0})
    return _figure(data, "Seconds", "s", _SMALL_PX)


def volume_figure(every: Every, bins: Sequence[Volume], dark: bool = False) -> Figure:
    """Reps of each week or month, with sets and moved weight to be read."""
    texts = [
        f"<b>{every.capitalize()} from {one.start.day} {one.start:%B %Y}</b><br>"
        f"{number_of(one.reps, 'rep')} in {number_of(one.sets, 'set')}"
        + (f"<br>{one.moved_kg:,.0f} kg moved" if one.moved_kg else "")
        for one in bins
    ]
    bars = {
        "type": "bar",
        "x": [one.start.isoformat() for one in bins],
        "y": [one.reps for one in bins],
        "text": [f"{one.sets}" for one in bins],
        "hovertext": texts,
        "hoverinfo": "text",
        "marker": {"color": _LEG[dark][None]},
        "textposition": "none",
        "name": "Reps",
    }
    figure = _figure([bars], f"Reps in a {every}", "", _SMALL_PX)
    figure["layout"]["bargap"] = 0.3
    return figure


def findings_figure(shares: Sequence[FindingShare], titles: Mapping[str, str], dark: bool = False) -> Figure:
    """The share of reps with each finding; at most as many findings as there are colours."""
    data = []
    for share, colour in zip(shares, _SERIES[dark], strict=False):
        title = finding_title(share.rule, titles)
        texts = [
            f"<b>{day(when)}</b><br>{title}<br>{reps} of {number_of(of, 'rep')}"
            for when, reps, of in zip(share.when, share.reps, share.of, strict=True)
        ]
        parts = [100.0 * reps / of for reps, of in zip(share.reps, share.of, strict=True)]
        data.append(_points(share.when, parts, texts, colour) | {"name": title})
    figure = _figure(data, "Share of reps", "", _SMALL_PX)
    figure["layout"] |= {"showlegend": True}
    figure["layout"]["yaxis"] |= {"ticksuffix": " %", "range": [-4, 104]}
    return figure


def _first_leg(leg: Leg, measure: str, dark: bool) -> list[Figure]:
    group = leg.groups[-1]
    told, when = change(group, measure), [group[0].done_at, group[-1].done_at]
    low, high = told.baseline - told.noise.mdc, told.baseline + told.noise.mdc
    traces = [_band(when, low, high, _tint(leg.side, dark), "Noise: no clear change within")]
    traces += _leg(leg, measure, dark)
    top = best(group, measure)
    if top is not None and len(group) > 1:
        traces.append(_best_mark(top, measure, dark))
    return traces


def _leg(leg: Leg, measure: str, dark: bool) -> list[Figure]:
    colour, name = _LEG[dark][leg.side], leg_name(leg.side) or "Sessions"
    *earlier, group = leg.groups
    traces = []
    for nth, other in enumerate(earlier):
        trace = _sessions(other, measure, colour)
        trace["line"] |= {"dash": "dot"}
        trace["marker"] |= {"symbol": "circle-open"}
        traces.append(trace | {"name": f"{name}, other view or method", "showlegend": nth == 0})
    return [*traces, _sessions(group, measure, colour) | {"name": name}]


def _band(when: Sequence[datetime], low: float, high: float, tint: str, name: str) -> Figure:
    start, end = _span(when)
    return {
        "type": "scatter",
        "x": [_x(at) for at in (start, end, end, start)],
        "y": [low, low, high, high],
        "fill": "toself",
        "fillcolor": tint,
        "line": {"width": 0},
        "mode": "lines",
        "hoverinfo": "skip",
        "name": name,
    }


def _tint(side: Side | None, dark: bool) -> str:
    red, green, blue = (int(_LEG[dark][side][i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{_BAND_OPACITY[dark]})"


def _sessions(group: Sequence[Session], measure: str, colour: str) -> Figure:
    texts = ["<br>".join([f"<b>{day(s.done_at)}</b>", *session_words(s, measure)]) for s in group]
    trace = _points([s.done_at for s in group], [s.value for s in group], texts, colour)
    trace["customdata"] = [" ".join(s.set_ids) for s in group]
    trace["error_y"] = {
        "type": "data",
        "symmetric": False,
        "array": [s.high - s.value for s in group],
        "arrayminus": [s.value - s.low for s in group],
        "thickness": 1.2,
        "width": 0,
        "color": colour,
    }
    return trace


def _pairs(group: Sequence[Pair], unit: str, colour: str) -> Figure:
    texts = [
        f"<b>{day(pair.done_at)}</b><br>left {format_value(pair.left.value, unit)}<br>"
        f"right {format_value(pair.right.value, unit)}"
        for pair in group
    ]
    trace = _points([pair.done_at for pair in group], [pair.by for pair in group], texts, colour)
    trace["customdata"] = [" ".join([*pair.left.set_ids, *pair.right.set_ids]) for pair in group]
    return trace | {"name": "Left less right"}


def _best_mark(top: Session, measure: str, dark: bool) -> Figure:
    mark = _points([top.done_at], [top.value], [], _BEST[dark])
    mark |= {"mode": "markers", "hoverinfo": "skip"}
    mark["marker"] |= {"symbol": "star-open", "size": 17, "line": {"width": 2}}
    return mark | {"name": f"Best {format_value(top.value, published()[measure].unit)}"}


def _points(when: Sequence[datetime], values: Sequence[float], texts: Sequence[str], colour: str) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [_x(at) for at in when],
        "y": list(values),
        "text": list(texts),
        "hovertemplate": "%{text}<extra></extra>",
        "line": {"color": colour, "width": 1.5},
        "marker": {"color": colour, "size": 9 if len(when) <= _MANY else 5},
        # A chosen point opens its set: the others need not step back.
        "unselected": {"marker": {"opacity": 1}},
    }


def _level(when: Sequence[datetime], value: float, name: str, colour: str) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [_x(at) for at in _span(when)],
        "y": [value, value],
        "line": {"color": colour, "dash": "dash", "width": 2},
        "hoverinfo": "skip",
        "name": name,
    }


def _span(when: Sequence[datetime]) -> tuple[datetime, datetime]:
    start, end = min(when), max(when)
    return (start, end) if start < end else (start - _ALONE, end + _ALONE)


def _breaks(leg: Leg) -> list[datetime]:
    """When sessions began that do not compare with the ones before."""
    return sorted(group[0].done_at for group in leg.groups)[1:]


def _break_line(when: datetime) -> Figure:
    line = {"color": _QUIET, "dash": "dot", "width": 1.5}
    return {"type": "line", "x0": _x(when), "x1": _x(when), "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _only_legend(name: str, colour: str) -> Figure:
    line = {"color": colour, "dash": "dot", "width": 1.5}
    return {"type": "scatter", "mode": "lines", "x": [None], "y": [None], "line": line, "name": name}


def _corners(above: str, below: str) -> list[Figure]:
    return [_corner(f"↑ {above}", 1.0), _corner(f"↓ {below}", 0.0)]


def _corner(text: str, height: float) -> Figure:
    return {
        "text": text,
        "xref": "paper",
        "yref": "paper",
        "x": 0.01,
        "y": height,
        "xanchor": "left",
        "yanchor": "top" if height else "bottom",
        "showarrow": False,
        "font": {"color": _QUIET, "size": 12},
    }


def _figure(data: list[Figure], title: str, unit: str, height_px: int = _HEIGHT_PX) -> Figure:
    return {
        "data": data,
        "layout": {
            "height": height_px,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "hovermode": "closest",
            "clickmode": "event+select",
            "dragmode": False,  # a finger that moves over the picture moves the page
            "legend": {"orientation": "h", "yanchor": "top", "y": -0.12, "x": 0},
            "xaxis": {"type": "date", "automargin": True},
            "yaxis": {
                "title": {"text": title},
                "ticksuffix": _SUFFIX.get(unit, ""),
                "automargin": True,
                "zeroline": False,
            },
        },
    }


def _x(at: datetime) -> str:
    """The clock where it was done: the axis knows no time zones."""
    return at.replace(tzinfo=None).isoformat(timespec="minutes")
