"""The `hipform` command. It reads what the user wrote, calls the parts, and prints.

Everything heavy is imported by the command that needs it, so `hipform --help` answers at once.
"""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hipform.cli_exercises import exercises
from hipform.cli_history import back_up, history, remeasure, restore, trends
from hipform.errors import HipformError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hipform.api import Options
    from hipform.output import Format, Output
    from hipform.records import PoseQuality
    from hipform.workers import Failed, FilesDone

    Outcomes = Sequence[tuple[Path, "FilesDone | Failed"]]

_RESULTS = Path("hipform_results")
_ACCURACY = Path("hipform_accuracy")
_DEMO = "sample_squat_side.mp4"
_INTERRUPTED = 130  # what a shell expects after Ctrl-C

# Plain help: Rich's takes longer to load than everything else together.
app = typer.Typer(
    name="hipform",
    help="See how hips and knees really move: squats, lunges and hip hinges, measured rep by rep.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(exercises, name="exercises")
app.add_typer(history, name="history")

ExerciseOption = Annotated[
    str, typer.Option(help="auto, a name from `hipform exercises`, or the path of a TOML file of your own.")
]
QualityOption = Annotated[
    str, typer.Option(help="fast, balanced or best: look into the mirror image too, for smaller errors.")
]
OutFolder = Annotated[Path, typer.Option("--out", help="Folder for the results; made if it is not there.")]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Videos analysed at the same time. [default: one for each core]")
]


def main() -> None:
    """Run the command line; every error leaves as words and an exit status, never as a traceback."""
    try:
        app()
    except HipformError as error:
        _complain(str(error))
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except Exception as error:
        if os.environ.get("HIPFORM_DEBUG"):
            raise
        _complain(
            f"Something went wrong that should not have ({type(error).__name__}: {error}). `hipform doctor` "
            "may tell more; with HIPFORM_DEBUG=1 in the environment the details are printed."
        )


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"hipform {version('hipform')}")
        raise typer.Exit


@app.callback()
def start(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version.")
    ] = False,
) -> None:
    """Options of the command as a whole."""


@app.command()
def analyze(  # noqa: PLR0913, PLR0917 (one argument for each option of the command)
    videos: Annotated[list[str], typer.Argument(metavar="VIDEO...", help="Files, folders or patterns.")],
    exercise: ExerciseOption = "auto",
    out: OutFolder = _RESULTS,
    overlay: Annotated[bool, typer.Option(help="Draw the overlay video (takes a third of the time).")] = True,
    workers: Workers = None,
    mirrored: Annotated[bool, typer.Option("--mirrored", help="The videos show a mirror image.")] = False,
    quality: QualityOption = "balanced",
    model: Annotated[Path | None, typer.Option(help="Another pose model (a .task file).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the reports, not the tables.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files of these names whatever they are.")
    ] = False,
    parquet: Annotated[bool, typer.Option("--parquet", help="Also write the frames as Parquet.")] = False,
    opensim: Annotated[bool, typer.Option("--opensim", help="Also write .trc and .mot for OpenSim.")] = False,
) -> None:
    """Count and measure every rep in recorded videos.

    Writes NAME.json, NAME.frames.csv and NAME.overlay.mp4 for each video. Results of the same video are
    replaced. The exit status is 0 only if every video was analysed.
    """
    from hipform.api import Options
    from hipform.output import Output

    known, file = _exercise(exercise)
    options = Options(known, file, mirrored, model, overlay, _quality(quality))
    wanted: dict[Format, bool] = {"parquet": parquet, "opensim": opensim}
    formats = tuple(name for name, chosen in wanted.items() if chosen)
    _analyze(videos, options, Output(out, overwrite=overwrite, formats=formats), workers, as_json=as_json)


@app.command()
def demo(out: OutFolder = _RESULTS) -> None:
    """Analyse a sample set of squats and say where everything is."""
    from hipform.api import Options
    from hipform.assets import asset
    from hipform.output import Output

    sample = asset("sample_videos", _DEMO)
    if not sample.exists():
        raise HipformError("The sample videos are missing from this installation. Install hipform again.")
    _analyze([str(sample)], Options(), Output(out), 1, as_json=False)
    typer.echo("\nWatch the overlay video, then try your own:  hipform analyze VIDEO")
    typer.echo("or go through it rep by rep in the browser:  hipform dashboard")


