"""Where the files beside the code are: the pose model, the sample videos, the app entry.

In a wheel they lie inside the package (`hipform/_data`); in an editable install they are only in the
checkout. One function looks in both places, the package first.
"""

from importlib.resources import files
from pathlib import Path

MODEL_NAME = "pose_landmarker_full.task"


def asset(*parts: str) -> Path:
    """Path of a file or folder that ships with hipform, for example `asset("sample_videos")`.

    The path may not exist (a damaged install): the caller says what that means for the user.
    """
    packaged = Path(str(files("hipform"))) / "_data" / Path(*parts)
    if packaged.exists():
        return packaged
    return Path(__file__).resolve().parents[2] / Path(*parts)
