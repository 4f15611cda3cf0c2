"""The cards in the corners: how many, which phase, and what the rep was like."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hipform.kinematics.points import VISIBLE
from hipform.overlay.sprites import (
    DARK,
    FAULT,
    GOOD,
    NOTE,
    QUIET,
    WARN,
    WHITE,
    Colour,
    Layer,
    Mask,
    Sprite,
    clean,
    ink,
    rounded,
    sign,
    stamp,
)
from hipform.records import Analysis, Finding, FloatArray, ImageArray, Rep
from hipform.skeleton import EDGES, INDEX, SIDES

# A finished rep's lines stay this long, at most until the next rep is at its bottom.
SHOW_S = 3.0
_CARD_OPACITY = 0.68
_EVERY = 3  # frames from one look at the joints to the next: enough to keep the card off them
_DRAWN = sorted({INDEX[name] for edge in EDGES for name in edge} | {INDEX["nose"]})
_FEET = [INDEX[f"{side}_{joint}"] for side in SIDES for joint in ("ankle", "heel", "foot_index")]
_MOST_FINDINGS = 2
_PHASE_SIGN = {"standing": "dot", "lowering": "down", "bottom": "hold", "lifting": "up"}
_SEVERITY: dict[str, tuple[str, Colour]] = {
    "fault": ("diamond", FAULT),
    "warn": ("warn", WARN),
    "info": ("dot", NOTE),
}
# What a rep's line says first: the signal that the exercise is about.
_PEAK = {"hinge": ("hip_flexion_peak_deg", "hip")}
_OTHER_PEAK = ("knee_flexion_peak_deg", "knee")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a card: a sign, its colour, the words."""

    sign: str
    colour: Colour
    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What there is to say, and about which rep."""

    rep: Rep
    lines: tuple[Line, ...]


def paint_cards(image: ImageArray, analysis: Analysis, i: int, unit: int, scale: float) -> None:
    """Draw the rep counter (top left) and the lines about the current rep in place.

    The lines stand at the bottom left, or where they hide less of the person while this rep is shown.
    `scale` is the size of `image` against the recording.
    """
    t_s = float(analysis.track.t_s[i])
    reps = analysis.report.reps
    margin = round(unit * 0.7)
    done = [rep for rep in reps if rep.end_s <= t_s]
    full = sum(rep.complete for rep in done)
    name = _exercise_word(analysis, t_s)
    counter = counter_card(full, len(done) - full, name, analysis.phase[i], unit)
    stamp(image, counter, margin, margin)
    said = said_now(reps, t_s)
    if said:
        card = lines_card(said.lines, image.shape[1] - 2 * margin, unit)
        joints = _joints_of(analysis, said.rep, scale)
        stamp(image, card, *_free_place(image, card, counter, margin, joints))


def _joints_of(analysis: Analysis, rep: Rep, scale: float) -> FloatArray:
    """Where the trusted joints are (K, 2) while this rep is shown; the feet count three times."""
    track = analysis.track.between(rep.start_s, rep.end_s + SHOW_S)
    body = [k for k in _DRAWN for _ in range(3 if k in _FEET else 1)]
    points = track.image_px[::_EVERY, body][track.visibility[::_EVERY, body] >= VISIBLE]
    return np.asarray(points * scale)


def _free_place(
    image: ImageArray, card: Sprite, counter: Sprite, margin: int, joints: FloatArray
) -> tuple[int, int]:
    """The corner for the card that covers the fewest joints: bottom left, bottom right, or at the top."""
    height, width = image.shape[:2]
    low, right = height - margin - card.height, width - margin - card.width
    beside, below = 2 * margin + counter.width, 2 * margin + counter.height
    places = [(margin, low), (right, low), (beside, margin) if beside <= right else (margin, below)]

    def covered(place: tuple[int, int]) -> int:
        inside = (joints >= place) & (joints < (place[0] + card.width, place[1] + card.height))
        return int(inside.all(axis=1).sum())

    return min(places, key=covered)


def said_now(reps: Sequence[Rep], t_s: float) -> Said | None:
    """What there is to say now: the running rep's worst finding so far, else the last rep's result."""
    running = [rep for rep in reps if rep.start_s <= t_s < rep.end_s]
    for rep in running:
        due = [f for f in _worst(rep) if t_s >= _moment(f, rep)]
        if due:  # one thing at a time while the person is moving
            return Said(rep, (_finding_line(due[0]),))
    if any(t_s >= rep.bottom_s for rep in running):
        return None
    ended = [rep for rep in reps if rep.end_s <= t_s < rep.end_s + SHOW_S]
    return Said(ended[-1], tuple(_result(ended[-1]))) if ended else None


def _exercise_word(analysis: Analysis, t_s: float) -> str:
    """The exercise of the rep that is running or was last, else of the set."""
    begun = [rep.exercise for rep in analysis.report.reps if rep.start_s <= t_s]
    word = begun[-1] if begun else analysis.report.exercise
    return "" if word == "none" else clean(word.replace("_", " ")).upper()


def _worst(rep: Rep) -> list[Finding]:
    return sorted(rep.findings, key=lambda f: -f.seriousness)[:_MOST_FINDINGS]


def _moment(finding: Finding, rep: Rep) -> float:
    return rep.bottom_s if finding.t_s is None else finding.t_s


def _finding_line(finding: Finding) -> Line:
    kind, colour = _SEVERITY[finding.severity]
    return Line(kind, colour, clean(finding.cue))


def _result(rep: Rep) -> list[Line]:
    parts = [f"Rep {rep.number}"]
    if not rep.complete:
        return [Line("ring", QUIET, f"Not counted: {clean(rep.reason or 'not a full rep')}", strong=True)]
    if rep.depth:
        parts.append(rep.depth.depth_class + " parallel" * (rep.depth.depth_class != "about parallel"))
    name, word = _PEAK.get(rep.exercise, _OTHER_PEAK)
    peak = rep.measure(name)
    if peak:
        parts.append(f"{word} {peak.value:.0f}° ± {max(peak.uncertainty, 1):.0f}")
    else:
        parts.extend(_tempo(rep))
    told = _worst(rep)
    high = rep.depth is not None and rep.depth.depth_class == "clearly above"
    clear = not high and not any(f.severity != "info" for f in told)
    head = Line("tick" if clear else "dot", GOOD if clear else WHITE, "  ·  ".join(parts), strong=True)
    return [head, *map(_finding_line, told)]


def _tempo(rep: Rep) -> list[str]:
    times = [(word, rep.measure(name)) for name, word in (("lowering_s", "down"), ("lifting_s", "up"))]
    return [f"{word} {time.value:.1f} s" for word, time in times if time]


@lru_cache(maxsize=256)
def counter_card(full: int, partial: int, name: str, phase: str, unit: int) -> Sprite:
    """The big number with a name (the exercise) and the phase beside it; text is `unit` pixels high."""
    number = ink(str(full), round(unit * 2.9))
    small = round(unit * 0.86)
    rows = [(ink(name, small), QUIET)] if name else []
    word = phase if phase in _PHASE_SIGN else ""
    rows.append((ink(word, unit), WHITE))
    if partial:
        rows.append((ink(f"+{partial} partial", small), QUIET))
    # The widest word keeps the card from changing its size with every phase.
    words = [ink(w, unit).shape[1] for w in _PHASE_SIGN] + [row[0].shape[1] for row in rows]
    pad, mark = round(unit * 0.55), round(unit * 0.8)
    beside = pad + number.shape[1] + round(unit * 0.5)
    width = beside + max(words) + round(mark * 1.4) + pad
    height = max(number.shape[0], sum(row[0].shape[0] for row in rows) + pad) + round(unit * 0.3)
    layer = _ground(width, height, unit)
    layer.paint(number, pad, (height - number.shape[0]) // 2, WHITE)
    y = (height - sum(row[0].shape[0] for row in rows)) // 2
    for letters, colour in rows:
        x = beside
        if colour is WHITE and word:
            layer.paint(sign(_PHASE_SIGN[word], mark), x, y + (unit - mark) // 2, WHITE)
            x += round(mark * 1.4)
        layer.paint(letters, x, y, colour)
        y += letters.shape[0]
    return layer.sprite()


@lru_cache(maxsize=256)
def lines_card(lines: tuple[Line, ...], most: int, unit: int) -> Sprite:
    """Lines of words with their signs, broken where they are wider than `most` pixels."""
    pad, mark = round(unit * 0.6), round(unit * 0.85)
    room = most - 2 * pad - round(mark * 1.5)
    rows: list[tuple[Line | None, Mask]] = []
    for line in lines:
        for k, part in enumerate(_wrapped(line.text, unit, room)):
            rows.append((line if k == 0 else None, ink(part, unit)))
    step = round(unit * 1.25)
    width = min(most, 2 * pad + round(mark * 1.5) + max(letters.shape[1] for _, letters in rows))
    height = len(rows) * step + pad
    layer = _ground(width, height, unit)
    y = pad // 2 + (step - unit) // 2
    for head, letters in rows:
        if head:
            layer.paint(sign(head.sign, mark), pad, y + (unit - mark) // 2, head.colour)
        layer.paint(letters, pad + round(mark * 1.5), y, WHITE)
        y += step
    return layer.sprite()


def _wrapped(text: str, unit: int, room: int) -> list[str]:
    rows: list[str] = []
    for word in text.split(" "):
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and ink(longer, unit).shape[1] <= room:
            rows[-1] = longer
        else:
            rows.append(word)
    return rows


def _ground(width: int, height: int, unit: int) -> Layer:
    layer = Layer(width, height)
    layer.paint(rounded(width, height, round(unit * 0.5)), 0, 0, DARK, _CARD_OPACITY)
    return layer
