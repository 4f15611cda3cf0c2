"""What may be said of legs, sets, reps and findings over weeks, in sentences."""

import math
from collections.abc import Mapping, Sequence

from hipform.kinematics.view import view_at
from hipform.report.set_trends import Every, Fading, FindingShare, LeftRight, Volume
from hipform.report.summary import VIEW_WORDS, format_value, measure_label, number_of
from hipform.report.trend_words import day, moved
from hipform.report.trends import Session, published
from hipform.skeleton import Side

_MOST_FINDINGS = 3


def leg_name(side: Side | None) -> str:
    """A leg by its name, empty for the whole body."""
    return f"{side.capitalize()} leg" if side else ""


def session_words(session: Session, measure: str) -> list[str]:
    """A session in short lines: number, what half of its reps lie between, how much was done, view."""
    unit = published()[measure].unit
    value, low, high = (format_value(number, unit) for number in (session.value, session.low, session.high))
    done = [number_of(len(session.set_ids), "set"), number_of(session.reps, "rep")]
    if session.load_kg:
        done.append(f"{session.load_kg:g} kg")
    azimuth = math.nan if session.azimuth_deg is None else session.azimuth_deg
    half = [f"half of the reps: {low} to {high}"] if session.reps > 1 else []
    return [value, *half, ", ".join(done), VIEW_WORDS[view_at(azimuth).label]]


def load_words(group: Sequence[Session]) -> str:
    """How the load changed, since that alone may change how deep somebody goes; empty when it did not."""
    loads = [session.load_kg for session in group]
    if len(set(loads)) < 2:
        return ""
    if None in loads:
        return "The load was not noted, or not the same, in every session: a heavier set may be less deep."
    first, last = loads[0], loads[-1]
    how = f"from {first:g} to {last:g} kg" if first != last else f"and is {last:g} kg again"
    return f"The load changed {how}: a heavier set may be less deep."


def left_right_words(found: LeftRight, measure: str) -> str:
    """How the legs compare, held against the noise."""
    facts = published()[measure]
    band = f"±{format_value(found.mdc, facts.unit)}"
    by = moved(found.by, facts)
    when = day(found.groups[-1][-1].done_at)
    if found.differ:
        return f"Left leg {by} than the right one ({when}), more than the noise of {band}."
    return f"No clear difference between the legs (left: {by}, {when}), within the noise of {band}."


def fading_words(found: Fading | None, measure: str) -> str:
    """What happens from the first to the last rep of a set."""
    facts, label = published()[measure], measure_label(measure)
    if found is None:
        return f"{label}: no set with four reps in which it was measured yet."
    by, sets = moved(found.by, facts), number_of(found.sets, "set")
    if found.said == "too few":
        return f"{label}: {by} from the first to the last rep (middle of {sets}); too few to be sure."
    low, high = (format_value(number, facts.unit) for number in (found.low, found.high))
    interval = f"95 %: {low} to {high}, {sets}"
    if found.said == "clear" and format_value(found.by, facts.unit) != format_value(0.0, facts.unit):
        return f"{label}: {by} from the first to the last rep of a set ({interval})."
    return f"{label}: no clear change within a set ({interval})."


def volume_words(every: Every, bins: Sequence[Volume]) -> str:
    """All of it, and what that is in a week or month."""
    sets, reps = sum(one.sets for one in bins), sum(one.reps for one in bins)
    total = f"{number_of(sets, 'set')}, {number_of(reps, 'rep')}"
    moved_kg = sum(one.moved_kg for one in bins)
    if moved_kg:
        total += f", {moved_kg:,.0f} kg moved where the load was noted"
    if len(bins) < 2:
        return f"{total}."
    return f"{total}: {sets / len(bins):.1f} sets and {reps / len(bins):.0f} reps in a {every} on average."


def findings_words(shares: Sequence[FindingShare], titles: Mapping[str, str]) -> str:
    """The most frequent findings with their shares of reps."""
    told = [
        f"{finding_title(one.rule, titles)}, {one.share:.0%} of reps ({sum(one.reps)} of {sum(one.of)})"
        for one in shares[:_MOST_FINDINGS]
    ]
    return f"Most often: {'; '.join(told)}." if told else "Nothing was noted in these reps."


def finding_title(rule: str, titles: Mapping[str, str]) -> str:
    """The rule's name for people, its id made readable where it has none."""
    return titles.get(rule) or rule.replace("_", " ").capitalize()
