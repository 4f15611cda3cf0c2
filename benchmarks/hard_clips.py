#!/usr/bin/env python3
"""Make measuring hard, with known truth: spoiled copies of rendered clips.

    hard_clips.py CLIPS OUT [--kinds a,b] [--only PATTERN] [--per-clip K] [--reps N] [--seed S]

CLIPS    a folder with NAME.mp4 + NAME.json + NAME.npz (rendered people with exact truth)
OUT      gets NAME__KIND.mp4 + .json + .npz in the same form

`--per-clip 2` gives each clip two of the kinds that suit it, taking turns; without it every clip gets all.
`--reps 2` keeps only the first two reps. The same input, seed and options give the same pictures.

What the truth of a spoiled clip means: `pixels`, `t`, reps and phases are those of the new picture and its
times. `world`, `angles` and `camera` are the person's own, as they were: a turned, shaken or cut picture does
not change how somebody stands. While the picture is frozen the person moves on.
"""

import argparse
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from figures import figure, pasted, soles
from truth_clips import Array, Clip, Image, moved, painted, picked, read_clip, read_meta, write_clip

Random = np.random.Generator
PLATE_RADIUS_M = 0.225  # competition plates of 20 kg and more: 450 mm (IWF equipment rules)


@dataclass(frozen=True)
class Room:
    """What a kind may draw on: chance, and somebody else's clip."""

    random: Random
    other: Clip


Spoil = Callable[[Clip, Room], Clip]


# --- things in front of the legs --------------------------------------------------------------------------


def _plate(image: Image, centre: Array, radius_px: float, broadside: float) -> Image:
    """A bumper plate, seen turned by as much as the camera stands off the side."""
    axes = np.array([max(radius_px * broadside, 2.0), radius_px])
    for share, tone in (
        (1.0, (24, 24, 26)),
        (0.94, (40, 40, 43)),
        (0.5, (28, 28, 30)),
        (0.16, (150, 150, 152)),
    ):
        at, size = (tuple(round(float(v) * 16) for v in values) for values in (centre, axes * share))
        cv2.ellipse(image, at, size, 0, 0, 360, tone, -1, cv2.LINE_AA, 4)
    return image


def _with_plate(clip: Clip, centres: Array, joint: str) -> Clip:
    near = joint + clip.near
    radii = PLATE_RADIUS_M * clip.px_per_m(near)
    broadside = abs(float(np.sin(np.radians(clip.meta["camera"]["azimuth"]))))
    return painted(clip, lambda image, i: _plate(image, centres[i], float(radii[i]), broadside))


def plate_still(clip: Clip, room: Room) -> Clip:
    """A plate at knee height before the near leg, that stays where it is: a rack's, or a loaded bar's."""
    knee = clip.near_px("knee")
    place = np.median(knee, axis=0) + room.random.uniform(-0.05, 0.05, 2) * clip.px_per_m("pelvis")[0]
    return _with_plate(clip, np.tile(place, (len(knee), 1)), "knee")


def plate_wrist(clip: Clip, room: Room) -> Clip:
    """A plate that goes with the near hand: the bar of a deadlift."""
    del room
    return _with_plate(clip, clip.near_px("wrist"), "wrist")


def plate_shoulder(clip: Clip, room: Room) -> Clip:
    """A plate that goes with the near shoulder: the bar of a back squat."""
    del room
    return _with_plate(clip, clip.near_px("shoulder"), "shoulder")


def _with_box(clip: Clip, top_m: float, room: Room) -> Clip:
    """A bench before the feet, from below the soles to `top_m` above them."""
    feet = np.stack([clip.px(f"{joint}{s}") for joint in ("heel", "toe", "ankle") for s in "LR"])
    scale = float(np.median(clip.px_per_m("ankle" + clip.near)))
    left, right = feet[..., 0].min() - 0.12 * scale, feet[..., 0].max() + 0.12 * scale
    soles = float(np.max(feet[..., 1]))
    y0, y1 = round(soles - top_m * scale), round(soles + 0.08 * scale)
    tone = room.random.integers(60, 150, 3)

    def paint(image: Image, i: int) -> Image:
        del i
        x0, x1 = round(float(left)), round(float(right))
        cv2.rectangle(image, (x0, y0), (x1, y1), tone.tolist(), -1)
        cv2.rectangle(image, (x0, y0), (x1, y0 + max(2, round(0.04 * scale))), (tone * 1.4).tolist(), -1)
        return image

    return painted(clip, paint)


