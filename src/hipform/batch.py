"""Many videos in one call: which files are meant, how their results are named, and the work itself.

Files are spread over worker processes, one file each at a time. One that fails costs the others nothing.
"""

import glob
import os
import queue
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hipform.api import Options, Progress
from hipform.output import Output
from hipform.workers import Failed, FilesDone, FilesTask, Inbox, LibraryDone, Worker, stalled_reason

_CONTAINERS = ".3gp .avi .flv .m2ts .m4v .mkv .mov .mp4 .mpeg .mpg .mts .ogv .ts .webm .wmv"
VIDEO_ENDINGS = frozenset(_CONTAINERS.split())
_OURS = ".overlay.mp4"
_LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Missing:
    """An argument that names no video, and why."""

    argument: str
    reason: str


def find_videos(arguments: Sequence[str]) -> tuple[list[Path], list[Missing]]:
    """The videos that files, folders and patterns name, each once, in the order given.

    A folder stands for the videos directly in it, a pattern (`*`, `?`, `[…]`, `**`) for what it matches;
    hidden files and hipform's own overlay videos are passed over there. A file is taken by its name as it
    is, whatever its ending.
    """
    videos: dict[Path, Path] = {}
    missing: list[Missing] = []
    for argument in arguments:
        found = _meant_by(argument)
        if isinstance(found, Missing):
            missing.append(found)
            continue
        for path in found:
            videos.setdefault(path.resolve(), path)
    return list(videos.values()), missing


def name_results(videos: Sequence[Path]) -> list[str]:
    """What the results of each video are called: its stem; where two are alike, with what tells them apart.

    `a/x.mp4` and `b/x.mov` become `a-x` and `b-x`, `x.mp4` and `x.mov` of one folder `x-mp4` and `x-mov`.
    Capital letters do not tell names apart: not every disk can.
    """
    stems = [video.stem for video in videos]
    folders = [video.resolve().parent.name for video in videos]
    endings = [video.suffix[1:] for video in videos]
    names = stems
    for parts in ((folders, stems), (stems, endings), (folders, stems, endings)):
        clashing = _clashing(names)
        longer = ["-".join(words) for words in zip(*parts, strict=True)]
        better = [longer[i] if i in clashing else name for i, name in enumerate(names)]
        if not _clashing(better):
            return better
    return [f"{name}-{i + 1}" if i in clashing else name for i, name in enumerate(names)]


@dataclass(frozen=True, slots=True)
class Started:
    """Work on the video with this index has begun."""

    index: int


@dataclass(frozen=True, slots=True)
class Moved:
    """The video with this index has got further."""

    index: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class Ended:
    """The video with this index is done or has failed."""

    index: int
    outcome: FilesDone | Failed


Event = Started | Moved | Ended


def run(videos: Sequence[Path], options: Options, output: Output, workers: int) -> Iterator[Event]:
    """Analyse the videos and write their results into `output.folder`, telling what happens as it happens.

    Close the iterator (or let Ctrl-C go through it) to stop: the workers end at once and leave no
    unfinished file.
    """
    names = name_results(videos)
    todo = [
        (i, FilesTask(video, options, replace(output, stem=name, token=secrets.token_hex(8))))
        for i, (video, name) in enumerate(zip(videos, names, strict=True))
    ]
    todo.reverse()
    inbox: Inbox = queue.Queue()
    idle = [Worker(inbox) for _ in range(min(workers, len(todo)))]
    busy: dict[Worker, int] = {}
    try:
        while todo or busy:
            while idle and todo:
                index, task = todo.pop()
                worker = idle.pop()
                busy[worker] = index
                worker.start(task)
                yield Started(index)
            for worker, event in _news(inbox, busy, videos):
                if isinstance(event, Ended):
                    del busy[worker]
                    idle.append(worker)
                yield event
    finally:
        for worker in [*busy, *idle]:
            worker.stop()


def _news(inbox: Inbox, busy: dict[Worker, int], videos: Sequence[Path]) -> list[tuple[Worker, Event]]:
    """What has happened by the next message, or by the end of a short wait."""
    try:
        worker, message = inbox.get(timeout=_LOOK_EVERY_S)
    except queue.Empty:
        return [(w, _given_up(w, i, videos[i])) for w, i in busy.items() if w.stalled]
    if worker not in busy or isinstance(message, LibraryDone):
        return []
    index = busy[worker]
    return [(worker, Moved(index, message) if isinstance(message, Progress) else Ended(index, message))]


def _given_up(worker: Worker, index: int, video: Path) -> Ended:
    worker.stop()
    return Ended(index, Failed(stalled_reason(video.name)))


def _meant_by(argument: str) -> list[Path] | Missing:
    path = Path(argument).expanduser()
    if path.is_dir():
        found = sorted(p for p in path.iterdir() if _is_video(p))
        return found or Missing(argument, "This folder holds no video. Name the videos, or another folder.")
    if os.path.lexists(path):
        return [path]
    if glob.has_magic(argument):
        matched = sorted(Path(p) for p in glob.glob(str(path), recursive=True))  # noqa: PTH207 (Path.glob takes no absolute pattern)
        return [p for p in matched if _is_video(p)] or Missing(argument, "No video matches this pattern.")
    return Missing(argument, f"There is no such file here ({Path.cwd()}). Check the name and the folder.")


def _is_video(path: Path) -> bool:
    hidden, ours = path.name.startswith("."), path.name.endswith(_OURS)
    return path.suffix.lower() in VIDEO_ENDINGS and path.is_file() and not hidden and not ours


def _clashing(names: Sequence[str]) -> set[int]:
    counts = Counter(name.casefold() for name in names)
    return {i for i, name in enumerate(names) if counts[name.casefold()] > 1}
