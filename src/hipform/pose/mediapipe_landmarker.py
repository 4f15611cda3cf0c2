"""The person in a picture, found by MediaPipe's pose landmarker (Tasks API, on this machine's processor).

mediapipe is imported when the first network is made: it takes most of a second, and any of its modules
pulls in all the others (matplotlib and sounddevice too), so there is no lighter way in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np

from hipform.errors import ModelError
from hipform.pose.models import Model
from hipform.pose.quiet import without_chatter
from hipform.records import FloatArray, Frame, Pose
from hipform.skeleton import INDEX

SYSTEM_LIBRARIES = ("libEGL", "libGLES")  # bare Linux images lack these, MediaPipe links them
# How sure the detector must be. Whom it follows it follows for long, so that must not be a fan or a rack
# of weights. A look for others may be bolder: at 0.35 it sees a fifth more of the people at two thirds of
# the lifter's size, and in 19 clips of one person it claims a second one in 1 look of 230.
FOLLOW_CONFIDENCE = 0.5
OTHERS_CONFIDENCE = 0.35
SAME_PERSON_TORSOS = 0.5  # two finds closer than this, in torso lengths, are one person
TORSO = tuple((INDEX[f"{side}_shoulder"], INDEX[f"{side}_hip"]) for side in ("left", "right"))


@dataclass(frozen=True, slots=True)
class Box:
    """The part of a picture that one person takes up, in pixels of `Frame.image`; x right, y down."""

    x0: float
    y0: float
    x1: float
    y1: float


class _Network:
    """One pose network: pictures in, the landmarks of each person out."""

    def __init__(
        self, model: Model, mode: Literal["VIDEO", "IMAGE"], num_poses: int, confidence: float
    ) -> None:
        with without_chatter():
            self._landmarker, self._image = _load(model, mode, num_poses, confidence)
        self._started = False

    def find(self, frame: Frame, at_ms: int | None = None) -> Any:
        """MediaPipe's result for this picture; `at_ms` only in VIDEO mode."""
        if self._started:
            return self._detect(frame, at_ms)
        # Parts of the library start, and chatter, with the first person it sees.
        with without_chatter():
            result = self._detect(frame, at_ms)
        self._started = bool(result.pose_landmarks)
        return result

    def _detect(self, frame: Frame, at_ms: int | None) -> Any:
        image = self._image(np.ascontiguousarray(frame.image))
        if at_ms is None:
            return self._landmarker.detect(image)
        return self._landmarker.detect_for_video(image, at_ms)

    def close(self) -> None:
        self._landmarker.close()


class _Closing:
    """A context manager that closes the network."""

    _network: _Network

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the network and its thread."""
        self._network.close()


class MediaPipeLandmarker(_Closing):
    """Follows one person through the frames of one recording; a context manager.

    Raises `ModelError` when the model or a library it needs cannot be loaded.
    """

    def __init__(self, model: Model) -> None:
        self._network = _Network(model, "VIDEO", 1, FOLLOW_CONFIDENCE)
        self._last_ms = -1

    def estimate(self, frame: Frame) -> Pose:
        """The person's pose in this frame, `Pose.missing` when nobody is found.

        The frames of one recording must come in their order: the network follows the person, and smooths,
        from one to the next.
        """
        # The network takes whole milliseconds and refuses one that does not grow.
        self._last_ms = max(self._last_ms + 1, round(frame.t_s * 1000))
        result = self._network.find(frame, self._last_ms)
        if not result.pose_landmarks:
            return Pose.missing(frame.t_s)
        marks, world = result.pose_landmarks[0], result.pose_world_landmarks[0]
        return Pose(
            frame.t_s,
            _pixels(marks, frame),
            np.array([(m.x, m.y, m.z) for m in world], dtype=np.float64),
            np.array([m.visibility for m in marks], dtype=np.float64),
        )


class PeopleCounter(_Closing):
    """Looks at single pictures for a second person; a context manager.

    It costs about three times a tracked pose, so it is meant for one frame in a second. A mirror image or
    someone who passes by is a person too. More than two people are given as two.
    """

    def __init__(self, model: Model) -> None:
        self._network = _Network(model, "IMAGE", 2, OTHERS_CONFIDENCE)

    def people(self, frame: Frame) -> list[Box]:
        """The people in this frame, none, one or two."""
        found = [_pixels(marks, frame) for marks in self._network.find(frame).pose_landmarks]
        if len(found) == 2 and _same_person(*found):
            found.pop()
        return [_box(points, frame) for points in found]

    def count(self, frame: Frame) -> int:
        """How many people are in this frame: 0, 1 or 2 (two or more)."""
        return len(self.people(frame))


def _load(model: Model, mode: str, num_poses: int, confidence: float) -> tuple[Any, Any]:
    """The landmarker and a function that wraps a picture for it."""
    try:
        from mediapipe import Image, ImageFormat
        from mediapipe.tasks.python import BaseOptions, vision

        options = vision.PoseLandmarkerOptions(
            # The content, not the path: a path with letters beyond ASCII fails on Windows.
            base_options=BaseOptions(model_asset_buffer=model.path.read_bytes()),
            running_mode=vision.RunningMode[mode],
            num_poses=num_poses,
            min_pose_detection_confidence=confidence,
        )
        landmarker = vision.PoseLandmarker.create_from_options(options)
    except (ImportError, OSError) as error:
        raise _library_error(error) from error
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            f"The pose model {model.path.name} cannot be used: it is no bundle for MediaPipe's pose "
            "landmarker. Choose another, or leave it out to use the model that ships with hipform."
        ) from error
    return landmarker, lambda image: Image(image_format=ImageFormat.SRGB, data=image)


def _library_error(error: ImportError | OSError) -> ModelError:
    if any(name in str(error) for name in SYSTEM_LIBRARIES):
        return ModelError(
            "The pose library needs libEGL.so.1 and libGLESv2.so.2, which this system lacks. "
            "Install them: apt-get install -y libegl1 libgles2"
        )
    return ModelError(
        "The pose library (mediapipe) cannot be loaded on this machine. Install hipform again in a fresh "
        f"environment; `hipform doctor` says more. The cause: {type(error).__name__}"
    )


def _pixels(marks: Sequence[Any], frame: Frame) -> FloatArray:
    """(33, 2) pixels of the picture."""
    height, width = frame.image.shape[:2]
    return np.array([(m.x, m.y) for m in marks], dtype=np.float64) * (width, height)


def _same_person(a: FloatArray, b: FloatArray) -> bool:
    torsos = [np.mean([p[list(pair)] for pair in TORSO], axis=0) for p in (a, b)]  # shoulders, hips
    length_px = max(float(np.linalg.norm(hips - shoulders)) for shoulders, hips in torsos)
    apart = [float(np.linalg.norm(y.mean(axis=0) - x.mean(axis=0))) for x, y in pairwise(torsos)]
    return apart[0] < SAME_PERSON_TORSOS * length_px


def _box(points: FloatArray, frame: Frame) -> Box:
    height, width = frame.image.shape[:2]
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    low, high = np.clip([x0, x1], 0, width), np.clip([y0, y1], 0, height)
    return Box(float(low[0]), float(high[0]), float(low[1]), float(high[1]))
