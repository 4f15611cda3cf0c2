"""What the user says about a set and its reps, in words; and what follows from a date that they change."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final

from hipform.report.summary import number_of

# Ours: what fits two lines of a phone.
_SHORT: Final = 90


def said_words(load_kg: float | None, shoes: str, pain: int | None) -> list[str]:
    """What was told, each in a few words: "62.5 kg", "flat shoes", "pain 2 of 10"."""
    load = "no weight" if load_kg == 0 else "" if load_kg is None else f"{load_kg:g} kg"
    hurt = "" if pain is None else "no pain" if pain == 0 else f"pain {pain} of 10"
    return [words for words in (load, " ".join(shoes.split()), hurt) if words]


def shortened(text: str) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= _SHORT else line[: _SHORT - 1].rstrip() + "…"


def count_words(complete: int, partial: int) -> str:
    """How many reps a set has: "5 reps", "4 reps and 1 partial"."""
    words = number_of(complete, "rep")
    return f"{words} and {partial} partial" if partial else words


def judged_words(accepted: Mapping[int, bool | None]) -> str:
    """What the user said about reps, by number: "You rejected rep 2: it is left out of trends."."""
    told = {word: sorted(n for n, said in accepted.items() if said is word) for word in (True, False)}
    parts = [f"accepted {_reps(told[True])}"] if told[True] else []
    if told[False]:
        left_out = "it is" if len(told[False]) == 1 else "they are"
        parts.append(f"rejected {_reps(told[False])}: {left_out} left out of trends")
    return f"You {' and '.join(parts)}." if parts else ""


def moment_words(moment: datetime) -> str:
    """Day and time by its own clock: "5 Nov 2026, 18:03"."""
    return f"{moment.day} {moment:%b %Y, %H:%M}"


def until_words(deleted_at: datetime, undo_until: datetime) -> str:
    """When a set was deleted, and how long it can be brought back."""
    until = undo_until.astimezone()
    return f"deleted {moment_words(deleted_at.astimezone())}, kept until {until.day} {until:%b %Y}"


def moved_to(before: datetime, on: date, at: time) -> datetime:
    """A moment that was changed to this day and time, which are those of the place where the set was done.

    A moment by the clock of this machine stays so, also when that day has summer time and the one before
    had not.
    """
    moment = datetime.combine(on, at)
    if before.astimezone().utcoffset() == before.utcoffset():
        return moment.astimezone()
    return moment.replace(tzinfo=before.tzinfo)


def _reps(numbers: list[int]) -> str:
    words = ", ".join(str(number) for number in numbers)
    return f"rep {words}" if len(numbers) == 1 else f"reps {words}"
