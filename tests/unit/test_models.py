import hashlib
import importlib.util
import os
import zipfile
from pathlib import Path

import pytest

from hipform.assets import MODEL_NAME, asset
from hipform.errors import ModelError
from hipform.pose import models
from hipform.pose.models import find_model

NETWORK = b"\x1c\x00\x00\x00TFL3" + b"weights " * 1000


def a_bundle(path: Path, *, compression: int = zipfile.ZIP_STORED, **networks: bytes) -> Path:
    parts = networks or {"pose_detector": NETWORK, "pose_landmarks_detector": NETWORK}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(f"{name}.tflite", content)
    return path


@pytest.fixture(autouse=True)
def _no_model_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HIPFORM_MODEL", raising=False)


def test_the_shipped_model_is_the_one_that_the_script_builds() -> None:
    script = importlib.util.spec_from_file_location("build", asset("models", "build_pose_bundle.py"))
    assert script
    assert script.loader
    build = importlib.util.module_from_spec(script)
    script.loader.exec_module(build)

    model = find_model(None)

    assert model.path.name == MODEL_NAME
    assert model.sha256 == build.BUNDLE_SHA256 == hashlib.sha256(model.path.read_bytes()).hexdigest()


def test_the_argument_goes_before_the_environment_and_that_before_the_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = a_bundle(tmp_path / "ours.task"), a_bundle(tmp_path / "theirs.task")

    monkeypatch.setenv("HIPFORM_MODEL", "")
    assert find_model(None).path == asset("models", MODEL_NAME)
    monkeypatch.setenv("HIPFORM_MODEL", str(theirs))
    assert find_model(None).path == theirs
    assert find_model(ours).path == ours


def test_a_model_of_the_users_own_is_named_by_its_digest(tmp_path: Path) -> None:
    path = a_bundle(tmp_path / "my own.task")

    assert find_model(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_replaced_model_gets_its_own_digest(tmp_path: Path) -> None:
    path = a_bundle(tmp_path / "m.task")
    before = find_model(path).sha256
    a_bundle(path, pose_detector=NETWORK, pose_landmarks_detector=NETWORK + b"more")
    os.utime(path, (1, 1))

    assert find_model(path).sha256 != before


def test_an_unchanged_model_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = a_bundle(tmp_path / "m.task")
    digest = find_model(path).sha256
    monkeypatch.setattr(hashlib, "file_digest", None)

    assert find_model(path).sha256 == digest


def test_a_shipped_model_that_was_changed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / MODEL_NAME
    damaged.write_bytes(asset("models", MODEL_NAME).read_bytes()[:-1])
    monkeypatch.setattr(models, "asset", lambda *_: damaged)
    with pytest.raises(ModelError, match=r"is damaged.*Install hipform again"):
        find_model(None)
    damaged.unlink()
    with pytest.raises(ModelError, match=r"is missing.*Install hipform again"):
        find_model(None)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("text", b"hello", "is not a MediaPipe .task bundle"),
        ("empty", b"", "is empty"),
        ("network", NETWORK, "is not a MediaPipe .task bundle"),
    ],
)
def test_a_file_that_is_no_bundle(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / f"{name}.task"
    path.write_bytes(content)

    with pytest.raises(ModelError, match=rf"{name}\.task {said}.*[Gg]et it again"):
        find_model(path)


def test_a_truncated_bundle(tmp_path: Path) -> None:
    path = a_bundle(tmp_path / "m.task")
    content = path.read_bytes()
    for share in (0.3, 0.99):
        path.write_bytes(content[: int(share * len(content))])
        with pytest.raises(ModelError, match="is cut off or damaged"):
            find_model(path)


def test_a_bundle_with_a_flipped_byte(tmp_path: Path) -> None:
    path = a_bundle(tmp_path / "m.task")
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)

    with pytest.raises(ModelError, match="is cut off or damaged"):
        find_model(path)


def test_a_bundle_of_another_kind(tmp_path: Path) -> None:
    hand = a_bundle(tmp_path / "hand.task", hand_detector=NETWORK)
    with pytest.raises(ModelError, match=r"is not for poses: it holds no pose_detector\.tflite"):
        find_model(hand)

    pressed = a_bundle(tmp_path / "pressed.task", compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(ModelError, match="is compressed"):
        find_model(pressed)

    empty = a_bundle(tmp_path / "e.task", pose_detector=b"", pose_landmarks_detector=NETWORK)
    with pytest.raises(ModelError, match="is no TFLite network"):
        find_model(empty)


def test_a_missing_model_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"There is no pose model none\.task"):
        find_model(tmp_path / "none.task")
    with pytest.raises(ModelError, match="is a folder"):
        find_model(tmp_path)
