"""Videos on their way in: written as they come, never trusted, gone when they do not arrive whole."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asgi import Answer, call
from hand_queue import HandQueue
from starlette.applications import Starlette

from hipform.api import Options
from hipform.errors import HipformError, OutputError
from hipform.jobs import JobStatus
from hipform.ui import desk as desk_module
from hipform.ui import uploads
from hipform.ui.desk import Desk, Upload
from hipform.ui.routes import dashboard_routes, upload_url
from hipform.ui.tokens import TOKENS


def send(query: str, pieces: list[bytes], token: str | None = None, cut_off: bool = False) -> Answer:
    url = f"{upload_url(token or TOKENS.issue())}?{query}"
    return call(Starlette(routes=dashboard_routes()), url, method="PUT", body=pieces, cut_off=cut_off)


def stored(board: Desk) -> list[Path]:
    return list(Path(board._folder.name).iterdir())


def test_a_video_arrives_whole_and_with_the_date_of_the_users_file(board: Desk) -> None:
    filmed = datetime(2026, 3, 1, 12, tzinfo=UTC)
    answer = send(f"name=my%20set.mov&modified={int(filmed.timestamp() * 1000)}", [b"ab", b"cd"])
    assert answer.status == 200
    video = board.waiting(json.loads(answer.body)["id"])
    assert video.title == "my set.mov"
    assert video.path.read_bytes() == b"abcd"
    assert datetime.fromtimestamp(video.path.stat().st_mtime, UTC) == filmed


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("..%2F..%2Fetc%2Fpasswd", "passwd"),
        ("C%3A%5Cme%5Cset.mp4", "set.mp4"),
        ("%3Cscript%3Ealert(1)%3C%2Fscript%3E", "script>"),
        ("a%00b%0Ac.mp4", "a b c.mp4"),
        ("", "video"),
        ("x" * 500 + ".mp4", "x" * 120),
        ("%F0%9F%8F%8B%20%22set%22.mp4", '🏋 "set".mp4'),
    ],
)
def test_a_name_is_shown_but_never_a_path(board: Desk, name: str, title: str) -> None:
    answer = send(f"name={name}", [b"x"])
    video = board.waiting(json.loads(answer.body)["id"])
    assert video.title == title
    assert video.path.parent == Path(board._folder.name)
    assert video.path.stem.isalnum()


def test_nothing_is_taken_without_a_token_of_this_server(board: Desk) -> None:
    assert send("name=a.mp4", [b"x"], token="x" * 43).status == 403
    assert stored(board) == []


def test_a_video_that_is_too_large_is_refused_on_the_way(
    board: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_LIMIT_BYTES", 3)
    answer = send("name=a.mp4", [b"ab", b"cd", b"ef"])
    assert answer.status == 413
    assert "larger than" in json.loads(answer.body)["error"]
    assert stored(board) == []


def test_nothing_stays_of_a_video_that_was_cut_off(board: Desk) -> None:
    assert send("name=a.mp4", [b"ab"], cut_off=True).status == 400
    assert stored(board) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_said_in_words(tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    upload = Upload("a.mp4", full)
    with pytest.raises(OutputError, match=r"the disk is full. Make some room"):
        upload.write(b"x" * 1_000_000)
    upload.abort()
    assert not full.is_symlink()


def test_a_video_stays_for_another_try_and_goes_when_it_is_removed(board: Desk) -> None:
    video_id = json.loads(send("name=a.mp4", [b"x"]).body)["id"]
    entry = board.submit_waiting(video_id, Options())
    board.again(entry.id, Options(exercise="squat"))
    (kept, _) = board.entries()[0]
    assert kept.options.exercise == "squat"
    assert stored(board) == [entry.video.path]
    board.remove(entry.id)
    assert stored(board) == []
    with pytest.raises(HipformError, match="Upload it again"):
        board.again(entry.id, Options())
    with pytest.raises(HipformError, match="Upload it again"):
        board.submit_waiting(video_id, Options())


def test_a_video_that_is_taken_back_is_deleted(board: Desk) -> None:
    board.discard(json.loads(send("name=a.mp4", [b"x"]).body)["id"])
    assert stored(board) == []


def test_the_oldest_finished_videos_make_room(board: Desk, jobs: HandQueue) -> None:
    jobs.state = JobStatus("failed", error="not a video")
    for _ in range(14):
        board.submit_waiting(json.loads(send("name=a.mp4", [b"x"]).body)["id"], Options())
    assert len(stored(board)) == len(board.entries()) == 10


def test_a_sample_is_never_deleted(board: Desk, tmp_path: Path) -> None:
    sample = tmp_path / "sample.mp4"
    sample.write_bytes(b"x")
    board.remove(board.submit(desk_module.Video("sample", sample, owned=False), Options()).id)
    assert sample.exists()


def test_nothing_is_left_when_the_desk_closes(board: Desk) -> None:
    folder = Path(board._folder.name)
    send("name=a.mp4", [b"x"])
    board.close()
    assert not os.path.lexists(folder)
