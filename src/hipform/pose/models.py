"""Which pose model is used: found, checked and identified by its digest.

A model is a `.task` bundle: an uncompressed zip of two TFLite networks. The one that ships with hipform
must have the digest that `models/build_pose_bundle.py` makes; a user's own (the lite or heavy one) must
at least be such a bundle.
"""

import hashlib
import os
import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from hipform.assets import MODEL_NAME, asset
from hipform.errors import ModelError

ENVIRONMENT = "HIPFORM_MODEL"
SHIPPED_SHA256 = "20b03e1ae56d9234c9e4eda53238ef6fc0a53082bc7f556902014b150518417f"
NETWORKS = ("pose_detector.tflite", "pose_landmarks_detector.tflite")
NETWORK_MARK = b"TFL3"  # bytes 4 to 8 of every TFLite file
ZIP_MARK = b"PK\x03\x04"
REINSTALL = "Install hipform again, or run models/build_pose_bundle.py in its source folder."
GET_ANOTHER = "Get it again, or leave it out to use the model that ships with hipform."


@dataclass(frozen=True, slots=True)
class Model:
    """A checked pose model; `sha256` is the digest of the file in lower-case hex."""

    path: Path
    sha256: str


def find_model(path: Path | None) -> Model:
    """The model at `path`, else the one that HIPFORM_MODEL names, else the one that ships with hipform.

    Raises `ModelError` when it is missing, damaged or something else.
    """
    named = path or (Path(value).expanduser() if (value := os.environ.get(ENVIRONMENT)) else None)
    if named is not None:
        return _own(named)
    shipped = asset("models", MODEL_NAME)
    if not shipped.is_file():
        raise ModelError(f"The pose model {MODEL_NAME} is missing. {REINSTALL}")
    sha256 = _digest(shipped)
    if sha256 != SHIPPED_SHA256:
        raise ModelError(
            f"The pose model {MODEL_NAME} is damaged: its digest is not the right one. {REINSTALL}"
        )
    return Model(shipped, sha256)


def _own(path: Path) -> Model:
    if path.is_dir():
        raise ModelError(f"The pose model {path.name} is a folder. Name the .task file inside it.")
    if not path.is_file():
        raise ModelError(f"There is no pose model {path.name}. Check its name and folder.")
    try:
        fault = _fault(path)
        sha256 = _digest(path)
    except OSError as error:
        raise ModelError(f"The pose model {path.name} cannot be read. Check its permissions.") from error
    if fault:
        raise ModelError(f"The pose model {path.name} {fault}. {GET_ANOTHER}")
    return Model(path, sha256)


def _fault(path: Path) -> str | None:
    """What keeps this file from being a pose bundle."""
    with path.open("rb") as file:
        head = file.read(len(ZIP_MARK))
    if head != ZIP_MARK:
        return "is empty" if not head else "is not a MediaPipe .task bundle"
    try:
        with zipfile.ZipFile(path) as bundle:
            return _content_fault(bundle)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error):
        return "is cut off or damaged"


def _content_fault(bundle: zipfile.ZipFile) -> str | None:
    for name in NETWORKS:
        if name not in bundle.namelist():
            return f"is not for poses: it holds no {name}"
        if bundle.getinfo(name).compress_type != zipfile.ZIP_STORED:
            return "is compressed, and only an uncompressed bundle can be loaded"
        if bundle.read(name)[4:8] != NETWORK_MARK:
            return f"is damaged: {name} in it is no TFLite network"
    return None


def _digest(path: Path) -> str:
    status = path.stat()
    return _digest_of(path.absolute(), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8)
def _digest_of(path: Path, _mtime_ns: int, _size: int) -> str:
    # Time and size are part of the key: a file that was replaced is read again.
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