@app.command()
def validate(
    clips: Annotated[
        Path, typer.Argument(help="Folder of clips whose truth or labels are known (docs/accuracy.md).")
    ],
    out: OutFolder = _ACCURACY,
    workers: Workers = None,
    quality: QualityOption = "balanced",
    results: Annotated[
        Path | None, typer.Option(help="Compare these results of `hipform analyze`; analyse nothing.")
    ] = None,
) -> None:
    """Measure how accurate hipform is on clips whose truth is known.

    Writes accuracy.md, accuracy.json and plots. The exit status is 0 only if every clip was compared.
    """
    from hipform import console
    from hipform.api import Options
    from hipform.validation import run
    from hipform.validation.truth import read_truth

    truth = read_truth(clips)
    failed: dict[str, str] = {}
    if results is None:
        results = out / "results"
        with console.Watch(truth.videos, console.err()) as watch:
            count = _workers(workers, len(truth.videos))
            options = Options(overlay=False, quality=_quality(quality))
            failed = run.analyse(truth, options, results, count, watch.show)
    comparisons = run.compare(truth, results, failed)
    written = run.write(comparisons, out)
    console.out().print(console.accuracy_view(comparisons, written))
    _end_with(run.not_compared(comparisons))


@app.command()
def dashboard(
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port on localhost. [default: a free one]"),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the dashboard in the browser.")] = True,
    lan: Annotated[
        bool, typer.Option("--lan", help="Let phones on the same network in that scan the code shown.")
    ] = False,
    lan_port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port on the network, with --lan. [default: a free one]"),
    ] = None,
) -> None:
    """Open the dashboard on this machine; with --lan, your phone can be the camera."""
    from hipform.ui.server import run

    if lan_port is not None and not lan:
        raise typer.BadParameter("It belongs to --lan, which opens the dashboard to your network.")
    run(port=port, open_browser=browser, lan=lan, lan_port=lan_port)


@app.command()
def live(  # noqa: PLR0913, PLR0917 (one argument for each option of the command)
    camera: Annotated[int, typer.Option(min=0, help="Number of the camera.")] = 0,
    file: Annotated[Path | None, typer.Option(help="Play a recording as if it were a camera.")] = None,
    exercise: ExerciseOption = "auto",
    reps: Annotated[int | None, typer.Option(min=1, help="End after so many complete reps.")] = None,
    still: Annotated[
        float | None,
        typer.Option(min=0, help="Seconds to stand still before it begins. [default: 2, of a --file 0]"),
    ] = None,
    countdown: Annotated[
        float, typer.Option(min=0, help="Then count down so many seconds before it begins.")
    ] = 0.0,
    quiet_end: Annotated[float, typer.Option(min=1, help="End when no rep came for so many seconds.")] = 15.0,
    out: Annotated[
        Path | None, typer.Option("--out", help="Also write the results into this folder.")
    ] = None,
    window: Annotated[bool, typer.Option(help="Show the picture in a window, as a mirror does.")] = True,
    mute: Annotated[bool, typer.Option("--mute", help="Say nothing aloud.")] = False,
    keep_video: Annotated[
        bool, typer.Option("--keep-video", help="Keep the pictures as well, with what was measured on them.")
    ] = False,
    model: Annotated[Path | None, typer.Option(help="Another pose model (a .task file).")] = None,
    recover: Annotated[
        bool, typer.Option("--recover", help="Only keep the finished reps of sets that were cut short.")
    ] = False,
) -> None:
    """Do a set in front of a camera of this machine, hands-free.

    Stand still with the whole body in the picture until it says "Ready", then begin; a raised hand ends the
    set. It is kept in your library, its picture only with --keep-video.
    """
    from hipform import live_show
    from hipform.live import Settings
    from hipform.output import Output
    from hipform.session.live_set import READY_AFTER_S, LiveRules

    output = Output(out) if out else None
    if recover:
        live_show.recover_all(output)
        return
    known, own = _exercise(exercise)
    still_s = still if still is not None else 0.0 if file else READY_AFTER_S
    rules = LiveRules(still_s, countdown, reps, quiet_end)
    settings = Settings(known, own, model, rules, output, keep_video=keep_video)
    live_show.live(file or camera, settings, with_window=window, mute=mute)


