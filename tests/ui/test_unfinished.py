"""The cards of sets that were cut short: kept up to the last finished rep, or deleted on a second word."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fixtures.disk import small_disk
from fixtures.stickman import Set, recorded_set, squat
from hipform.live import recover
from hipform.records import PoseTrack
from hipform.store.journal import Header, Journal, unfinished
from hipform.store.set_folder import list_sets
from hipform.ui.screens import unfinished as screen
from hipform.ui.screens import upload
from hipform.ui.settings import main_script

HEADER = Header("Live", "2026-01-02T03:04:05", (640, 480), "squat", None, "ab" * 32)
THREE = recorded_set(squat, Set(sizes=(1.0, 1.0, 1.0), before_s=3.0), fps=15.0)


class Killed(BaseException):
    """The program ends here."""


def cut_short(poses: PoseTrack, header: Header = HEADER) -> None:
    with suppress(Killed), Journal(header) as journal:
        for pose in poses:
            journal.write(pose)
        raise Killed


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cards, in place of the page Upload."""
    monkeypatch.setattr(upload, "show", screen.show)


def visit() -> AppTest:
    at = AppTest.from_file(str(main_script()), default_timeout=20).run()
    at.switch_page("page/upload.py").run()
    assert not at.exception, at.exception
    return at


def words(at: AppTest) -> str:
    return "\n".join(one.value for one in (*at.main.markdown, *at.main.caption)).replace("\\", "")


def press(at: AppTest, label: str) -> AppTest:
    next(one for one in at.main.button if one.label == label).click().run()
    assert not at.exception, at.exception
    return at


def test_without_such_a_set_there_is_nothing() -> None:
    at = visit()
    assert words(at) == ""
    assert not at.main.button


def test_a_card_says_what_was_done_when_and_for_how_long() -> None:
    cut_short(THREE.between(0.0, 9.0))
    cut_short(
        THREE.between(0.0, 5.0), replace(HEADER, exercise="auto", recorded_at="2026-02-03T04:05:06+00:00")
    )
    at = visit()
    assert "Squat · 2 Jan 2026, 03:04 · cut off after 9 s" in words(at)
    assert "cut off after 5 s" in words(at)
    assert words(at).count("A set was cut short") == 2
    assert words(at).count("Squat") == 1


def test_keeping_it_leads_to_the_set_and_the_card_goes() -> None:
    cut_short(THREE.between(0.0, 9.0))
    at = press(visit(), "Keep the finished reps")
    (kept,) = list_sets()
    whole = len(kept.report().reps)
    assert 1 <= whole < 3
    assert f"Kept: {whole} squat" in words(at)
    assert at.get("page_link")[0].proto.query_string == f"set={kept.id}"
    assert "cut short" not in words(at)
    assert unfinished() == []
    assert words(press(at, "Close")) == ""


def test_a_set_without_a_finished_rep_is_told_and_goes() -> None:
    cut_short(THREE.between(0.0, 2.0))
    at = press(visit(), "Keep the finished reps")
    assert "no finished rep" in words(at)
    assert list_sets() == []
    assert unfinished() == []


def test_deleting_takes_a_second_word_and_keeps_the_others() -> None:
    cut_short(THREE.between(0.0, 9.0))
    cut_short(THREE.between(0.0, 5.0), replace(HEADER, recorded_at="2026-02-03T04:05:06"))
    at = visit()
    assert "gone for good" in words(at)
    press(at, "Delete it")
    (left,) = unfinished()
    assert left.header.recorded_at == "2026-02-03T04:05:06"
    assert words(at).count("A set was cut short") == 1
    assert list_sets() == []


def test_what_cannot_be_kept_is_said_and_stays() -> None:
    cut_short(THREE.between(0.0, 9.0))
    at = visit()
    with small_disk(bytes_left=1000):
        press(at, "Keep the finished reps")
    assert "could not be kept" in at.error[0].value
    assert "disk is full" in at.error[0].value
    assert list_sets() == []
    press(at, "Keep the finished reps")
    assert len(list_sets()) == 1


def test_what_cannot_be_deleted_is_said_and_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_args: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    cut_short(THREE.between(0.0, 9.0))
    at = visit()
    monkeypatch.setattr(Path, "unlink", refused)
    press(at, "Delete it")
    assert "could not be deleted" in at.error[0].value
    assert "Permission denied" in at.error[0].value


def test_a_set_that_is_being_kept_in_another_window_is_not_kept_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class OtherWindow:
        """Is there first, and done when this one may go on."""

        def __enter__(self) -> None:
            for one in unfinished():
                recover(one)

        def __exit__(self, *_error: object) -> None:
            pass

    cut_short(THREE.between(0.0, 9.0))
    monkeypatch.setattr(screen, "_one_at_a_time", OtherWindow())
    at = press(visit(), "Keep the finished reps")
    assert len(list_sets()) == 1
    assert not at.error
    assert words(at) == ""
