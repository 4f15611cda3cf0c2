import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from fixtures import clips
from hipform.assets import MODEL_NAME, asset
from hipform.capture.video_file import VideoFile
from hipform.errors import ModelError
from hipform.pose.mediapipe_landmarker import MediaPipeLandmarker, PeopleCounter
from hipform.pose.models import Model, find_model
from hipform.records import Frame, ImageArray
from hipform.skeleton import landmark

pytestmark = pytest.mark.model
BLACK = np.zeros((480, 640, 3), np.uint8)
START = """
from hipform.errors import ModelError
from hipform.pose.mediapipe_landmarker import MediaPipeLandmarker
from hipform.pose.models import find_model
import numpy as np
from hipform.records import Frame
try:
    with MediaPipeLandmarker(find_model(None)) as landmarker:
        landmarker.estimate(Frame(0, 0.0, np.zeros((64, 64, 3), np.uint8)))
except ModelError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def model() -> Model:
    return find_model(asset("models", MODEL_NAME))


@pytest.fixture(scope="module")
def counter(model: Model) -> Iterator[PeopleCounter]:
    with PeopleCounter(model) as counter:
        yield counter


@pytest.fixture(scope="module")
def standing() -> ImageArray:
    """Somebody who stands with the left side to the camera (640 x 480)."""
    return next(clips.pictures(clips.sample()))


@pytest.fixture(scope="module")
def squatting() -> list[Frame]:
    """The first seconds of the side-view squat sample, ten pictures a second."""
    with VideoFile(clips.sample()) as video:
        frames = [f for f in video if f.t_s <= 4.0]
    return frames[::3]


def start(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own with these variables."""
    command, variables = [sys.executable, "-c", script], os.environ | environment
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


def people_in(counter: PeopleCounter, image: ImageArray) -> int:
    return counter.count(Frame(0, 0.0, np.ascontiguousarray(image)))


# One person


def test_a_squat_is_seen_as_one(model: Model, squatting: list[Frame]) -> None:
    with MediaPipeLandmarker(model) as landmarker:
        poses = [landmarker.estimate(frame) for frame in squatting]

    assert all(pose.found for pose in poses)
    assert [pose.t_s for pose in poses] == [frame.t_s for frame in squatting]
    hip_y = [pose.image_px[landmark("left", "hip"), 1] for pose in poses]
    assert max(hip_y) - hip_y[0] > 50  # pixels: down they went
    first = poses[0]
    assert first.image_px.shape == (33, 2)
    assert first.world_m.shape == (33, 3)
    assert first.visibility.shape == (33,)
    assert first.image_px.dtype == first.world_m.dtype == first.visibility.dtype == np.float64
    shoulder, hip, ankle = (first.image_px[landmark("left", j), 1] for j in ("shoulder", "hip", "ankle"))
    assert 0 < shoulder < hip < ankle < 480
    leg_m = np.linalg.norm(first.world_m[landmark("left", "hip")] - first.world_m[landmark("left", "ankle")])
    assert 0.5 < leg_m < 1.2
    assert (first.visibility >= 0).all()
    assert (first.visibility <= 1).all()


def test_the_same_recording_gives_the_same_poses(model: Model, squatting: list[Frame]) -> None:
    runs = []
    for _ in range(2):
        with MediaPipeLandmarker(model) as landmarker:
            runs.append([landmarker.estimate(frame).image_px for frame in squatting[:8]])

    np.testing.assert_array_equal(runs[0], runs[1])


def test_nobody_is_a_missing_pose(model: Model) -> None:
    with MediaPipeLandmarker(model) as landmarker:
        for i, size in enumerate([(480, 640), (16, 16), (1, 1), (2160, 40)]):
            pose = landmarker.estimate(Frame(i, i / 30, np.zeros((*size, 3), np.uint8)))
            assert not pose.found
            assert pose.t_s == i / 30
            assert np.isnan(pose.world_m).all()


def test_times_closer_than_a_millisecond_and_mirrored_arrays_are_taken(
    model: Model, standing: ImageArray
) -> None:
    with MediaPipeLandmarker(model) as landmarker:
        poses = [landmarker.estimate(Frame(i, i * 0.0002, standing[:, ::-1])) for i in range(4)]

    assert [pose.t_s for pose in poses] == pytest.approx([0, 0.0002, 0.0004, 0.0006])
    assert all(pose.found for pose in poses)


def test_a_joint_beyond_the_edge_of_the_picture_is_not_visible(model: Model, standing: ImageArray) -> None:
    without_feet = np.ascontiguousarray(standing[:330])
    with MediaPipeLandmarker(model) as landmarker:
        pose = landmarker.estimate(Frame(0, 0.0, without_feet))

    assert pose.found
    assert pose.visibility[landmark("left", "foot_index")] == 0
    assert pose.visibility[landmark("left", "hip")] > 0.5