def box_feet(clip: Clip, room: Room) -> Clip:
    """A box hides both feet up to the ankles."""
    return _with_box(clip, 0.13, room)


def box_shins(clip: Clip, room: Room) -> Clip:
    """A bench hides both feet and the lower half of the shins."""
    return _with_box(clip, 0.32, room)


# --- where the camera looks -------------------------------------------------------------------------------


def _even(length: float) -> int:
    return max(2, int(length) // 2 * 2)


def _window(clip: Clip, x0: Array, y0: Array, width: int, height: int) -> Clip:
    n = len(clip.images)
    matrices = np.tile(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), (n, 1, 1))
    matrices[:, 0, 2], matrices[:, 1, 2] = -x0, -y0
    return moved(clip, matrices, (width, height))


def crop_feet(clip: Clip, room: Room) -> Clip:
    """The picture ends at the lower third of the shins."""
    width, height = clip.size
    ankle, knee = clip.near_px("ankle"), clip.near_px("knee")
    share = room.random.uniform(0.25, 0.4)
    y1 = float(np.median(ankle[:, 1]) * (1 - share) + np.median(knee[:, 1]) * share)
    n = len(clip.images)
    return _window(clip, np.zeros(n), np.zeros(n), _even(width), _even(min(y1, height)))


def crop_head(clip: Clip, room: Room) -> Clip:
    """Standing, the head and the shoulders are above the picture."""
    width, height = clip.size
    shoulder, hip = clip.near_px("shoulder")[0], clip.near_px("hip")[0]
    y0 = round(float(shoulder[1] + room.random.uniform(0.1, 0.25) * (hip[1] - shoulder[1])))
    n = len(clip.images)
    return _window(clip, np.zeros(n), np.full(n, y0), _even(width), _even(height - y0))


def crop_edge(clip: Clip, room: Room) -> Clip:
    """A camera that pans: for a third of the time the picture's edge cuts the body in half."""
    width, height = clip.size
    share = 0.5
    pelvis = clip.px("pelvis")[0, 0]
    wide = _even(share * width)
    centred = pelvis - wide / 2
    away = wide / 2 if room.random.random() < 0.5 else -wide / 2
    period_s = float(room.random.uniform(5.0, 7.0))
    swing = np.clip(1.6 * np.sin(2 * np.pi * clip.t_s / period_s), 0.0, 1.0)
    x0 = np.round(np.clip(centred + away * swing, 0, width - wide))
    return _window(clip, x0, np.zeros(len(x0)), wide, _even(height))


def _turned(clip: Clip, degrees: Array, shift_px: Array) -> Clip:
    """Pictures turned clockwise about their middle, then shifted."""
    width, height = clip.size
    matrices = []
    for angle, shift in zip(np.radians(degrees), shift_px, strict=True):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        middle = np.array([width / 2, height / 2])
        matrices.append(np.column_stack([turn, middle - turn @ middle + shift]))
    return moved(clip, np.array(matrices), (width, height))


def roll(degrees: float) -> Spoil:
    def spoil(clip: Clip, room: Room) -> Clip:
        """A camera that hangs askew, to either side."""
        n, sign = len(clip.images), 1 if room.random.random() < 0.5 else -1
        return _turned(clip, np.full(n, sign * degrees), np.zeros((n, 2)))

    return spoil


def shake(clip: Clip, room: Room) -> Clip:
    """Held in the hand: up to 1.5 % of the picture and 1.5 degrees, in slow sways and quick jolts."""
    waves = [_wander(clip.t_s, room.random) for _ in range(3)]
    return _turned(clip, 1.5 * waves[0], 0.015 * np.stack(waves[1:], axis=1) * np.array(clip.size))


