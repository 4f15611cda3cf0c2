"""What other parts and other programs rely on: names of landmarks, poses, tracks and reps."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import TypeAdapter

from fixtures.evidence import a_rep
from fixtures.stickman import Figure, pose, record, squat, times
from hipform.records import Depth, Measure, Pose, PoseTrack
from hipform.skeleton import EDGES, INDEX, LANDMARKS, SIDES, landmark, mirrored_order, other


def test_landmarks_are_those_of_the_pose_model() -> None:
    known = {"nose": 0, "left_shoulder": 11, "left_hip": 23, "right_hip": 24, "left_knee": 25}
    assert len(LANDMARKS) == len(set(LANDMARKS)) == 33
    assert {name: INDEX[name] for name in known} == known
    assert LANDMARKS[32] == "right_foot_index"
    assert landmark("right", "ankle") == 28


def test_mirroring_swaps_left_and_right_and_twice_is_nothing() -> None:
    order = mirrored_order()
    assert order[INDEX["left_knee"]] == INDEX["right_knee"]
    assert order[INDEX["mouth_right"]] == INDEX["mouth_left"]
    assert order[INDEX["nose"]] == INDEX["nose"]
    assert [order[i] for i in order] == list(range(33))
    assert [other(side) for side in SIDES] == ["right", "left"]


def test_the_drawn_lines_join_landmarks_and_are_alike_on_both_sides() -> None:
    order = mirrored_order()
    lines = {frozenset((INDEX[a], INDEX[b])) for a, b in EDGES}
    assert lines == {frozenset(order[i] for i in line) for line in lines}


def test_nobody_is_a_pose_without_numbers() -> None:
    missing = Pose.missing(1.5)
    assert (missing.t_s, missing.found) == (1.5, False)
    for values in (missing.image_px, missing.world_m, missing.visibility):
        assert np.isnan(values).all()
    assert pose(Figure(), 0.0).found


def test_a_track_gives_back_its_poses_and_its_parts() -> None:
    track = record(squat, times(1.0, 10.0))
    assert len(track) == len(list(track)) == 10
    again = PoseTrack.of(list(track))
    assert np.array_equal(again.image_px, track.image_px)
    part = track.between(0.2, 0.5)
    assert part.t_s == pytest.approx([0.2, 0.3, 0.4]), "the end does not belong to it"
    assert len(track.between(5.0, 6.0)) == len(PoseTrack.of([])) == 0


def test_arrays_that_do_not_fit_together_are_refused_by_name() -> None:
    track = record(squat, times(1.0, 10.0))
    with pytest.raises(ValueError, match=r"visibility: expected shape \(10, 33\), got \(9, 33\)"):
        replace(track, visibility=track.visibility[1:])


def test_the_lead_leg_stands_for_a_rep_else_the_near_one() -> None:
    rear, lead = (Measure(v, "deg", None, role, 7.0) for v, role in ((100.0, "rear"), (92.0, "lead")))
    near, far = Measure(80.0, "deg", "left", None, 7.0), Measure(70.0, "deg", "right", None, 9.0)
    rep = replace(a_rep("lunge"), measures={"knee_rom_deg": [rear, lead], "hip_rom_deg": [near, far]})
    assert rep.measure("knee_rom_deg") == lead
    assert rep.measure("hip_rom_deg") == near
    assert replace(rep, measures={"hip_drop_ratio": far}).measure("hip_drop_ratio") == far
    assert replace(rep, measures={"knee_rom_deg": rear}).measure("knee_rom_deg") is None
    assert rep.measure("trunk_lean_peak_deg") is None


def test_depth_is_written_as_its_class() -> None:
    adapter = TypeAdapter(Depth)
    depth = Depth("about parallel", 1.5)
    written = adapter.dump_json(depth, by_alias=True)
    assert written == b'{"class":"about parallel","margin_deg":1.5}'
    assert adapter.validate_json(written) == depth
