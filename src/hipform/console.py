"""What the command line shows: tables of reps, a summary, exercises, progress. Rich, on a terminal or not.

Names that come from outside are never read as Rich's markup.
"""

import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console, Group
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn
from rich.table import Table
from rich.text import Text

from hipform.api import SavedFiles
from hipform.batch import Ended, Event, Moved, Started
from hipform.records import Finding, Rep, SetReport
from hipform.report.summary import (
    SEVERITY_WORDS,
    VIEW_WORDS,
    format_measure,
    format_value,
    not_measured,
    sentence,
)
from hipform.workers import Failed, FilesDone

if TYPE_CHECKING:
    from hipform.doctor import Check
    from hipform.exercises.definition import Exercise, Rule
    from hipform.store.history import SetEntry
    from hipform.validation.run import Written
    from hipform.validation.summary import Comparison

_PLAIN_WIDTH = 120  # where the output is a file or a pipe
_SETTLED_S = 5.0  # before, starting the workers would count for too much of the time left
_SEVERITY_STYLE = {"info": "cyan", "warn": "yellow", "fault": "bold red"}


def out() -> Console:
    """Standard output: what was asked for."""
    return _console(stderr=False)


def err() -> Console:
    """Standard error: progress and what went wrong."""
    return _console(stderr=True)


class Watch:
    """Shows events of `batch.run` while it runs: bars with time left on a terminal, else a line per video."""

    def __init__(self, videos: Sequence[Path], console: Console) -> None:
        self._videos = videos
        self._console = console
        self._ended = 0
        self._shares = [0.0] * len(videos)
        self._began_s = time.monotonic()
        self._rows: dict[int, TaskID] = {}
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[left]}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._several = len(videos) > 1
        if self._several:
            self._all = self._bars.add_task(f"All {len(videos)} videos", total=1.0, left="")

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def show(self, event: Event) -> None:
        """Take up one event."""
        name = self._videos[event.index].name
        if isinstance(event, Started):
            self._rows[event.index] = self._bars.add_task(name, total=1.0, left="starting")
        elif isinstance(event, Moved):
            doing = "finding the pose" if event.progress.stage == "poses" else "drawing the overlay"
            row, share = self._rows[event.index], event.progress.share
            self._bars.update(row, completed=share, left=_with_time_left(doing, event.progress.left_s))
            self._advance(event.index, share)
        elif isinstance(event, Ended):
            self._end(event, name)

    def _end(self, event: Ended, name: str) -> None:
        self._ended += 1
        self._bars.remove_task(self._rows.pop(event.index))
        self._advance(event.index, 1.0)
        if self._several:
            word = "failed" if isinstance(event.outcome, Failed) else "done"
            self._console.print(Text(f"{self._ended} of {len(self._videos)}: {name} {word}"))

    def _advance(self, index: int, share: float) -> None:
        """Take up how far one video is into the bar for all of them."""
        if not self._several:
            return
        self._shares[index] = share
        done, spent_s = sum(self._shares) / len(self._shares), time.monotonic() - self._began_s
        left_s = spent_s / done * (1.0 - done) if done > 0 and spent_s > _SETTLED_S else None
        self._bars.update(self._all, completed=done, left=_with_time_left("", left_s))


def set_table(entries: "Sequence[SetEntry]") -> Table:
    """Sets of the history, one a row."""
    table = Table("Set", "When", "Exercise", "Seen", "Reps", "Load", "Title")
    for entry in entries:
        partial = f" + {entry.reps_partial} partial" if entry.reps_partial else ""
        table.add_row(
            entry.id,
            f"{entry.done_at:%Y-%m-%d %H:%M}",
            entry.exercise,
            VIEW_WORDS[entry.view_label],
            f"{entry.reps_complete}{partial}",
            "" if entry.load_kg is None else f"{entry.load_kg:g} kg",
            Text(entry.title),
        )
    return table


def report_view(report: SetReport, files: SavedFiles) -> Group:
    """Everything about one video: a sentence, the table of reps, remarks, where the files are."""
    parts: list[Text | Table | Padding] = [
        Text(f"\n{report.source.file}", style="bold"),
        Text(f"{sentence(report)}."),
        Text(_how_seen(report), style="dim"),
    ]
    if report.reps:
        parts.append(_rep_table(report.reps))
    parts += _finding_lines(report)
    parts += [Text.assemble(("Please note: ", "yellow"), note) for note in report.quality.notes]
    if gaps := not_measured(report):
        parts.append(Text("Not measured, and why:", style="dim"))
        parts += [
            Padding(Text(f"{what} ({where}): {reason}", style="dim"), (0, 0, 0, 2), expand=False)
            for what, where, reason in gaps
        ]
    named = {"Overlay video": files.overlay, "Report": files.report, "Frame by frame": files.frames}
    parts.append(_file_table(named, files.more))
    return Group(*parts)