def _wander(t_s: Array, random: Random) -> Array:
    """Smooth chance between -1 and 1: sways of 0.3 to 4 Hz, the quicker the smaller."""
    rates_hz = np.geomspace(0.3, 4.0, 7)
    phases = random.uniform(0, 2 * np.pi, len(rates_hz))
    x = np.sum(np.sin(2 * np.pi * rates_hz * t_s[:, None] + phases) / rates_hz**0.7, axis=1)
    return np.asarray(x / np.abs(x).max())


# --- bad pictures -----------------------------------------------------------------------------------------


def dark(clip: Clip, room: Room) -> Clip:
    """A dim room: a fifth of the light, and the noise that comes with it."""

    def paint(image: Image, i: int) -> Image:
        del i
        noise = room.random.normal(0, 9, image.shape)
        return np.clip(0.2 * image + noise, 0, 255).astype(np.uint8)

    return painted(clip, paint)


def blur(clip: Clip, room: Room) -> Clip:
    """A long exposure in a moving hand: every picture smeared by up to 4 % of its width, this way or that."""
    longest = 0.04 * clip.size[0]
    sway = _wander(clip.t_s, room.random)

    def paint(image: Image, i: int) -> Image:
        n = 1 + 2 * round(float(longest * (0.5 + 0.5 * abs(sway[i])) / 2))
        line = np.zeros((n, n), np.float32)
        reach = n // 2
        dx, dy = reach * np.cos(3 * sway[i]), reach * np.sin(3 * sway[i])
        ends = [(round(reach - s * dx), round(reach - s * dy)) for s in (-1, 1)]
        cv2.line(line, ends[0], ends[1], 1.0, 1)
        return np.asarray(cv2.filter2D(image, -1, line / line.sum()), np.uint8)

    return painted(clip, paint)


def small(clip: Clip, room: Room) -> Clip:
    """A quarter of the width: somebody about a hundred pixels tall."""
    del room
    width, height = clip.size
    matrices = np.tile(np.array([[0.25, 0.0, 0.0], [0.0, 0.25, 0.0]]), (len(clip.images), 1, 1))
    return moved(clip, matrices, (_even(width / 4), _even(height / 4)))


# --- time -------------------------------------------------------------------------------------------------