# Several people


def test_one_person_is_counted_once(counter: PeopleCounter, squatting: list[Frame]) -> None:
    assert [counter.count(frame) for frame in squatting[::4]] == [1] * len(squatting[::4])


def test_nobody_is_counted_in_an_empty_picture(counter: PeopleCounter) -> None:
    assert people_in(counter, BLACK) == 0
    assert people_in(counter, BLACK[:16, :16]) == 0


def test_two_people_and_a_mirror_image_are_two(counter: PeopleCounter, standing: ImageArray) -> None:
    front = next(clips.pictures(clips.sample("sample_squat_front_valgus")))
    centre = slice(160, 480)

    beside = np.hstack([standing[:, centre], front[:, centre]])
    mirror = np.hstack([standing[:, centre], standing[:, centre][:, ::-1]])
    boxes = counter.people(Frame(0, 0.0, beside))

    assert people_in(counter, mirror) == 2
    left, right = sorted(boxes, key=lambda box: box.x0)
    assert 0 <= left.x0 < left.x1 < 320 < right.x0 < right.x1 <= 640
    for box in boxes:
        assert 150 < box.y1 - box.y0 < 480
        assert box.y0 >= 0


def test_somebody_smaller_beside_is_counted(counter: PeopleCounter, standing: ImageArray) -> None:
    import cv2

    front = next(clips.pictures(clips.sample("sample_squat_front_valgus")))
    small = cv2.resize(front[60:430, 220:420], None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    image = np.roll(standing, -130, axis=1).copy()
    image[420 - small.shape[0] : 420, -20 - small.shape[1] : -20] = small

    assert people_in(counter, image) == 2


def test_legs_that_are_taken_for_a_second_person_are_not_counted(
    counter: PeopleCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    whole = rng.uniform((0.4, 0.2), (0.6, 0.9), (33, 2))
    legs = rng.uniform((0.42, 0.6), (0.58, 0.89), (33, 2))
    other = whole + np.array([0.3, 0.0])

    for second, expected in ((legs, 1), (other, 2)):
        finds = [[SimpleNamespace(x=x, y=y) for x, y in points] for points in (whole, second)]
        found = SimpleNamespace(find=lambda _, finds=finds: SimpleNamespace(pose_landmarks=finds))
        monkeypatch.setattr(counter, "_network", found)
        assert people_in(counter, BLACK) == expected


# What can be missing


def test_a_bundle_that_mediapipe_cannot_use_says_so(tmp_path: Path) -> None:
    path = tmp_path / "junk.task"
    with zipfile.ZipFile(path, "w") as bundle:
        for name in ("pose_detector.tflite", "pose_landmarks_detector.tflite"):
            bundle.writestr(name, b"\x1c\x00\x00\x00TFL3" + b"junk" * 100)

    with pytest.raises(ModelError, match=r"junk\.task cannot be used"):
        MediaPipeLandmarker(find_model(path))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux loads these libraries by name")
@pytest.mark.parametrize("library", ["libEGL.so.1", "libGLESv2.so.2"])
def test_missing_system_libraries_are_named_with_their_packages(tmp_path: Path, library: str) -> None:
    (tmp_path / library).write_bytes(b"")  # found first, and of no use: as good as missing
    started = start(START, LD_LIBRARY_PATH=str(tmp_path))

    assert started.returncode == 0
    assert "apt-get install -y libegl1 libgles2" in started.stdout
    assert "Traceback" not in started.stderr


def test_the_start_is_quiet_and_asks_the_network_for_nothing(tmp_path: Path) -> None:
    script = START.replace("np.zeros((64, 64, 3), np.uint8)", f"np.load({str(tmp_path / 'p.npy')!r})")
    script += "import psutil\nprint([c.raddr for c in psutil.Process().net_connections()])\n"
    np.save(tmp_path / "p.npy", next(clips.pictures(clips.sample())))
    started = start(script, HOME=str(tmp_path))  # as on the first start on a machine

    assert started.stderr == ""
    assert started.stdout == "[]\n"


def test_memory_stays_flat_over_many_frames(model: Model, standing: ImageArray) -> None:
    process = psutil.Process()
    small = np.ascontiguousarray(standing[::2, ::2])
    with MediaPipeLandmarker(model) as landmarker:
        for i in range(110):
            landmarker.estimate(Frame(i, i / 30, small))
            if i == 30:
                before = process.memory_info().rss
        grown_mb = (process.memory_info().rss - before) / 1e6

    assert grown_mb < 8  # 80 pictures would take 18 MB
