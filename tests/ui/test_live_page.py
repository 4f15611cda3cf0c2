"""The Live page before a set: what is asked and remembered, what the stage is told, and where it leads."""

from pathlib import Path

import pytest
from hand_queue import HandQueue
from streamlit.testing.v1 import AppTest

from hipform.errors import OutputError
from hipform.exercises.loader import load_all
from hipform.store import preferences
from hipform.store.history import open_history
from hipform.store.preferences import Preferences
from hipform.store.set_folder import SetFolder
from hipform.ui.screens.live import live_data
from hipform.ui.settings import main_script


def live_page() -> AppTest:
    at = AppTest.from_file(str(main_script()), default_timeout=20).run()
    at.switch_page("page/live.py").run()
    assert not at.exception, at.exception
    return at


def test_the_page_begins_with_what_was_chosen_last(jobs: HandQueue) -> None:
    preferences.save(
        Preferences(exercise="lunge", reps=8, countdown_s=7.0, rest_s=90.0, keep_video=True),
    )
    at = live_page()
    assert at.selectbox(key="live_exercise").value == "lunge"
    assert at.number_input(key="live_reps").value == 8
    assert at.selectbox(key="live_countdown").value == 7.0, "a length of the user's own stays on offer"
    assert at.selectbox(key="live_rest").options[-2:] == ["2 min", "3 min"]
    assert at.selectbox(key="live_rest").value == 90.0
    assert at.toggle(key="live_keep_video").value is True


def test_what_is_chosen_is_kept_for_the_next_time(jobs: HandQueue) -> None:
    preferences.save(Preferences(volume=0.3, rest_s=60.0))
    at = live_page()
    at.selectbox(key="live_exercise").select("hinge").run()
    at.number_input(key="live_reps").set_value(5).run()
    at.selectbox(key="live_rest").select(0.0).run()
    assert not at.exception
    kept = Preferences(volume=0.3, exercise="hinge", reps=5, rest_s=None)
    assert preferences.load() == kept
    at.number_input(key="live_reps").set_value(None).run()
    assert preferences.load().reps is None


def test_opening_the_page_changes_no_choice(jobs: HandQueue, home: Path) -> None:
    live_page()
    assert not (home / "preferences.json").exists()


def test_an_exercise_that_is_gone_is_found_out_by_itself(jobs: HandQueue) -> None:
    preferences.save(Preferences(exercise="my_own"))
    assert live_page().selectbox(key="live_exercise").value == "auto"


def test_the_set_that_the_stage_names_is_opened(jobs: HandQueue, invented: SetFolder) -> None:
    at = AppTest.from_file(str(main_script()), default_timeout=20).run()
    at.session_state["live"] = {"open": invented.id}
    at.switch_page("page/live.py").run()
    assert not at.exception, at.exception
    assert "3 squats" in at.header[0].value


def test_a_full_disk_spoils_no_set(jobs: HandQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_preferences: Preferences) -> None:
        raise OutputError("The disk is full.")

    at = live_page()
    monkeypatch.setattr(preferences, "save", refuse)
    at.number_input(key="live_reps").set_value(5).run()
    assert not at.exception, at.exception
    assert "not kept for the next time" in at.error[0].value
    assert at.number_input(key="live_reps").value == 5


def test_the_stage_is_told_the_choices_in_the_words_of_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    from hipform.live_wire import Begin, read_order

    monkeypatch.setattr("hipform.ui.screens.live.visit_token", lambda: "token")
    kept = Preferences(
        exercise="squat", reps=8, countdown_s=3.0, quiet_end_s=20.0, keep_video=True, rest_s=60.0
    )
    data = live_data(kept, load_all())
    assert data["url"] == "/hipform/live/token"
    assert data["rest"] == 60.0
    assert data["setUp"] == load_all()["squat"].set_up
    begin = read_order(Begin(**data["begin"], width=640, height=480).model_dump_json(by_alias=True))
    assert begin == Begin(
        exercise="squat",
        reps=8,
        countdown=3.0,
        quiet=20.0,
        keep_video=True,
        person=open_history().people()[0].id,
        width=640,
        height=480,
    )


def test_without_a_chosen_exercise_the_set_up_covers_both_views(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hipform.ui.screens.live.visit_token", lambda: "token")
    data = live_data(Preferences(exercise="gone"), load_all())
    assert data["begin"]["exercise"] == "auto"
    assert "from the side" in data["setUp"]
    assert "from the front" in data["setUp"]
