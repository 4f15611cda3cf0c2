"""Where results go: their names, the hidden folder that they are made in, what may be replaced."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hipform.atomic import disk_is_full
from hipform.errors import OutputError
from hipform.records import SCHEMA

Format = Literal["parquet", "opensim"]


@dataclass(frozen=True, slots=True)
class Output:
    """Where results go. `stem` begins their names (the video's own by default).

    `overwrite` replaces also files that are not results of the same recording. `token` names the hidden
    folder of unfinished files, so that whoever ends a worker by force can remove it with `discard`.
    """

    folder: Path
    stem: str | None = None
    overwrite: bool = False
    formats: tuple[Format, ...] = ()
    token: str | None = None


def check_output(video: Path, output: Output) -> None:
    """Make sure, before minutes of work, that results can be written and destroy nothing.

    Results of the same recording (same name, size and length) are replaced. Anything else of that
    name stays, unless `output.overwrite`.

    Raises:
        OutputError: the folder cannot be written, or a file of another origin would be lost.
        VideoError: the video cannot be opened.

    """
    with unfinished(output):
        pass
    paths = result_paths(video, output)
    taken = [path for path in paths.values() if path.exists()]
    if not taken or output.overwrite:
        return
    if not _same_recording(video, paths["report"]):
        raise OutputError(
            f"{taken[0].name} in {output.folder} is not a result of this video, so it was left as it is. "
            "Choose another folder with --out, or replace it with --overwrite."
        )


def discard(output: Output) -> None:
    """Remove what an ended worker left of unfinished results; finished ones are not touched."""
    if output.token:
        shutil.rmtree(_draft_folder(output.folder, output.token), ignore_errors=True)


def result_paths(video: Path, output: Output) -> dict[str, Path]:
    """The final path of each result by its kind, the report last."""
    stem = output.stem or video.stem
    ends = {"frames": "frames.csv"}
    ends |= {"parquet": "frames.parquet"} if "parquet" in output.formats else {}
    ends |= {"trc": "trc", "mot": "mot"} if "opensim" in output.formats else {}
    ends |= {"overlay": "overlay.mp4", "report": "json"}
    return {kind: output.folder / f"{stem}.{end}" for kind, end in ends.items()}


def _same_recording(video: Path, report: Path) -> bool:
    """Whether the report is ours and of a recording of the same name, size and length."""
    from hipform.capture.video_file import VideoFile

    with VideoFile(video) as opened:
        new = opened.source
    try:
        content = json.loads(report.read_bytes())
        old = content["source"]
        same = (content["schema"], Path(old["file"]).name, old["width"], old["height"]) == (
            SCHEMA,
            video.name,
            new.width,
            new.height,
        )
        difference_s = abs(old["duration_s"] - new.duration_s) if new.duration_s > 0 else 0.0
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return same and difference_s <= max(1.0, 0.05 * new.duration_s)


def _draft_folder(folder: Path, token: str) -> Path:
    return folder / f".hipform-{token}"


@contextmanager
def unfinished(output: Output) -> Iterator[Path]:
    """A hidden folder inside the output folder, removed at the end with what is still in it."""
    if output.folder.is_file():
        raise OutputError(f"{output.folder} is a file, not a folder. Choose another folder for the results.")
    with writing_to(output.folder):
        output.folder.mkdir(parents=True, exist_ok=True)
        if output.token:
            draft = _draft_folder(output.folder, output.token)
            draft.mkdir(exist_ok=True)
        else:
            draft = Path(tempfile.mkdtemp(prefix=".hipform-", dir=output.folder))
    try:
        with writing_to(output.folder):
            yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Turn what the disk says into an error that says what to do."""
    try:
        yield
    except OSError as error:
        if disk_is_full(error):
            raise OutputError(
                f"The disk is full, so nothing was written to {folder}. Make room and try again, or choose a "
                "folder on another disk."
            ) from error
        raise OutputError(
            f"Results cannot be written to {folder} ({error.strerror or error}). Choose another folder, or "
            "make this one writable."
        ) from error
