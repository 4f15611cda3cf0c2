"""The person in a picture, found by MediaPipe's pose landmarker (Tasks API, on this machine's processor).

mediapipe is imported when the first network is made: it takes most of a second, and any of its modules
pulls in all the others (matplotlib and sounddevice too), so there is no lighter way in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from hipform.errors import ModelError
from hipform.pose.models import Model
from hipform.pose.quiet import without_chatter
from hipform.records import FloatArray, Frame, Pose
from hipform.skeleton import INDEX

SYSTEM_LIBRARIES = ("libEGL", "libGLES")  # bare Linux images lack these, MediaPipe links them
# How sure the detector must be. Whom it follows it follows for long, so that must not be a fan or a rack
# of weights. A look for others may be bolder: in 200 joined pictures of two people, far apart or one much
# smaller, 0.25 sees both in 52 and 0.5 in 29, and at 0.2 none is claimed in 1045 looks at one person.
FOLLOW_CONFIDENCE = 0.5
OTHERS_CONFIDENCE = 0.25
SAME_PERSON_TORSOS = 0.5  # two finds closer than this, in torso lengths, are one person
SAME_PERSON_SHARE = 0.8  # and so are two of which one lies this far inside the other
# A joint on the edge is drawn up to this share of the picture beyond it by the network's own jitter.
EDGE_SHARE = 0.01
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

        A landmark beyond the edge of the picture has visibility 0.

        The frames of one recording must come in their order: the network follows the person, and smooths,
        from one to the next.
        """
        # The network takes whole milliseconds and refuses one that does not grow.
        self._last_ms = max(self._last_ms + 1, round(frame.t_s * 1000))
        result = self._network.find(frame, self._last_ms)
        if not result.pose_landmarks:
            return Pose.missing(frame.t_s)
        marks, world = result.pose_landmarks[0], result.pose_world_landmarks[0]
        visibility = np.array([m.visibility for m in marks], dtype=np.float64)
        return Pose(
            frame.t_s,
            _pixels(marks, frame),
            np.array([(m.x, m.y, m.z) for m in world], dtype=np.float64),
            # The network also says where a joint beyond the picture's edge would be: that is a guess.
            np.where(_in_picture(marks), visibility, 0.0),
        )


class PeopleCounter(_Closing):
    """Looks at single pictures for a second person; a context manager.

    It costs about three times a tracked pose, so it is meant for one frame in a second. A mirror image or
    someone who passes by is a person too. More than two people are given as two.
    """

    def __init__(self, model: Model) -> None:
        self._network = _Network(model, "IMAGE", 2, OTHERS_CONFIDENCE)

    def people(self, frame: Frame) -> list[Box]:
        """The people in this frame: none, one or two, the surest find first."""
        found = [_pixels(marks, frame) for marks in self._network.find(frame).pose_landmarks]
        boxes = [_box(points, frame) for points in found]
        if len(found) == 2 and (_torsos_meet(*found) or _covers(*boxes)):
            boxes.pop()
        return boxes

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


def _in_picture(marks: Sequence[Any]) -> npt.NDArray[np.bool_]:
    """(33,): which landmarks lie in the picture, or hardly beyond its edge."""
    at = np.array([(m.x, m.y) for m in marks])
    return np.asarray(((at >= -EDGE_SHARE) & (at <= 1.0 + EDGE_SHARE)).all(axis=1))


def _torsos_meet(a: FloatArray, b: FloatArray) -> bool:
    """Whether two finds are nearer to each other than any two people can be."""
    torsos = [np.mean([points[list(pair)] for pair in TORSO], axis=0) for points in (a, b)]
    length_px = max(float(np.linalg.norm(hips - shoulders)) for shoulders, hips in torsos)
    apart_px = float(np.linalg.norm(torsos[0].mean(axis=0) - torsos[1].mean(axis=0)))
    return apart_px < SAME_PERSON_TORSOS * length_px


def _covers(a: Box, b: Box) -> bool:
    """Whether one find lies inside the other: somebody's legs taken for a second, smaller person."""
    common = max(0.0, min(a.x1, b.x1) - max(a.x0, b.x0)) * max(0.0, min(a.y1, b.y1) - max(a.y0, b.y0))
    return common >= SAME_PERSON_SHARE * min((box.x1 - box.x0) * (box.y1 - box.y0) for box in (a, b))


def _box(points: FloatArray, frame: Frame) -> Box:
    height, width = frame.image.shape[:2]
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    left, right = (min(max(float(x), 0.0), float(width)) for x in (x0, x1))
    top, bottom = (min(max(float(y), 0.0), float(height)) for y in (y0, y1))
    return Box(left, top, right, bottom)
