"""What the command line says of exercises: which there are, what each holds, whether one's own is right."""

from pathlib import Path
from typing import Annotated

import typer

exercises = typer.Typer(
    help="The exercises: list them, show one with its thresholds and sources, check a file of your own.",
    rich_markup_mode=None,
    invoke_without_command=True,
)


@exercises.callback()
def exercises_start(context: typer.Context) -> None:
    """The exercises: list them, show one with its thresholds and sources, check a file of your own."""
    if context.invoked_subcommand is None:
        list_exercises()


@exercises.command("list")
def list_exercises() -> None:
    """List the exercises, your own among them."""
    from hipform import console
    from hipform.exercises.loader import load_all, user_folder

    console.out().print(console.exercise_table(load_all().values()))
    typer.echo(f"Your own TOML files are looked for in {user_folder()}")


@exercises.command("show")
def show_exercise(name: Annotated[str, typer.Argument(help="Name of an exercise.")]) -> None:
    """Show one exercise: what counts as a rep, every threshold, its evidence and source."""
    from hipform import console
    from hipform.exercises.loader import load_all

    known = load_all()
    if name not in known:
        raise typer.BadParameter(f"There is no exercise {name!r}. There are: {', '.join(sorted(known))}.")
    console.out().print(console.exercise_view(known[name]))


@exercises.command("check")
def check_exercise(file: Annotated[Path, typer.Argument(help="A TOML file of your own.")]) -> None:
    """Check an exercise file; every problem is named with its key."""
    from hipform.exercises.loader import load_file

    own = load_file(file)
    typer.echo(f"{file} is fine: {own.name}, {len(own.rules)} rules.")
