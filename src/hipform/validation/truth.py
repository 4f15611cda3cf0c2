"""Reads a folder of clips with truth: rendered ones with exact angles, or real ones with labels and marks."""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import BaseModel, TypeAdapter, ValidationError

from hipform.batch import name_results
from hipform.errors import InputError
from hipform.kinematics.geometry import wrap_deg
from hipform.records import FloatArray
from hipform.skeleton import Side
from hipform.validation.files import ClipTruth, Label, Limb, Mark, RepTruth

# hipform's signal -> the angle of the truth that it stands for; {} is the leg
_ANGLES: Final[Mapping[str, str]] = {
    "knee_flexion_{}": "knee_flexion_{}",
    "thigh_to_horizontal_{}": "thigh_from_horizontal_{}",
    "shank_lean_{}": "shank_lean_sagittal_{}",
    "trunk_lean": "trunk_lean_sagittal",
}
_WHAT_TRUTH_IS = (
    "Give a folder with NAME.mp4, NAME.json and NAME.npz for each clip, or with videos and a labels.json; "
    "docs/accuracy.md says what they hold."
)


@dataclass(frozen=True, slots=True, eq=False)
class Rendered:
    """A clip with exact truth. Left and right, the azimuth too, are as the picture shows them.

    `t_s` (N,), `angles` (N,) each by the name of hipform's signal, degrees.
    """

    name: str
    exercise: str
    azimuth_deg: float
    reps: tuple[RepTruth, ...]
    t_s: FloatArray
    angles: Mapping[str, FloatArray]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A real clip: what a viewer counted, and joints marked by hand on some of its frames."""

    name: str
    label: Label
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class TruthFolder:
    """The clips of a folder, the video of each, and what the results of each are called."""

    clips: tuple[Rendered | Labelled, ...]
    videos: tuple[Path, ...]

    def result_names(self) -> list[str]:
        """The names that `hipform analyze` gives to the results of these videos."""
        return name_results(self.videos)


def read_truth(folder: Path) -> TruthFolder:
    """All clips with truth in `folder`, in the order of their names or labels.

    Raises:
        InputError: there is no such folder, it holds no truth, or a file of truth cannot be understood.

    """
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}. {_WHAT_TRUTH_IS}")
    if (folder / "labels.json").exists():
        return _read_labelled(folder)
    arrays = sorted(p for p in folder.glob("*.npz") if not p.name.endswith(".mp.npz"))
    if not arrays:
        raise InputError(f"{folder} holds no truth to compare with. {_WHAT_TRUTH_IS}")
    clips = tuple(_read_rendered(path) for path in arrays)
    return TruthFolder(clips, tuple(path.with_suffix(".mp4") for path in arrays))


def _read_labelled(folder: Path) -> TruthFolder:
    labels = _parsed(folder / "labels.json", list[Label])
    if not labels:
        raise InputError(f"{folder / 'labels.json'} labels no clip. {_WHAT_TRUTH_IS}")
    marks = _parsed(folder / "joints.json", list[Mark]) if (folder / "joints.json").exists() else []
    names = [label.id or Path(label.file).stem for label in labels]
    unknown = sorted({mark.clip for mark in marks} - set(names))
    if unknown:
        raise InputError(f"joints.json marks {', '.join(unknown)}, but labels.json has no clip of that id.")
    clips = tuple(
        Labelled(name, label, tuple(mark for mark in marks if mark.clip == name))
        for name, label in zip(names, labels, strict=True)
    )
    return TruthFolder(clips, tuple(folder / label.file for label in labels))


def _read_rendered(arrays: Path) -> Rendered:
    facts: ClipTruth = _parsed(arrays.with_suffix(".json"), ClipTruth)
    try:
        with arrays.open("rb") as file, np.load(file, allow_pickle=False) as opened:
            t_s = np.asarray(opened["t"], dtype=float)
            limbs: dict[Side, Limb] = {"left": "L", "right": "R"}
            if facts.mirrored:
                limbs = {"left": "R", "right": "L"}
            angles = _angles(opened, limbs)
    except (OSError, EOFError, KeyError, ValueError, IndexError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{arrays.name} is damaged or not a file of truth ({error}). {_WHAT_TRUTH_IS}"
        ) from error
    sign = -1.0 if facts.mirrored else 1.0
    azimuth = float(wrap_deg(sign * facts.camera.azimuth))
    reps = tuple(_as_seen(rep) if facts.mirrored else rep for rep in facts.reps)
    return Rendered(arrays.stem, facts.exercise, azimuth, reps, t_s, angles)


def _as_seen(rep: RepTruth) -> RepTruth:
    """The rep of a flipped picture: a viewer calls the person's left leg the right one."""
    exchanged: dict[Limb | None, Limb | None] = {"L": "R", "R": "L", None: None}
    return rep.model_copy(update={"lead": exchanged[rep.lead]})


def _angles(opened: Mapping[str, Any], limbs: Mapping[Side, Limb]) -> dict[str, FloatArray]:
    """Every signal that the truth knows; one that it lacks is left out."""
    names = [str(name) for name in opened["angle_names"]]
    values = np.asarray(opened["angles"], dtype=float)
    joints = {str(name): opened["world"][:, i] for i, name in enumerate(opened["joints"])}
    out: dict[str, FloatArray] = {}
    for side, limb in limbs.items():
        for signal, angle in _ANGLES.items():
            if angle.format(limb) in names:
                out[signal.format(side)] = values[:, names.index(angle.format(limb))]
        if {f"{joint}{limb}" for joint in ("shoulder", "hip", "knee")} <= joints.keys():
            out[f"hip_flexion_{side}"] = _hip_flexion_deg(joints, limb)
    return out


def _hip_flexion_deg(joints: Mapping[str, FloatArray], limb: Limb) -> FloatArray:
    """Trunk-to-thigh bend in the person's sagittal plane (y up, z forward) with its sign, (N,).

    The truth's own array of it holds the size only, and extension beyond straight must stay negative.
    """
    trunk = joints[f"shoulder{limb}"] - joints[f"hip{limb}"]
    thigh = joints[f"hip{limb}"] - joints[f"knee{limb}"]
    forward = [np.arctan2(part[:, 2], part[:, 1]) for part in (trunk, thigh)]
    return np.asarray(np.degrees(forward[0] - forward[1]), dtype=float)


def _parsed(path: Path, form: Any) -> Any:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}). {_WHAT_TRUTH_IS}") from error
    except ValueError as error:
        raise InputError(f"{path} is no JSON ({error}). Mend it, or take the clip out.") from error
    try:
        return TypeAdapter[BaseModel | list[BaseModel]](form).validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the top"
        raise InputError(f"{path}, at {where}: {first['msg']}. {_WHAT_TRUTH_IS}") from error
