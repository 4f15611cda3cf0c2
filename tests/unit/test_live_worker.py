"""The live process: a real one, with a stick figure in place of the pose model."""

import json
import os
import queue
import signal
import sys
import time

import av
import psutil
import pytest

from fixtures.live_process import CODE, SIZE, THREE, jpeg
from hipform.capture.recorded import load_track
from hipform.live import recover
from hipform.live_wire import Begin, Picture
from hipform.live_worker import Died, Finished, LiveWorker, Looked, Message, Refused, Told
from hipform.store import preferences
from hipform.store.journal import unfinished
from hipform.store.set_folder import list_sets, open_set

HZ = 12.0
END_S = THREE.end_s() + 0.5
PAGE_S = 1_700_000_000.0  # the page's clock when its first picture is taken
BEGIN = Begin(exercise="squat", width=640, height=480)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HIPFORM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


class Page:
    """Sends pictures as a page does, and keeps what it is told."""

    def __init__(self) -> None:
        self._inbox: queue.Queue[Message] = queue.Queue()
        self.looks: list[dict] = []
        self.told: list[dict] = []
        self.worker = LiveWorker(self._inbox.put, CODE)
        self.number = 0

    def film(self, until_s: float, from_s: float = 0.0, size: tuple[int, int] = SIZE) -> None:
        """Pictures of this part of the stick figure's set, each after the look at the one before."""
        for i in range(round(from_s * HZ), round(until_s * HZ)):
            self.number += 1
            self.worker.picture(Picture(PAGE_S + i / HZ, self.number, jpeg(i, size)))
            if not isinstance(self.hear(Looked, Finished), Looked):
                return

    def hear(self, *kinds: type) -> Message:
        """The next message of one of these kinds; a crash is a failure unless it is waited for."""
        while True:
            message = self._inbox.get(timeout=30)
            if isinstance(message, Looked):
                self.looks.append(json.loads(message.text))
                assert message.number == self.looks[-1]["number"]
            elif isinstance(message, Told | Finished) and message.text:
                self.told.append(json.loads(message.text))
            if isinstance(message, kinds):
                return message
            assert not isinstance(message, Died), message.reason

    def finished(self) -> dict:
        """The last word on a set."""
        text = self.hear(Finished).text
        return json.loads(text) if text else {}

    def said(self, kind: str) -> list[dict]:
        return [one for one in self.told if one["type"] == kind]


@pytest.fixture
def page():
    made = Page()
    yield made
    made.worker.stop("stopped", within_s=0.0)
    assert [p for p in psutil.Process().children() if p.status() != psutil.STATUS_ZOMBIE] == []


def leftovers(home) -> list[str]:
    return [path.name for path in (home / "live").iterdir()] if (home / "live").exists() else []


def test_sets_one_after_the_other_with_and_without_video(page, home):
    preferences.save(preferences.Preferences(targets={"squat": 30.0}))
    page.worker.begin(BEGIN.model_copy(update={"exercise": "burpee"}))
    assert "no exercise called 'burpee'" in page.finished()["reason"]

    page.worker.begin(BEGIN)
    page.film(0.5)
    page.worker.picture(Picture(PAGE_S + 1.0, 9, b"GIF89a"))
    assert "no JPEG" in page.hear(Refused).reason
    page.film(1.5, 1.1)  # which ended nothing
    page.worker.end("stopped")
    empty = {"set": None, "sentence": "", "reps": [], "notes": []}
    assert page.finished() == {"type": "over", "ending": "stopped", **empty}

    page.worker.begin(BEGIN)
    page.film(1.0)
    page.worker.begin(BEGIN.model_copy(update={"keep_video": True, "reps": 3}))
    assert page.finished() == {}  # not a word about one that was begun again before anything was done
    _does_a_set_with_video(page)
    assert leftovers(home) == []

    page.looks.clear()
    page.worker.begin(BEGIN)
    page.film(THREE.starts_s()[2] + 1.0)
    page.worker.stop("lost")
    over = page.finished()
    assert over["ending"] == "lost"
    assert [rep["complete"] for rep in over["reps"]] == [True, True, False]
    assert open_set(over["set"]).overlay is None
    assert leftovers(home) == []
    _looks_are_told(page.looks)


