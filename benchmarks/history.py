"""How long the history takes to answer as it grows: `python benchmarks/history.py [SETS …]`.

Ten years of invented sets of three exercises, 10 reps each, 12 measures a rep, in a temporary folder. The
database is the one of `HIPFORM_DATABASE_URL` when that is set (an empty one), else SQLite.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from hipform.store import set_folder
from hipform.store.history import History
from hipform.store.schema import JudgementRow, MeasureRow, RepRow, SetRow

NOW = datetime(2026, 1, 1, tzinfo=UTC)
YEARS_S = 10 * 365.25 * 24 * 3600.0
EXERCISES = ("squat", "lunge", "hinge")
REPS = 10
MEASURES = (
    ("knee_flexion_peak_deg", "deg"),
    ("knee_rom_deg", "deg"),
    ("hip_flexion_peak_deg", "deg"),
    ("hip_rom_deg", "deg"),
    ("trunk_lean_peak_deg", "deg"),
    ("thigh_to_horizontal_min_deg", "deg"),
    ("shank_lean_peak_deg", "deg"),
    ("heel_rise_deg", "deg"),
    ("hip_drop_ratio", "ratio"),
    ("lowering_s", "s"),
    ("pause_s", "s"),
    ("lifting_s", "s"),
)
COLUMNS = (
    *("sets", "numbers found", "values", "of a year", "sets", "of everybody", "last page", "volume"),
    *("reconcile", "open", "MB", "built, s"),
)
SETS = (500, 5_000, 20_000)
TIMES = 7
AT_ONCE = 500


def fill(history: History, count: int, exercises: tuple[str, ...] = EXERCISES) -> None:
    """Put `count` sets into an empty history, with an empty folder for each."""
    set_folder.library().mkdir(parents=True)
    for first in range(0, count, AT_ONCE):
        ids = {n: f"{n:016x}" for n in range(first, min(first + AT_ONCE, count))}
        for set_id in ids.values():
            (set_folder.library() / set_id).mkdir()
        with history.database.writing() as session:
            session.execute(insert(SetRow), [_set(n, i, count, exercises) for n, i in ids.items()])
            session.execute(insert(RepRow), [row for n, i in ids.items() for row in _reps(n, i, exercises)])
            session.execute(insert(MeasureRow), [row for n, i in ids.items() for row in _measures(n, i)])
            session.execute(insert(JudgementRow), [_judgement(i) for n, i in ids.items() if n % 10 == 0])


def _set(number: int, set_id: str, count: int, exercises: tuple[str, ...]) -> dict[str, object]:
    done_at = NOW - timedelta(seconds=YEARS_S * (count - number) / count)
    return {
        "id": set_id,
        "person_id": 1,
        "digest": set_id,
        "title": f"set {number}.mp4",
        "added_at": done_at,
        "done_at": done_at,
        "done_offset_min": 60,
        "done_by": "recording",
        "exercise": exercises[number % len(exercises)],
        "view_label": "side-left",
        "view_azimuth_deg": 88.0,
        "duration_s": 40.0,
        "reps_complete": REPS,
        "reps_partial": 0,
        "load_kg": 60.0,
        "shoes": "flat",
        "notes": "",
        "made_by": "0.1.0",
        "model_sha256": "ab" * 32,
        "exercise_digest": "cd" * 32,
        "pose_quality": "balanced",
    }


def _reps(number: int, set_id: str, exercises: tuple[str, ...]) -> Iterator[dict[str, object]]:
    for rep in range(1, REPS + 1):
        yield {
            "set_id": set_id,
            "number": rep,
            "exercise": exercises[number % len(exercises)],
            "complete": True,
            "start_s": 4.0 * rep,
            "bottom_s": 4.0 * rep + 1.5,
            "end_s": 4.0 * rep + 3.0,
            "view_label": "side-left",
            "view_azimuth_deg": 88.0,
            "definition": "0123456789abcdef",
        }


def _measures(number: int, set_id: str) -> Iterator[dict[str, object]]:
    for rep in range(1, REPS + 1):
        for place, (name, unit) in enumerate(MEASURES):
            value = 100.0 + (number * 7 + rep * 3 + place) % 11 + number / 1000
            yield {
                "set_id": set_id,
                "name": name,
                "rep_number": rep,
                "place": 0,
                "value": value,
                "uncertainty": 6.0,
                "unit": unit,
                "side": "left" if unit == "deg" else None,
            }


def _judgement(set_id: str) -> dict[str, object]:
    return {
        "set_id": set_id,
        "bottom_s": 5.5,
        "rep_number": 1,
        "accepted": False,
        "note": "",
        "judged_at": NOW,
    }


def median_ms(call: Callable[[], object]) -> float:
    """The median time of a call, milliseconds."""
    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


def measure(count: int, exercises: tuple[str, ...]) -> None:
    """One line of the table."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["HIPFORM_HOME"] = home
        with History() as history:
            began = time.perf_counter()
            fill(history, count, exercises)
            built_s = time.perf_counter() - began
            found = history.values(1, "squat", "thigh_to_horizontal_min_deg")
            asked = {
                "values": lambda: history.values(1, "squat", "thigh_to_horizontal_min_deg"),
                "a year": lambda: history.values(1, "squat", "hip_rom_deg", NOW - timedelta(days=365)),
                "sets": lambda: history.sets(1),
                "everybody": history.sets,
                "last page": lambda: history.sets(1, offset=count - 50),
                "volume": lambda: history.volume(1),
                "reconcile": history.reconcile,
            }
            cells = [f"{median_ms(call):.1f}" for call in asked.values()]
        with_opening = f"{median_ms(lambda: History().close()):.0f}"
        size = sum(p.stat().st_size for p in Path(home).glob("history*")) / 1e6
    cells += [with_opening, f"{size:.0f}", f"{built_s:.1f}"]
    print(f"| {count} | {len(found)} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Print the table: times in milliseconds, the size in MB, the building in seconds."""
    print(f"| {' | '.join(COLUMNS)} |")
    print("|---" * len(COLUMNS) + "|")
    counts = [int(text) for text in sys.argv[1:]] or SETS
    for count in counts:
        measure(count, EXERCISES)
    measure(counts[-1], ("squat",))


if __name__ == "__main__":
    main()
