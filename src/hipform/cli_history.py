"""What the command line says of the history: its sets, its trends, and all of it as one file."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hipform.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hipform.report.set_trends import Leg
    from hipform.store.history import Person, SetEntry

history = typer.Typer(
    help="Your sets: list them, show one, delete it, take some out to a file or in from one.",
    rich_markup_mode=None,
    no_args_is_help=True,
)

PersonOption = Annotated[str | None, typer.Option(help="Whose sets, by name. [default: the first person]")]
SetArgument = Annotated[str, typer.Argument(metavar="SET", help="Its id, as `hipform history list` says it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


@history.command("list")
def list_sets(
    person: PersonOption = None,
    exercise: Annotated[str | None, typer.Option(help="Only this exercise.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most, the newest first.")] = 50,
    deleted: Annotated[bool, typer.Option("--deleted", help="Those that can still be brought back.")] = False,
    as_json: AsJson = False,
) -> None:
    """List sets, the newest first."""
    from hipform import console
    from hipform.store.history import open_history

    whose = _person(person).id if person else None
    entries = open_history().sets(whose, exercise, deleted=deleted, limit=limit)
    if as_json:
        _print([asdict(entry) for entry in entries])
    elif entries:
        console.out().print(console.set_table(entries))
    else:
        typer.echo("There are no such sets.")


@history.command()
def show(set_id: SetArgument, as_json: AsJson = False) -> None:
    """Show the report of a set."""
    from hipform import console
    from hipform.api import SavedFiles
    from hipform.store.set_folder import open_set

    folder = open_set(set_id)
    if as_json:
        typer.echo(folder.report_json.read_text(encoding="utf-8"))
        return
    files = SavedFiles(folder.report_json, folder.frames_csv, folder.overlay)
    console.out().print(console.report_view(folder.report(), files))


@history.command()
def delete(
    set_id: SetArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a set; for seven days `hipform history undelete` brings it back."""
    from hipform.store.history import open_history

    entry = open_history().entry(set_id)
    if not yes:
        typer.confirm(f"Delete {_words(entry)}?", abort=True)
    open_history().delete(set_id)
    typer.echo(f"Deleted. For seven days this brings it back: hipform history undelete {set_id}")


@history.command()
def undelete(set_id: SetArgument) -> None:
    """Bring back a set that was deleted in the last seven days."""
    from hipform.store.history import open_history

    typer.echo(f"It is back: {_words(open_history().undo_delete(set_id))}.")


@history.command()
def export(
    file: Annotated[Path, typer.Argument(help="The file to write, a zip.")],
    sets: Annotated[
        list[str] | None, typer.Argument(metavar="SET...", help="Which sets; all without.")
    ] = None,
) -> None:
    """Write sets, and what was said about them, into one file."""
    from hipform.store import backup

    packed = backup.export(file, sets or None)
    typer.echo(f"Written to {file}. Sets: {packed.sets}, people: {packed.people}.")


@history.command("import")
def import_file(file: Annotated[Path, typer.Argument(help="A file made by export or backup.")]) -> None:
    """Add the sets of a file; what is here already stays as it is."""
    from hipform.store import backup

    typer.echo(f"Sets added: {backup.import_(file).taken}.")


def remeasure(
    sets: Annotated[
        list[str] | None, typer.Argument(metavar="SET...", help="Which; all that may differ without.")
    ] = None,
) -> None:
    """Measure sets again from their poses, with this version and the exercises of now."""
    from hipform.errors import HipformError
    from hipform.remeasure import is_current
    from hipform.remeasure import remeasure as measure
    from hipform.store.set_folder import list_sets, open_set

    failed = 0
    for set_id in sets or [folder.id for folder in list_sets()]:
        try:
            if not sets and is_current(open_set(set_id).report()):
                continue
            result = "other numbers now" if measure(set_id).changed else "the same as before"
            typer.echo(f"{set_id}: {result}")
        except HipformError as error:
            failed += 1
            typer.echo(f"{set_id}: {error}", err=True)
    if failed:
        raise typer.Exit(1)


def back_up(file: Annotated[Path, typer.Argument(help="The file to write, a zip.")]) -> None:
    """Write the whole history into one file, deleted sets left out."""
    from hipform.store import backup

    packed = backup.backup(file)
    typer.echo(f"Written to {file}. Sets: {packed.sets}, people: {packed.people}.")


def restore(file: Annotated[Path, typer.Argument(help="A file made by `hipform backup`.")]) -> None:
    """Make the sets of a backup what they were then; sets that are not in it stay."""
    from hipform.store import backup

    typer.echo(f"Sets that are as they were when the file was written: {backup.restore(file).sets}.")


def trends(
    exercise: Annotated[str, typer.Option(help="Which exercise.")] = "squat",
    measure: Annotated[str, typer.Option(help="Which measure.")] = "thigh_to_horizontal_min_deg",
    person: PersonOption = None,
    plot: Annotated[Path | None, typer.Option(help="Also draw it into this PNG file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether a measure changed over weeks by more than its noise."""
    from hipform.report.set_trends import counted, front_legs, legs
    from hipform.report.trends import published
    from hipform.store.history import open_history

    if measure not in published():
        raise typer.BadParameter(f"There is a trend of: {', '.join(published())}.", param_hint="--measure")
    values = open_history().values(_person(person).id, exercise, measure)
    found = legs(front_legs(counted(values)))
    if as_json:
        _print([_as_json(leg, measure) for leg in found])
    elif not found:
        typer.echo("No complete rep with this measure was kept yet.")
    else:
        _say(found, measure)
    if plot is not None and found:
        from hipform.report.trend_plot import draw_trend

        draw_trend(found[0].groups, measure, plot)


def _say(found: "Sequence[Leg]", measure: str) -> None:
    from hipform.report import trend_words
    from hipform.report import trends as judged
    from hipform.report.set_trend_words import leg_name

    for leg in found:
        group = leg.groups[-1]
        change = judged.change(group, measure)
        if leg.side:
            typer.echo(f"{leg_name(leg.side)}:")
        lines = [
            trend_words.headline(change, measure),
            trend_words.noise_words(change.noise, measure),
            trend_words.slope_words(judged.slope(group), measure),
            trend_words.best_words(judged.best(group, measure), measure),
        ]
        for line in filter(None, lines):
            typer.echo(line)


def _as_json(leg: "Leg", measure: str) -> dict[str, object]:
    from hipform.report import trends as judged

    return {
        "side": leg.side,
        "change": asdict(judged.change(leg.groups[-1], measure)),
        "segments": [[asdict(session) for session in group] for group in leg.groups],
    }


def _person(name: str | None) -> "Person":
    from hipform.store.history import open_history

    people = open_history().people()
    if name is None:
        return next(one for one in people if not one.sample)
    found = next((one for one in people if one.name == name), None)
    if found is None:
        known = ", ".join(one.name for one in people)
        raise InputError(f"There is nobody called {name!r} in the history. There are: {known}.")
    return found


def _words(entry: "SetEntry") -> str:
    return f"{entry.title} ({entry.exercise}, {entry.done_at:%Y-%m-%d %H:%M})"


def _print(content: object) -> None:
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False, default=str))
