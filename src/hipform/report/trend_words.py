"""What may be said of a trend, in a sentence: never more than its noise allows."""

from datetime import datetime

from hipform.report.summary import format_value, measure_label
from hipform.report.trends import Change, Noise, Published, Session, Slope, published


def headline(change: Change, measure: str) -> str:
    """The one thing to know: changed by how much since when, or not clearly, and against which noise.

    Raises:
        KeyError: the measure has no trend.

    """
    facts = published()[measure]
    label = measure_label(measure)
    if change.by is None or change.since is None:
        return f"{label}: one session so far. A second one shows whether anything moves."
    by, band = moved(change.by, facts), f"±{format_value(change.noise.mdc, facts.unit)}"
    if change.said == "changed":
        return f"{label}: {by} since {day(change.since)}, more than the noise of {band}."
    return f"{label}: no clear change yet ({by} since {day(change.since)}, within the noise of {band})."


def noise_words(noise: Noise, measure: str) -> str:
    """Where the noise comes from."""
    band = f"±{format_value(noise.mdc, published()[measure].unit)}"
    if noise.own:
        return f"Noise {band}: from your own {noise.sessions} sessions together with the published value."
    return f"Noise {band}: the published value; from three comparable sessions on your own go into it."


def slope_words(slope: Slope | None, measure: str) -> str:
    """Change in a month with its interval; empty with too few sessions."""
    if slope is None:
        return ""
    unit = published()[measure].unit
    low, high = (format_value(value, unit) for value in (slope.low, slope.high))
    return f"{_signed(slope.per_month, unit)} a month (95 %: {low} to {high})"


def best_words(best: Session | None, measure: str) -> str:
    """The best session and its day; empty for a measure without better and worse."""
    if best is None:
        return ""
    return f"Best {format_value(best.value, published()[measure].unit)} on {day(best.done_at)}"


def day(at: datetime) -> str:
    """A date for reading: "12 May 2026"."""
    return f"{at.day} {at:%B %Y}"


def moved(by: float, facts: Published) -> str:
    """How far a measure moved, and which way: "9° deeper"; what rounds to nothing is "no difference"."""
    size = format_value(abs(by), facts.unit)
    if size == format_value(0.0, facts.unit):
        return "no difference"
    return f"{size} {facts.more if by > 0 else facts.less}"


def _signed(value: float, unit: str) -> str:
    text = format_value(value, unit)
    return f"+{text}" if value > 0 and text != format_value(0.0, unit) else text
