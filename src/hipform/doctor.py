"""What hipform finds on this machine, and what to do about each gap. Looks, and changes nothing.

Every look stands alone: one that fails says so in its own line, also when the pose library cannot load.
"""

import ctypes
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from hipform.errors import HipformError

State = Literal["ok", "gap", "broken"]

_PACKAGES = (
    "mediapipe",
    "opencv-contrib-python",
    "av",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "pydantic",
    "streamlit",
    "plotly",
)
# Decoders for what phones, cameras and screen recorders write; the encoder makes the overlay video.
_DECODERS = ("h264", "hevc", "vp9", "av1", "mpeg4")
_ENCODER = "libx264"
_GL_LIBRARIES = ("libEGL.so.1", "libGLESv2.so.2")
_ROOM_GB = 2.0  # about an hour of overlay video at 1080p
_REINSTALL = "Install hipform again in a fresh environment."


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `remedy` says what to do, None when all is well.

    A gap leaves something out that can be done without; when something is broken, nothing can be analysed.
    """

    name: str
    state: State
    found: str
    remedy: str | None = None


def examine(model: Path | None = None) -> list[Check]:
    """Look at everything, in the order in which a user would mend it. `model` as for `analyze --model`."""
    looks: list[tuple[str, Callable[[], Check]]] = [
        ("Python", _python),
        ("Packages", _packages),
        ("System libraries", _system_libraries),
        ("Pose model", lambda: _model(model)),
        ("Finding poses", lambda: _estimation(model)),
        ("Reading video", _decoders),
        ("Writing video", _encoder),
        ("Sample videos", _samples),
        ("Sets kept", _sets),
        ("Free disk space", _disk),
        ("Camera", _camera),
    ]
    return [_safely(name, look) for name, look in looks]


def _safely(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except Exception as error:  # noqa: BLE001 (a damaged library may raise anything, and the others go on)
        return Check(name, "broken", f"{type(error).__name__}: {error}", _REINSTALL)


def _python() -> Check:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Check("Python", "ok", found)


def _packages() -> Check:
    found, missing = [f"hipform {version('hipform')}"], []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return Check("Packages", "broken", f"missing: {', '.join(missing)}", _REINSTALL)
    return Check("Packages", "ok", ", ".join(found))


def _system_libraries() -> Check:
    name = "System libraries"
    if sys.platform != "linux":
        return Check(name, "ok", "none needed on this system")
    missing = [library for library in _GL_LIBRARIES if not _loads(library)]
    if missing:
        remedy = "apt-get install -y libegl1 libgles2  (or your system's packages of these libraries)"
        return Check(name, "broken", f"missing: {', '.join(missing)}", remedy)
    return Check(name, "ok", ", ".join(_GL_LIBRARIES))


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _model(path: Path | None) -> Check:
    from hipform.pose.models import find_model

    try:
        model = find_model(path)
    except HipformError as error:
        return Check("Pose model", "broken", *_halves(error))
    return Check("Pose model", "ok", f"{model.path}\nSHA-256 {model.sha256}")


def _estimation(path: Path | None) -> Check:
    """Load the library with the model and let it look at one small picture."""
    import numpy as np

    from hipform.pose.mediapipe_landmarker import MediaPipeLandmarker
    from hipform.pose.models import find_model
    from hipform.records import Frame

    name = "Finding poses"
    try:
        with MediaPipeLandmarker(find_model(path)) as landmarker:
            landmarker.estimate(Frame(0, 0.0, np.zeros((64, 64, 3), np.uint8)))
    except HipformError as error:
        return Check(name, "broken", *_halves(error))
    return Check(name, "ok", "works")


def _halves(error: HipformError) -> tuple[str, str]:
    """What happened and what to do: an error says the one, then the other."""
    happened, _, remedy = str(error).partition(". ")
    return f"{happened.rstrip('.')}.", remedy or _REINSTALL


def _decoders() -> Check:
    missing = [name for name in _DECODERS if not _codec(name, "r")]
    present = ", ".join(name for name in _DECODERS if name not in missing)
    if "h264" in missing:
        return Check("Reading video", "broken", f"missing: {', '.join(missing)}", _REINSTALL)
    if missing:
        remedy = "Videos in these formats must be converted to H.264 (MP4) first."
        return Check("Reading video", "gap", f"{present}; missing: {', '.join(missing)}", remedy)
    return Check("Reading video", "ok", present)


def _encoder() -> Check:
    if not _codec(_ENCODER, "w"):
        remedy = f"Overlay videos cannot be written; use --no-overlay, or: {_REINSTALL}"
        return Check("Writing video", "gap", f"{_ENCODER} is missing", remedy)
    return Check("Writing video", "ok", f"H.264 ({_ENCODER})")


def _codec(name: str, mode: Literal["r", "w"]) -> bool:
    import av

    try:
        av.Codec(name, mode)
    except ValueError:  # what PyAV raises for a codec that this build lacks
        return False
    return True


def _samples() -> Check:
    from hipform.assets import asset

    clips = sorted(asset("sample_videos").glob("*.mp4"))
    if not clips:
        return Check("Sample videos", "gap", "none", f"`hipform demo` needs them. {_REINSTALL}")
    return Check("Sample videos", "ok", f"{len(clips)} in {clips[0].parent}")


def _sets() -> Check:
    from hipform.store.set_folder import library, list_sets

    folder = library()
    if not _writable(folder):
        remedy = "Make this folder writable, or set HIPFORM_HOME to another one."
        return Check("Sets kept", "gap", f"{folder} cannot be written", remedy)
    return Check("Sets kept", "ok", f"{len(list_sets())} in {folder}")


def _writable(folder: Path) -> bool:
    """Whether files can be made in the folder, or in the nearest one above it that exists."""
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            return True
    except OSError:
        return False


def _disk() -> Check:
    free_gb = shutil.disk_usage(Path.cwd()).free / 1e9
    if free_gb < _ROOM_GB:
        remedy = "Make room, or give --out a folder on another disk."
        return Check("Free disk space", "gap", f"{free_gb:.1f} GB here", remedy)
    return Check("Free disk space", "ok", f"{free_gb:.0f} GB here")


def _camera() -> Check:
    if sys.platform != "linux":
        return Check("Camera", "ok", "asked for by the browser when it is needed")
    devices = sorted(str(path) for path in Path("/dev").glob("video*"))
    if not devices:
        remedy = "Plug in a camera to work live. Recorded videos need none."
        return Check("Camera", "gap", "none found", remedy)
    closed = [device for device in devices if not os.access(device, os.R_OK | os.W_OK)]
    if closed:
        remedy = "Add yourself to the group that owns it (often: usermod -aG video NAME) and log in again."
        return Check("Camera", "gap", f"no permission for {', '.join(closed)}", remedy)
    return Check("Camera", "ok", ", ".join(devices))