def summary_table(rows: Sequence[tuple[Path, FilesDone | Failed]]) -> Table:
    """One line for each video."""
    table = Table("Video", "Exercise", "Reps", "Partial", "Seen", "Findings", "")
    for video, outcome in rows:
        if isinstance(outcome, Failed):
            table.add_row(Text(video.name), "", "", "", "", "", Text("failed", style="bold red"))
            continue
        report = outcome.report
        complete = sum(rep.complete for rep in report.reps)
        findings = len(report.findings) + sum(len(rep.findings) for rep in report.reps)
        counts = (str(complete), str(len(report.reps) - complete), report.view.label, str(findings))
        table.add_row(Text(video.name), report.exercise, *counts, Text("done", style="green"))
    return table


def failure_lines(failures: Mapping[str, Sequence[str]]) -> list[Text]:
    """Each reason once, with the names that it holds for."""
    return [
        Text.assemble(("Not analysed: ", "bold red"), ", ".join(names), f"\n  {reason}")
        for reason, names in failures.items()
    ]


def accuracy_view(comparisons: "Sequence[Comparison]", written: "Written") -> Group:
    """What a validation came to, in short, and where its files are."""
    from rich.markdown import Markdown

    from hipform.validation.summary import summarise
    from hipform.validation.tables import short

    files = _file_table({"Tables": written.page, "All numbers": written.numbers, "Plots": written.plots})
    return Group(Markdown(short(summarise(comparisons))), Text(), files)


def exercise_table(exercises: Iterable["Exercise"]) -> Table:
    """One line for each exercise."""
    table = Table("Name", "Exercise", "Judged", "Description")
    for one in exercises:
        judged = dict.fromkeys(_words(rule.id) for rule in one.rules)
        table.add_row(one.id, one.name, ", ".join(judged), Text(one.description))
    return table


def exercise_view(exercise: "Exercise") -> Group:
    """One exercise with every threshold and where it comes from."""
    from hipform.exercises.vocabulary import FEATURES

    rep = exercise.rep
    shortest, longest = rep.duration_s
    facts = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    facts.add_row("Set-up", Text(exercise.set_up))
    facts.add_row("A rep", f"{_words(rep.signal)}, at least {rep.min_excursion_deg:g}° above standing")
    facts.add_row("", f"from {rep.start_above_deg:g}° above it until within {rep.end_within_deg:g}° of it")
    facts.add_row("", f"in {shortest:g} to {longest:g} s")
    facts.add_row("", Text(rep.source, style="dim"))
    for condition in exercise.recognise:
        ends = f"{_bound('at least', condition.min)} {_bound('at most', condition.max)}".strip()
        name, unit = condition.feature, FEATURES[condition.feature]
        facts.add_row("Recognised by", f"{_words(name)} {ends} {unit}, soft by {condition.soft:g}")
        facts.add_row("", Text(condition.source, style="dim"))
    table = Table("Rule", "Limits", "Seen from", "Cue", "Evidence and source", show_lines=True)
    for rule in exercise.rules:
        source = Text.assemble((f"{rule.level}  ", "bold"), rule.source)
        cue = Text(rule.cue.replace("{side}", "left or right"))
        table.add_row(_judged(rule), _limits(rule), rule.view, cue, source)
    return Group(
        Text(f"{exercise.name} ({exercise.id})", style="bold"), Text(exercise.description), facts, table
    )


def doctor_table(checks: Sequence["Check"]) -> Table:
    """One line for each thing looked at, with the remedy under what is missing."""
    words = {"ok": ("ok", "green"), "gap": ("gap", "yellow"), "broken": ("broken", "bold red")}
    table = Table("", "What", "Found")
    for check in checks:
        found = Text(check.found, overflow="fold")
        if check.remedy:
            found.append(f"\n→ {check.remedy}", style="bold")
        table.add_row(Text(*words[check.state]), Text(check.name), found)
    return table


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, width=None if stream.isatty() else _PLAIN_WIDTH)


def _rep_table(reps: Sequence[Rep]) -> Table:
    """One row for each rep; depth only where it was measured in some rep."""
    columns: dict[str, Callable[[Rep], str | Text]] = {
        "Rep": lambda rep: str(rep.number),
        "Bottom at": lambda rep: f"{rep.bottom_s:.1f} s",
        "Depth": _depth,
        "Knee bend": lambda rep: _measured(rep, "knee_flexion_peak_deg"),
        "Hip bend": lambda rep: _measured(rep, "hip_flexion_peak_deg"),
        "Down–pause–up": _tempo,
        "Findings": lambda rep: Text("\n").join(_rep_remarks(rep)),
    }
    if not any(rep.depth for rep in reps):
        del columns["Depth"]
    table = Table(*columns)
    for rep in reps:
        table.add_row(*(cell(rep) for cell in columns.values()))
    return table