@app.command()
def doctor(
    model: Annotated[Path | None, typer.Option(help="The pose model to look at (a .task file).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Say what hipform found on this machine, and what to do about each gap."""
    from hipform.doctor import examine

    checks = examine(model)
    if as_json:
        from dataclasses import asdict

        typer.echo(json.dumps([asdict(check) for check in checks], indent=2, ensure_ascii=False))
    else:
        from hipform import console

        console.out().print(console.doctor_table(checks))
    raise typer.Exit(1 if any(check.state == "broken" for check in checks) else 0)


app.command("trends")(trends)
app.command("remeasure")(remeasure)
app.command("backup")(back_up)
app.command("restore")(restore)


def _exercise(text: str) -> tuple[str, Path | None]:
    """What `--exercise` means: a known name, or a file; anything else ends the command with status 2."""
    from hipform.exercises.loader import load_all, load_file

    if text.lower().endswith(".toml"):
        load_file(Path(text))
        return "auto", Path(text)
    known = ["auto", *sorted(load_all())]
    if text not in known:
        raise typer.BadParameter(
            f"There is no exercise {text!r}. There are: {', '.join(known)}, or the path of a TOML file.",
            param_hint="--exercise",
        )
    return text, None


def _quality(text: str) -> "PoseQuality":
    """What `--quality` means; anything but its words ends the command with status 2."""
    from typing import get_args

    from hipform.records import PoseQuality

    known: dict[str, PoseQuality] = {word: word for word in get_args(PoseQuality)}
    if text not in known:
        raise typer.BadParameter(
            f"There is no quality {text!r}. There are: {', '.join(known)}.", param_hint="--quality"
        )
    return known[text]


def _analyze(
    arguments: list[str], options: "Options", output: "Output", workers: int | None, *, as_json: bool
) -> None:
    """Find the videos, analyse them, print the answer, and end with the exit status."""
    from hipform import batch, console
    from hipform.pose.models import find_model

    videos, missing = batch.find_videos(arguments)
    if videos:
        find_model(options.model)  # a fault here is told once, not once for each video
    outcomes: list[tuple[Path, FilesDone | Failed]] = []
    with console.Watch(videos, console.err()) as watch:
        for event in batch.run(videos, options, output, _workers(workers, len(videos))):
            watch.show(event)
            if isinstance(event, batch.Ended):
                outcomes.append((videos[event.index], event.outcome))
    order = {video: i for i, video in enumerate(videos)}
    outcomes.sort(key=lambda pair: order[pair[0]])
    if as_json:
        _print_json(outcomes, several=len(videos) > 1)
    else:
        _print_tables(outcomes)
    _end_with([*_failures(outcomes), *((m.argument, m.reason) for m in missing)])


def _end_with(failed: "Sequence[tuple[str, str]]") -> None:
    """Say what failed and why, if anything did, and end with the exit status."""
    from hipform import console

    names: dict[str, list[str]] = {}
    for name, reason in failed:
        names.setdefault(reason, []).append(name)
    for line in console.failure_lines(names):
        console.err().print(line)
    if names:
        raise typer.Exit(1)


def _failures(outcomes: "Outcomes") -> list[tuple[str, str]]:
    from hipform.workers import Failed

    return [(video.name, outcome.reason) for video, outcome in outcomes if isinstance(outcome, Failed)]


def _print_tables(outcomes: "Outcomes") -> None:
    from hipform import console
    from hipform.workers import FilesDone

    screen = console.out()
    for _, outcome in outcomes:
        if isinstance(outcome, FilesDone):
            screen.print(console.report_view(outcome.report, outcome.files))
    if len(outcomes) > 1:
        screen.print(console.summary_table(outcomes))


def _print_json(outcomes: "Outcomes", *, several: bool) -> None:
    """The reports as the files hold them: one object for one video, an array for several."""
    from hipform.workers import FilesDone

    texts = [o.files.report.read_text(encoding="utf-8") for _, o in outcomes if isinstance(o, FilesDone)]
    if several:
        typer.echo(json.dumps([json.loads(text) for text in texts], indent=2, ensure_ascii=False))
    elif texts:
        typer.echo(texts[0])


def _workers(wanted: int | None, videos: int) -> int:
    """How many workers: as many as the user wants, else one for each core that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return wanted or max(1, min(cores, videos))


def _complain(text: str) -> None:
    typer.echo(f"hipform: {text}", err=True)
    sys.exit(1)
