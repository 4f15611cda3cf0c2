"""People cut out of rendered clips and put into others."""

import cv2
import numpy as np
from truth_clips import Array, Clip, Image

# How thick a body is around the lines between its joints, m (ours: a little more than bone and flesh).
LIMBS_M = (
    ("hip", "knee", 0.20),
    ("knee", "ankle", 0.15),
    ("heel", "toe", 0.14),
    ("shoulder", "elbow", 0.13),
    ("elbow", "wrist", 0.12),
)


def figure(clip: Clip, i: int) -> Array:
    """(height, width), 0..1: what of this picture is the person."""
    scale = float(clip.px_per_m("pelvis")[i])
    at = {
        str(name): tuple(clip.px(str(name))[i].round().astype(int).tolist()) for name in clip.truth["joints"]
    }
    likely = np.zeros(clip.images[i].shape[:2], np.uint8)
    for side in "LR":
        for a, b, thick_m in LIMBS_M:
            cv2.line(likely, at[a + side], at[b + side], 1, round(thick_m * scale))
        cv2.circle(likely, at["wrist" + side], round(0.12 * scale), 1, -1)
    torso = np.array([at["shoulderL"], at["shoulderR"], at["hipR"], at["hipL"]])
    cv2.polylines(likely, [cv2.convexHull(torso)], isClosed=True, color=1, thickness=round(0.28 * scale))
    cv2.fillConvexPoly(likely, cv2.convexHull(torso), 1)
    cv2.line(likely, at["neck"], at["head"], 1, round(0.14 * scale))
    cv2.circle(likely, at["head"], round(0.17 * scale), 1, -1)
    return _cut_out(clip.images[i], likely, scale)


def _cut_out(image: Image, likely: Image, scale: float) -> Array:
    """The outline found by the picture's own edges within what is likely (GrabCut, at half the size)."""
    half = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    inside = cv2.resize(likely, half.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    sure = cv2.erode(inside, np.ones((3, 3), np.uint8), iterations=max(1, round(0.02 * scale)))
    mask = np.where(inside > 0, cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    mask[sure > 0] = cv2.GC_FGD
    if sure.any():
        cv2.setRNGSeed(1)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(half, mask, None, *models, 1, cv2.GC_INIT_WITH_MASK)
    person = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    return np.asarray(cv2.blur(cv2.resize(person, image.shape[1::-1]), (3, 3)))


def pasted(image: Image, other: Clip, i: int, scale: float, feet: Array) -> Image:
    """`image` with the other's figure at `scale`, its feet at `feet` (pixels)."""
    i = min(i, len(other.images) - 1)
    to = np.column_stack([np.eye(2) * scale, feet - scale * soles(other)])
    size = image.shape[1::-1]
    alpha = cv2.warpAffine(figure(other, i), to, size)[..., None]
    if not alpha.any():
        return image
    person = cv2.warpAffine(other.images[i], to, size)
    return np.asarray(image * (1 - alpha) + person * alpha).astype(np.uint8)


def soles(clip: Clip) -> Array:
    """Where the middle of the feet is in the first picture, (2,) pixels."""
    return np.asarray(np.mean([clip.px(f"{joint}{s}")[0] for joint in ("heel", "toe") for s in "LR"], axis=0))