def _does_a_set_with_video(page: Page) -> None:
    page.film(END_S + 5.0)
    over = page.told[-1]
    assert (over["type"], over["ending"]) == ("over", "reps")
    assert [rep["complete"] for rep in over["reps"]] == [True] * 3
    assert over["sentence"].startswith("3 squats")
    assert [rep["number"] for rep in page.said("rep")] == [1, 2, 3]
    ends_s = [start + THREE.rep_s for start in THREE.starts_s()]
    assert [rep["end"] - PAGE_S for rep in page.said("rep")] == pytest.approx(ends_s, abs=0.25)
    assert any(said["text"].startswith("Ready.") for said in page.said("say"))
    assert len(page.said("tone")) == 3  # once for each rep, at the user's own target
    assert page.said("working")[-1] == {"type": "working", "what": "Drawing your video", "share": 1.0}
    kept = open_set(over["set"])
    with av.open(str(kept.overlay)) as overlay:
        shown_s = [picture.time for picture in overlay.decode(video=0)]
        assert (overlay.streams.video[0].width, overlay.streams.video[0].height) == (640, 480)
    assert shown_s == pytest.approx(list(load_track(kept.poses).t_s), abs=0.002)
    assert all(kept.still(number).exists() for number in (1, 2, 3))


def _looks_are_told(looks: list[dict]) -> None:
    assert looks[0]["stage"] == "getting ready"
    last = looks[-1]
    assert (last["stage"], last["count"], last["near"], last["phase"]) == ("going", 2, "left", "lowering")
    assert last["gauge"]["target"] is not None
    assert 0.2 < last["gauge"]["share"] <= 1.0
    assert last["t"] == pytest.approx(PAGE_S + THREE.starts_s()[2] + 1.0, abs=0.1)
    assert len(last["points"]) == 33
    assert all(0.0 <= share <= 1.0 for point in last["points"] if point for share in point)


@pytest.mark.skipif(sys.platform == "win32", reason="ends by signal")
def test_a_process_that_is_killed_is_told_and_its_set_can_be_kept_with_its_video(page, home):
    page.worker.begin(BEGIN.model_copy(update={"keep_video": True}))
    page.film(THREE.starts_s()[2] + 1.0)
    assert unfinished() == []  # a living process holds it
    os.kill(page.worker._process.pid, signal.SIGKILL)
    assert "not lost" in page.hear(Died).reason
    (one,) = unfinished()
    done = recover(one)
    assert [rep.complete for rep in done.analysis.report.reps] == [True, True]
    kept = open_set(done.set_id)
    assert kept.still(2).exists()
    with av.open(str(kept.overlay)) as overlay:
        assert len(list(overlay.decode(video=0))) == len(load_track(kept.poses))
    assert leftovers(home) == []


@pytest.mark.skipif(sys.platform == "win32", reason="ends by signal")
def test_a_polite_kill_keeps_the_set_and_a_dead_server_leaves_the_journal(page, home):
    page.worker.begin(BEGIN)
    page.film(THREE.starts_s()[1] + 0.5)
    page.worker._process.terminate()
    assert page.finished()["ending"] == "stopped"
    assert len(list_sets()) == 1
    assert leftovers(home) == []
    page.hear(Died)

    again = Page()
    again.worker.begin(BEGIN)
    again.film(THREE.starts_s()[1] + 0.5)
    again.worker._process.stdin.close()  # what the end of the server comes to
    assert again.worker._process.wait(timeout=10) == 128 + signal.SIGTERM
    assert len(unfinished()) == len(list_sets()) == 1
    again.worker.stop("stopped")


def test_a_process_that_cannot_start_is_told():
    messages: queue.Queue[Message] = queue.Queue()
    worker = LiveWorker(messages.put, "raise SystemExit('no such module')")
    assert "no such module" in messages.get(timeout=10).reason
    worker.begin(BEGIN)
    began_s = time.monotonic()
    worker.stop("stopped")
    assert time.monotonic() - began_s < 1.0
