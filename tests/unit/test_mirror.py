"""Two looks at each picture: what the mean mends, what it hides, and when the second look is taken."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from fixtures import clips
from fixtures.stickman import PX_PER_M as PX
from fixtures.stickman import SHANK, THIGH, mirrored, pose
from fixtures.stickman import lunge as split_squat
from hipform.pose.mirror import LOOK_EVERY_S, MirrorAveraged
from hipform.records import Frame, Pose, PoseTrack
from hipform.skeleton import LEG_JOINTS, SIDES, landmark

LEFT_KNEE = landmark("left", "knee")
LEG_PX = PX * (THIGH + SHANK)
PICTURE = np.zeros((2, 640, 3), np.uint8)
PICTURE[:, :100] = 255  # so that its mirror image can be told from it

Wrong = Callable[[Pose], Pose]


def body(t_s: float) -> Pose:
    """A split squat that goes down slowly; no two landmarks of left and right are in one place."""
    return pose(split_squat(min(1.0, t_s / 4)), t_s, azimuth_deg=75.0, visibility=0.8)


def mirror_image(of: Pose) -> Pose:
    return next(iter(mirrored(PoseTrack.of([of]))))


class Eye:
    """Sees the body as a picture shows it, and gets it `wrong` as that picture has left and right."""

    def __init__(self, wrong: Wrong = lambda seen: seen) -> None:
        self.looked_s: list[float] = []
        self._wrong = wrong

    def estimate(self, frame: Frame) -> Pose:
        assert frame.image.flags.c_contiguous
        self.looked_s.append(frame.t_s)
        shown = body(frame.t_s)
        if frame.image[0, -1, 0]:
            shown = mirror_image(shown)
        else:
            assert frame.image[0, 0, 0]
        return self._wrong(shown)


def moved(joint: int, right_px: float) -> Wrong:
    def wrong(seen: Pose) -> Pose:
        image_px, world_m = seen.image_px.copy(), seen.world_m.copy()
        image_px[joint, 0] += right_px
        world_m[joint, 0] += right_px / PX
        return replace(seen, image_px=image_px, world_m=world_m)

    return wrong


def legs_exchanged(seen: Pose) -> Pose:
    order = list(range(33))
    for joint in LEG_JOINTS:
        left, right = (landmark(side, joint) for side in SIDES)
        order[left], order[right] = right, left
    return replace(seen, image_px=seen.image_px[order], world_m=seen.world_m[order])


def nobody(seen: Pose) -> Pose:
    return Pose.missing(seen.t_s)


def frames(t_s: Iterator[float] | list[float]) -> list[Frame]:
    return [Frame(i, t, PICTURE) for i, t in enumerate(t_s)]


def follow(
    straight: Eye, in_mirror: Eye, t_s: list[float], look_every_s: float = LOOK_EVERY_S["best"]
) -> list[Pose]:
    with MirrorAveraged(straight, in_mirror, look_every_s) as both:
        return [both.estimate(frame) for frame in frames(t_s)]


def assert_placed(found: Pose, expected: Pose) -> None:
    assert found.t_s == expected.t_s
    np.testing.assert_allclose(found.image_px, expected.image_px, atol=1e-6)
    np.testing.assert_allclose(found.world_m, expected.world_m, atol=1e-9)


def assert_same(found: Pose, expected: Pose) -> None:
    assert_placed(found, expected)
    np.testing.assert_allclose(found.visibility, expected.visibility)


# What the mean does


def test_two_looks_without_error_are_the_body_itself() -> None:
    assert_same(follow(Eye(), Eye(), [1.5])[0], body(1.5))


def test_an_error_to_the_same_side_of_both_pictures_vanishes() -> None:
    # The knee that is the left one in the mirror is the right one of the body.
    right_knee = landmark("right", "knee")
    found = follow(Eye(moved(LEFT_KNEE, 8.0)), Eye(moved(right_knee, 8.0)), [0.5])[0]
    assert_placed(found, body(0.5))


def test_an_error_of_one_look_is_halved() -> None:
    found = follow(Eye(moved(LEFT_KNEE, 8.0)), Eye(), [0.5])[0]
    assert_placed(found, moved(LEFT_KNEE, 4.0)(body(0.5)))


@pytest.mark.parametrize("in_mirror", [True, False])
def test_legs_that_one_look_exchanges_do_not_ruin_the_mean(in_mirror: bool) -> None:
    eyes = Eye(), Eye(legs_exchanged)
    found = follow(*(eyes if in_mirror else eyes[::-1]), [1.0])[0]
    assert_same(found, body(1.0) if in_mirror else legs_exchanged(body(1.0)))


@pytest.mark.parametrize(
    ("apart_legs", "visibility"), [(0.02, 0.8), (0.06, 0.57), (0.07, 0.5), (0.1, 0.29), (0.16, 0.0)]
)
def test_a_joint_is_believed_the_less_the_farther_the_looks_are_apart(
    apart_legs: float, visibility: float
) -> None:
    found = follow(Eye(moved(LEFT_KNEE, apart_legs * LEG_PX)), Eye(), [0.0])[0].visibility
    assert found[LEFT_KNEE] == pytest.approx(visibility, abs=0.02)
    assert np.delete(found, LEFT_KNEE) == pytest.approx(np.full(32, 0.8))


def test_visibility_is_the_mean_and_zero_where_either_look_says_so() -> None:
    def sees(knee: float) -> Wrong:
        def wrong(seen: Pose) -> Pose:
            visibility = seen.visibility.copy()
            visibility[[LEFT_KNEE, landmark("right", "knee")]] = knee
            return replace(seen, visibility=visibility)

        return wrong

    for straight, mirror, expected in ((0.4, 0.8, 0.6), (0.0, 0.8, 0.0), (0.8, 0.0, 0.0)):
        found = follow(Eye(sees(straight)), Eye(sees(mirror)), [0.0])[0]
        assert found.visibility[LEFT_KNEE] == pytest.approx(expected)


# When a look is missing


def test_between_looks_the_last_difference_is_held() -> None:
    off_px = {0.0: 6.0, 0.1: 10.0}  # by which the mirrored look is wrong, to the body's right in the mirror

    def wrong(seen: Pose) -> Pose:
        return moved(landmark("right", "knee"), -off_px[seen.t_s])(seen)

    found = follow(Eye(), Eye(wrong), [0.0, 0.04, 0.1, 0.14], 0.1)
    for one, right_px in zip(found, (3.0, 3.0, 5.0, 5.0), strict=True):
        assert_placed(one, moved(LEFT_KNEE, right_px)(body(one.t_s)))


def test_a_look_that_finds_nobody_leaves_the_straight_one_alone() -> None:
    def wrong(seen: Pose) -> Pose:
        return nobody(seen) if seen.t_s >= 0.1 else moved(landmark("right", "knee"), -6.0)(seen)

    found = follow(Eye(), Eye(wrong), [0.0, 0.1, 0.14], 0.1)
    assert_placed(found[0], moved(LEFT_KNEE, 3.0)(body(0.0)))
    assert_same(found[1], body(0.1))
    assert_same(found[2], body(0.14))


def test_a_look_at_somebody_else_leaves_the_straight_one_alone() -> None:
    def beside(trunks: float) -> Wrong:
        right_px = trunks * 0.5 * PX  # the figure's trunk is half a metre
        return lambda seen: replace(seen, image_px=seen.image_px + np.array([right_px, 0.0]))

    assert_same(follow(Eye(), Eye(beside(0.7)), [0.0])[0], body(0.0))
    assert follow(Eye(), Eye(beside(0.1)), [0.0])[0].image_px[0, 0] != body(0.0).image_px[0, 0]


def test_nobody_in_the_straight_look_is_nobody_and_nothing_of_it_stays() -> None:
    def gone(seen: Pose) -> Pose:
        return nobody(seen) if seen.t_s < 0.15 else seen

    wrong = Eye(moved(landmark("right", "knee"), -6.0))
    found = follow(Eye(gone), wrong, [0.0, 0.1, 0.16, 0.2], 0.1)
    assert [one.found for one in found] == [False, False, True, True]
    assert_same(found[2], body(0.16))
    assert_placed(found[3], moved(LEFT_KNEE, 3.0)(body(0.2)))


# When the second look is taken


@pytest.mark.parametrize(
    ("rate", "every"), [(10, 1), (15, 1), (24, 2), (25, 2), (29.97, 2), (30, 2), (50, 3), (60, 4)]
)
@pytest.mark.parametrize("jitter_s", [0.0, 0.002])
def test_balanced_looks_by_time_whatever_the_frame_rate(rate: float, every: int, jitter_s: float) -> None:
    shift = np.random.default_rng(3).uniform(-jitter_s, jitter_s, 60)
    t_s = list(np.arange(60) / rate + shift + jitter_s)
    straight, in_mirror = Eye(), Eye()
    follow(straight, in_mirror, t_s, LOOK_EVERY_S["balanced"])
    assert straight.looked_s == t_s
    assert in_mirror.looked_s == t_s[::every]


def test_best_looks_twice_at_every_frame() -> None:
    t_s = list(np.arange(20) / 60)
    in_mirror = Eye()
    follow(Eye(), in_mirror, t_s, LOOK_EVERY_S["best"])
    assert in_mirror.looked_s == t_s


def test_after_a_gap_in_the_frames_a_look_is_taken_at_once() -> None:
    in_mirror = Eye()
    follow(Eye(), in_mirror, [0.0, 1 / 30, 1.0, 1.0 + 1 / 30], LOOK_EVERY_S["balanced"])
    assert in_mirror.looked_s == [0.0, 1.0]


# How it runs


def test_both_looks_run_at_the_same_time_and_their_order_changes_nothing() -> None:
    both_inside = threading.Barrier(2, timeout=10)

    def after(wait_s: float) -> Wrong:
        def wrong(seen: Pose) -> Pose:
            both_inside.wait()
            time.sleep(wait_s)
            return moved(LEFT_KNEE, 6.0)(seen)

        return wrong

    slow_mirror = follow(Eye(after(0.0)), Eye(after(0.02)), [0.0, 0.1])
    slow_straight = follow(Eye(after(0.02)), Eye(after(0.0)), [0.0, 0.1])
    for one, two in zip(slow_mirror, slow_straight, strict=True):
        assert_same(one, two)


@pytest.mark.parametrize("in_mirror", [True, False])
def test_a_failure_of_either_look_is_passed_on_and_the_thread_ends(in_mirror: bool) -> None:
    def fail(_seen: Pose) -> Pose:
        raise RuntimeError("out of order")

    eyes = Eye(), Eye(fail)
    with pytest.raises(RuntimeError, match="out of order"):
        follow(*(eyes if in_mirror else eyes[::-1]), [0.0])
    assert not [one for one in threading.enumerate() if one.name.startswith("hipform-mirror")]


@pytest.mark.model
def test_a_picture_and_its_mirror_image_give_the_same_body() -> None:
    from hipform.pose.mediapipe_landmarker import MediaPipeLandmarker
    from hipform.pose.models import find_model

    model = find_model(None)

    def poses(*, flipped: bool, looks: int) -> PoseTrack:
        images = clips.pictures(clips.sample(), 1.5, 2.0)
        turned = (image[:, ::-1] if flipped else image for image in images)
        with (
            MediaPipeLandmarker(model) as one,
            MediaPipeLandmarker(model) as other,
            MirrorAveraged(one, other, LOOK_EVERY_S["best"]) as both,
        ):
            eye = both if looks == 2 else one
            return PoseTrack.of([eye.estimate(Frame(i, i / 30, im)) for i, im in enumerate(turned)])

    def asymmetry_px(looks: int) -> float:
        as_it_is, flipped = poses(flipped=False, looks=looks), mirrored(poses(flipped=True, looks=looks))
        assert np.isfinite(as_it_is.image_px).all()
        return float(np.abs(as_it_is.image_px - flipped.image_px).max())

    assert asymmetry_px(looks=1) > 3.0
    assert asymmetry_px(looks=2) < 0.01