def jump_cut(clip: Clip, room: Room) -> Clip:
    """A second is missing: the middle rep's way down, up to just before its bottom."""
    del room
    rep = clip.meta["reps"][len(clip.meta["reps"]) // 2]
    stop_s = rep["hold"][0] - 0.1
    start_s = stop_s - 1.0
    gone = (clip.t_s >= start_s) & (clip.t_s < stop_s)
    step_s = float(np.median(np.diff(clip.t_s)))
    first, last = np.flatnonzero(gone)[[0, -1]]
    missing_s = clip.t_s[last] - clip.t_s[first] + step_s
    new_t_s = np.where(clip.t_s >= stop_s, clip.t_s - missing_s, np.minimum(clip.t_s, clip.t_s[first]))
    return picked(clip, np.flatnonzero(~gone), new_t_s)


def frozen(clip: Clip, room: Room) -> Clip:
    """The picture stands still for half a second, once in every rep, while the person moves on."""
    images = list(clip.images)
    for rep in clip.meta["reps"]:
        start_s = rep["down_start"] + room.random.uniform(0.2, 0.8)
        still = np.flatnonzero((clip.t_s >= start_s) & (clip.t_s < start_s + 0.5))
        for i in still:
            images[i] = images[still[0]]
    return replace(clip, images=images)


def dropped(clip: Clip, room: Room) -> Clip:
    """A third of the pictures are missing, and once in every rep those of 0.4 s; times stay true."""
    keep = room.random.random(len(clip.images)) > 1 / 3
    for rep in clip.meta["reps"]:
        start_s = rep["down_start"] + room.random.uniform(0.2, 0.8)
        keep &= ~((clip.t_s >= start_s) & (clip.t_s < start_s + 0.4))
    keep[[0, -1]] = True
    return picked(clip, np.flatnonzero(keep), clip.t_s)


# --- other people -----------------------------------------------------------------------------------------


def bystander_behind(clip: Clip, room: Room) -> Clip:
    """Somebody trains a little behind, half hidden by the person."""
    scale = 0.85 * clip.height_px() / room.other.height_px()
    side = 1 if soles(clip)[0] < clip.size[0] / 2 else -1
    away = np.array([side * room.random.uniform(0.2, 0.4), -0.06]) * clip.height_px()
    feet = soles(clip) + away

    def paint(image: Image, i: int) -> Image:
        behind = pasted(image, room.other, i, scale, feet)
        person = figure(clip, i)[..., None]
        return np.asarray(image * person + behind * (1 - person)).astype(np.uint8)

    return painted(clip, paint)


def bystander_across(clip: Clip, room: Room) -> Clip:
    """Somebody goes by between the person and the camera, once at every bottom, at 1.2 m/s."""
    scale = 1.1 * clip.height_px() / room.other.height_px()
    speed = 1.2 * clip.px_per_m("pelvis")[0]
    feet = soles(clip) + np.array([0.0, 0.06 * clip.height_px()])
    ways = room.random.choice([-1, 1], len(clip.bottoms_s()))

    def paint(image: Image, i: int) -> Image:
        for bottom_s, way in zip(clip.bottoms_s(), ways, strict=True):
            away = way * speed * (clip.t_s[i] - bottom_s)
            if abs(away) < clip.size[0]:
                image = pasted(image, room.other, i, scale, feet + np.array([away, 0.0]))
        return image

    return painted(clip, paint)


# --- the command ------------------------------------------------------------------------------------------

KINDS: dict[str, Spoil] = {
    "plate_still": plate_still,
    "crop_feet": crop_feet,
    "bystander_across": bystander_across,
    "plate_wrist": plate_wrist,
    "box_feet": box_feet,
    "dark": dark,
    "plate_shoulder": plate_shoulder,
    "crop_edge": crop_edge,
    "bystander_behind": bystander_behind,
    "jump_cut": jump_cut,
    "box_shins": box_shins,
    "roll_10": roll(10.0),
    "crop_head": crop_head,
    "blur": blur,
    "frozen": frozen,
    "shake": shake,
    "small": small,
    "dropped": dropped,
    "roll_5": roll(5.0),
}
# Where a kind makes sense only in some exercises.
ONLY_IN = {"plate_wrist": ("hinge", "lunge"), "plate_shoulder": ("squat", "lunge")}


def spoiled(clip: Clip, kind: str, other: Clip, seed: int) -> Clip:
    """This clip, spoiled in one way."""
    chance = np.random.default_rng([seed, zlib.crc32(f"{clip.name} {kind}".encode())])
    out = KINDS[kind](clip, Room(chance, other))
    facts = {"kind": kind, "source": clip.name, "other": other.name, "seed": seed}
    return replace(out, name=f"{clip.name}__{kind}", meta=out.meta | {"spoiled": facts})


def in_turn(exercises: Sequence[str], kinds: Sequence[str], per_clip: int | None) -> list[list[str]]:
    """Which kinds each clip gets: all that suit it, or `per_clip` of them, those least used so far."""
    used = dict.fromkeys(kinds, 0)
    out = []
    for exercise in exercises:
        suit = [kind for kind in kinds if exercise in ONLY_IN.get(kind, (exercise,))]
        chosen = sorted(suit, key=used.__getitem__)[:per_clip]
        for kind in chosen:
            used[kind] += 1
        out.append(chosen)
    return out


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--only", default="*", help="pattern of the clips' names, such as '*side*'")
    parser.add_argument("--per-clip", type=int)
    parser.add_argument("--reps", type=int)
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args(arguments)
    videos = sorted(a.clips.glob(f"{a.only}.mp4"))
    metas = [read_meta(video) for video in videos]
    plans = in_turn([m["exercise"] for m in metas], a.kinds.split(","), a.per_clip)
    for k, (video, kinds) in enumerate(zip(videos, plans, strict=True)):
        clip, other = read_clip(video, a.reps), read_clip(videos[(k + 1) % len(videos)], a.reps)
        for kind in kinds:
            hard = spoiled(clip, kind, other, a.seed)
            write_clip(a.out, hard)
            print(hard.name, len(hard.images), flush=True)


if __name__ == "__main__":
    main()
