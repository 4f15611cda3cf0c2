"""Record the landmark tracks that the golden tests replay: numbers only, no pictures.

    python tests/golden/record_tracks.py VIDEOS [VIDEOS …]

Each folder holds clips with a `labels.json` (real people, counted by eye) or a `.json` of exact truth
beside each clip (rendered people). For every clip a track is written to `tests/golden/tracks`, and what a
careful viewer saw, or what was rendered, to `tests/golden/labels.toml`.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hipform.capture.recorded import save_track
from hipform.capture.video_file import VideoFile
from hipform.pose.mediapipe_landmarker import MediaPipeLandmarker
from hipform.pose.models import find_model
from hipform.records import PoseTrack

HERE = Path(__file__).parent
KNOWN = ("squat", "lunge", "hinge")


def seen_clips(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Clips labelled by eye."""
    for clip in json.loads((folder / "labels.json").read_text()):
        low, high = clip["reps_accept_range"]
        yield (
            folder / clip["file"],
            {
                "exercise": clip["exercise"] if clip["exercise"] in KNOWN else "none",
                "least_reps": low,
                "most_reps": high,
                "bottoms_s": clip["rep_bottom_times_s"],
                "view": clip["view"],
                "truth": "by eye",
            },
        )


def rendered_clips(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Clips with exact truth."""
    for video in sorted(folder.glob("*.mp4")):
        meta = json.loads(video.with_suffix(".json").read_text())
        full = [rep for rep in meta["reps"] if not rep["partial"]]
        yield (
            video,
            {
                "exercise": meta["exercise"],
                "least_reps": len(full),
                "most_reps": len(full),
                "bottoms_s": [rep["bottom"] for rep in full],
                "azimuth_deg": meta["camera"]["azimuth"] * (-1 if meta["mirrored"] else 1),
                "partials": len(meta["reps"]) - len(full),
                "truth": "rendered",
            },
        )


def record(video: Path) -> PoseTrack:
    with VideoFile(video) as frames, MediaPipeLandmarker(find_model(None)) as landmarker:
        return PoseTrack.of([landmarker.estimate(frame) for frame in frames])


def toml_value(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(toml_value(v) for v in value) + "]"
    return json.dumps(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    (HERE / "tracks").mkdir(exist_ok=True)
    lines = ["# Written by record_tracks.py: what is in each recorded track.\n"]
    for folder in parser.parse_args().folders:
        clips = seen_clips(folder) if (folder / "labels.json").exists() else rendered_clips(folder)
        for video, label in clips:
            save_track(record(video), HERE / "tracks" / f"{video.stem}.npz")
            lines.append(f"[{video.stem}]")
            lines += [f"{key} = {toml_value(value)}" for key, value in label.items()] + [""]
            print(video.stem, flush=True)
    (HERE / "labels.toml").write_text("\n".join(lines))


if __name__ == "__main__":
    main()