def _rep_remarks(rep: Rep) -> list[Text]:
    """What there is to say about a rep, each a line; findings by their name, told in full below the table."""
    partial = [] if rep.complete else [Text(f"partial: {rep.reason}", style="yellow")]
    review = [Text(f"please check: {rep.review}")] if rep.review else []
    names = dict.fromkeys(_words(finding.rule) for finding in rep.findings)
    return [*partial, *([Text(", ".join(names))] if names else []), *review]


def _depth(rep: Rep) -> str:
    if rep.depth is None:
        return "–"
    return f"{rep.depth.depth_class} ({format_value(rep.depth.margin_deg, 'deg')})"


def _measured(rep: Rep, name: str) -> str:
    measure = rep.measure(name)
    return format_measure(measure) if measure else "–"


def _tempo(rep: Rep) -> str:
    parts = [rep.measure(name) for name in ("lowering_s", "pause_s", "lifting_s")]
    if not any(parts):
        return "–"
    return "–".join(f"{p.value:.1f}" if p else "?" for p in parts) + " s"


def _finding_lines(report: SetReport) -> list[Text]:
    """Each advice once, with the reps that it is for and the numbers that it rests on."""
    by_advice: dict[tuple[str, str], list[tuple[int | None, Finding]]] = {}
    found = [(rep.number, finding) for rep in report.reps for finding in rep.findings]
    for number, finding in (*found, *((None, finding) for finding in report.findings)):
        by_advice.setdefault((finding.rule, finding.cue), []).append((number, finding))
    return [_advice(entries) for entries in by_advice.values()]


def _advice(entries: Sequence[tuple[int | None, Finding]]) -> Text:
    worst = max((finding for _, finding in entries), key=lambda f: f.seriousness)
    values = sorted(finding.measured for _, finding in entries)
    low, high = (format_value(value, worst.unit) for value in (values[0], values[-1]))
    measured = low if low == high else f"{low} to {high}"
    head = (f"{SEVERITY_WORDS[worst.severity]} ({_words(worst.rule)}): ", _SEVERITY_STYLE[worst.severity])
    where = _reps_named([number for number, _ in entries if number is not None])
    limits = dict.fromkeys(format_value(finding.limit, finding.unit) for _, finding in entries)
    tail = f" {where}: {measured}, limit {' or '.join(limits)}"
    return Text.assemble(head, worst.cue, (tail, "dim"))


def _reps_named(numbers: Sequence[int]) -> str:
    """The reps as `Rep 2` or `Reps 1–3, 5`; no number means the set as a whole."""
    if not numbers:
        return "Whole set"
    runs: list[list[int]] = []
    for number in dict.fromkeys(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    spans = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
    return f"Rep{'s' * (len(numbers) > 1)} {', '.join(spans)}"


def _file_table(files: Mapping[str, Path | None], more: Sequence[Path] = ()) -> Table:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, path in (*files.items(), *(("Also", path) for path in more)):
        if path is not None:
            table.add_row(name, Text(str(path), style="cyan", overflow="fold"))
    return table


def _how_seen(report: SetReport) -> str:
    """Where the camera was, and how the exercise is known."""
    seen = f"View: {VIEW_WORDS[report.view.label]}."
    if not report.reps:
        return seen
    if report.exercise_source == "given":
        return f"{seen} The exercise was given: {report.exercise}."
    return f"{seen} The exercise was recognised: {report.exercise} (fit {report.exercise_confidence:.0%})."


def _judged(rule: "Rule") -> Text:
    """What a rule is called and what it looks at."""
    from hipform.report.rule_words import what_is_judged

    return Text.assemble(rule.id, f"\n{rule.title}", (f"\n{what_is_judged(rule)}", "dim"))


def _limits(rule: "Rule") -> str:
    from hipform.report.rule_words import limits

    error = f"error ± {format_value(rule.sem, rule.unit)}"
    return "\n".join([*(words for _, words in limits(rule)), error])


def _bound(word: str, value: float | None) -> str:
    return "" if value is None else f"{word} {value:g}"


def _words(name: str) -> str:
    """A measure's or signal's name as words."""
    return name.removesuffix("_deg").removesuffix("_ratio").replace("_", " ")


def _with_time_left(doing: str, seconds: float | None) -> str:
    if seconds is None:
        return doing
    left = f"{max(1, round(seconds))} s left" if seconds < 90 else f"{round(seconds / 60)} min left"
    return f"{doing}, {left}" if doing else left
