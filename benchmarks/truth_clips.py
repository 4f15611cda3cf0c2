"""Rendered clips with exact truth, and the three ways to change one so that its truth stays true."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Array = npt.NDArray[Any]

PER_FRAME = ("t", "world", "camera", "pixels", "angles", "phase", "rep", "u")
TICKS_PER_S = 90_000
TRIM_AFTER_S = 0.6


@dataclass(frozen=True)
class Clip:
    """Pictures with their truth: `truth` as in the .npz, `meta` as in the .json."""

    name: str
    images: list[Image]
    truth: dict[str, Array]
    meta: dict[str, Any]

    @property
    def t_s(self) -> Array:
        return self.truth["t"]

    @property
    def near(self) -> str:
        return "L" if 0 < self.meta["camera"]["azimuth"] < 180 else "R"

    @property
    def size(self) -> tuple[int, int]:
        height, width = self.images[0].shape[:2]
        return width, height

    def _at(self, key: str, joint: str) -> Array:
        return self.truth[key][:, list(self.truth["joints"]).index(joint)].astype(float)

    def px(self, joint: str) -> Array:
        """(N, 2): where this joint is in the picture."""
        return self._at("pixels", joint)

    def near_px(self, joint: str) -> Array:
        return self.px(joint + self.near)

    def px_per_m(self, joint: str) -> Array:
        """(N,): how large a metre looks at this joint's distance."""
        return np.asarray(self.meta["camera"]["focal_px"] / self._at("camera", joint)[:, 2])

    def height_px(self) -> float:
        """From the soles to the crown in the first picture."""
        return float(max(self.px("heelL")[0, 1], self.px("heelR")[0, 1]) - self.px("head_top")[0, 1])

    def bottoms_s(self) -> list[float]:
        return [float(rep["bottom"]) for rep in self.meta["reps"]]


# --- files -----------------------------------------------------------------------------------------------


def read_meta(video: Path) -> dict[str, Any]:
    return dict(json.loads(video.with_suffix(".json").read_text()))


def read_clip(video: Path, reps: int | None = None) -> Clip:
    """The clip with its truth, ending after the first `reps` reps."""
    with np.load(video.with_suffix(".npz")) as z:
        truth = {k: z[k] for k in z.files}
    meta = read_meta(video)
    with av.open(str(video)) as container:
        images = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    clip = Clip(video.stem, images, truth, meta)
    if reps is None or reps >= len(meta["reps"]):
        return clip
    end_s = meta["reps"][reps - 1]["end"] + TRIM_AFTER_S
    return picked(clip, np.flatnonzero(clip.t_s < end_s), clip.t_s)


def write_clip(folder: Path, clip: Clip) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / f"{clip.name}.npz", **clip.truth)
    meta = clip.meta | {"name": clip.name, "frames": len(clip.images), "size": list(clip.size)}
    meta |= {"duration": round(float(clip.t_s[-1] - clip.t_s[0]), 3)}
    (folder / f"{clip.name}.json").write_text(json.dumps(meta, indent=1))
    _write_video(folder / f"{clip.name}.mp4", clip)


def _write_video(path: Path, clip: Clip) -> None:
    """Every picture at its own time."""
    rate_hz = round(1.0 / float(np.median(np.diff(clip.t_s))))
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate_hz, options={"preset": "veryfast", "crf": "20"})
        stream.width, stream.height = clip.size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, TICKS_PER_S)
        stream.codec_context.thread_count = 1  # slices of threads would make the bytes depend on the machine
        for image, t_s in zip(clip.images, clip.t_s - clip.t_s[0], strict=True):
            planes = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2YUV_I420)
            picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            picture.pts, picture.time_base = round(float(t_s) * TICKS_PER_S), Fraction(1, TICKS_PER_S)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


# --- the three ways to change a clip: paint on it, move its picture, choose from its frames ----------------


def painted(clip: Clip, paint: Callable[[Image, int], Image]) -> Clip:
    return replace(clip, images=[paint(image.copy(), i) for i, image in enumerate(clip.images)])


def moved(clip: Clip, matrices: Array, size: tuple[int, int], border: int = cv2.BORDER_REFLECT_101) -> Clip:
    """Each picture under its own (2, 3) matrix, which maps truth pixels to truth pixels."""
    images = []
    for image, m in zip(clip.images, matrices, strict=True):
        # The truth puts a pixel's centre at +0.5, OpenCV at 0.
        shift = m[:, :2] @ np.array([0.5, 0.5]) + m[:, 2] - 0.5
        to = np.column_stack([m[:, :2], shift])
        small = abs(np.linalg.det(m[:, :2])) < 0.5
        source = cv2.blur(image, (3, 3)) if small else image
        warped = cv2.warpAffine(source, to, size, flags=cv2.INTER_LINEAR, borderMode=border)
        images.append(np.asarray(warped, np.uint8))
    pixels = clip.truth["pixels"].astype(float)
    turned = np.einsum("nij,nkj->nki", matrices[:, :, :2], pixels) + matrices[:, None, :, 2]
    return replace(clip, images=images, truth=clip.truth | {"pixels": turned.astype(np.float32)})


def picked(clip: Clip, keep: Array, new_t_s: Array) -> Clip:
    """Only the frames `keep`; `new_t_s` (N,) says when each old frame now happens."""
    truth = clip.truth | {k: clip.truth[k][keep] for k in PER_FRAME}
    old_t_s, truth["t"] = clip.t_s, new_t_s[keep]
    frames = [clip.images[i] for i in keep]
    meta = _retimed(clip.meta, old_t_s, new_t_s, truth["t"])
    return Clip(clip.name, frames, truth, meta)


def _retimed(meta: dict[str, Any], old_t_s: Array, new_t_s: Array, kept_t_s: Array) -> dict[str, Any]:
    def at(t_s: float) -> float:
        return round(float(np.interp(t_s, old_t_s, new_t_s)), 3)

    reps = []
    for rep in meta["reps"]:
        if at(rep["end"]) > kept_t_s[-1]:
            continue
        times = {k: at(rep[k]) for k in ("start", "down_start", "bottom", "up_end", "end")}
        index = {
            f"{k}_frame": int(np.argmin(np.abs(kept_t_s - times[k]))) for k in ("start", "bottom", "end")
        }
        reps.append(rep | times | index | {"hold": [at(t) for t in rep["hold"]]})
    full = sum(not rep["partial"] for rep in reps)
    idle = [stay | {k: at(stay[k]) for k in ("start", "end")} for stay in meta["idle"]]
    idle = [stay for stay in idle if stay["start"] < kept_t_s[-1]]
    return meta | {"reps": reps, "rep_count": full, "rep_count_with_partial": len(reps), "idle": idle}
