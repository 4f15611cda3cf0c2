"""The page "Settings": everything is kept at once, can be taken back, and says when it was not kept."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fixtures.disk import small_disk
from hipform.exercises.loader import load_all
from hipform.session.gauge import depth_words
from hipform.store.preferences import Preferences, load, save
from hipform.ui.settings import main_script

OWN = Preferences(
    exercise="squat",
    reps=5,
    volume=0.35,
    mirror=False,
    countdown_s=7.0,
    rest_s=90.0,
    targets={"squat": -10.0, "lunge": 100.0},
)


PAGE = main_script().parent / "page" / "settings.py"


@pytest.fixture
def at() -> AppTest:
    return visit()


def visit(**state: object) -> AppTest:
    at = AppTest.from_file(str(PAGE), default_timeout=20)
    for key, value in state.items():
        at.session_state[key] = value
    at.run()
    assert not at.exception, at.exception
    return at


def widget(at: AppTest, kind: str, label: str):
    return next(one for one in at.get(kind) if one.label.startswith(label))


def toasts(at: AppTest) -> list[str]:
    return [one.value for one in at.toast]


def test_it_is_a_page_of_the_navigation() -> None:
    at = AppTest.from_file(str(main_script()), default_timeout=20).run()
    at.switch_page("page/settings.py").run()
    assert not at.exception, at.exception
    assert [one.value for one in at.title] == ["Settings"]


def test_each_switch_is_kept_at_once_and_says_so(at: AppTest) -> None:
    switches = {
        "Tone at your target depth": "tone",
        "Show me as in a mirror": "mirror",
        "Keep the video": "keep_video",
        "Speak": "speak",
    }
    for label, field in switches.items():
        before = load()
        widget(at, "toggle", label).set_value(not getattr(before, field)).run()
        assert load() == before.model_copy(update={field: not getattr(before, field)})
        assert toasts(at) == ["Saved"]


def test_how_a_set_goes_is_kept(at: AppTest) -> None:
    widget(at, "button_group", "Countdown").set_value(5.0).run()
    widget(at, "button_group", "The set ends").set_value(30.0).run()
    widget(at, "button_group", "Rest").set_value(90.0).run()
    assert load() == Preferences(countdown_s=5.0, quiet_end_s=30.0, rest_s=90.0)
    widget(at, "button_group", "Rest").set_value(0.0).run()
    assert load().rest_s is None
    offered = widget(at, "button_group", "Rest").options
    assert offered == ["none", "60 s", "90 s", "2 min", "3 min"]


def test_the_volume_is_kept_and_goes_with_the_sound(at: AppTest) -> None:
    widget(at, "slider", "Volume").set_value(40).run()
    assert load().volume == pytest.approx(0.4)
    widget(at, "toggle", "Speak").set_value(False).run()
    assert widget(at, "slider", "Volume").value == 40
    widget(at, "toggle", "Tone").set_value(False).run()
    assert [one.label for one in at.slider] == []


def test_the_page_shows_what_is_kept() -> None:
    save(OWN)
    at = visit()
    assert widget(at, "slider", "Volume").value == 35
    assert not widget(at, "toggle", "Show me as in a mirror").value
    assert widget(at, "button_group", "Countdown").value == 7.0
    assert widget(at, "button_group", "Rest").value == 90.0
    assert widget(at, "select_slider", "Squat").value == -10.0


def test_it_says_where_videos_are_kept_and_that_they_stay_here(at: AppTest, home: Path) -> None:
    words = " ".join(one.value for one in at.caption).replace("\\", "")
    assert f"It stays on this machine, in {home / 'sets'}" in words
    assert "MB" in words


def test_a_chosen_voice_is_kept_once_and_not_against_another_window() -> None:
    at = visit(settings_voice_0={"choice": {"language": "en-GB", "voice": "Daniel"}})
    assert (load().language, load().voice) == ("en-GB", "Daniel")
    save(OWN)
    at.run()
    assert load() == OWN


def test_each_exercise_starts_at_its_own_target_and_goes_from_shallow_to_deep(at: AppTest) -> None:
    for exercise in load_all().values():
        slider = widget(at, "select_slider", exercise.name)
        assert slider.value == exercise.gauge.target
        assert slider.options[-1] == depth_words(exercise.gauge, exercise.gauge.end)
        assert depth_words(exercise.gauge, exercise.gauge.start) not in slider.options


def test_an_own_target_is_kept_for_its_exercise_alone_and_can_be_taken_back(at: AppTest) -> None:
    usual = load_all()["squat"].gauge.target
    widget(at, "select_slider", "Squat").set_value(-10.0).run()
    widget(at, "select_slider", "Lunge").set_value(100.0).run()
    assert load().targets == {"squat": -10.0, "lunge": 100.0}

    back = [one for one in at.button if one.label == "Use that"]
    assert len(back) == 2
    next(one for one in back if "squat" in one.key).click().run()
    assert load().targets == {"lunge": 100.0}
    assert widget(at, "select_slider", "Squat").value == usual
    assert widget(at, "select_slider", "Lunge").value == 100.0


@pytest.mark.parametrize(("own", "shown"), [(-500.0, -30.0), (500.0, 80.0), (-3.0, -3.0)])
def test_a_target_that_is_not_on_offer_is_shown_where_the_gauge_ends(own: float, shown: float) -> None:
    save(Preferences(targets={"squat": own}))
    assert widget(visit(), "select_slider", "Squat").value == shown


def test_a_broken_exercise_file_leaves_the_rest_of_the_page(home: Path) -> None:
    (home / "exercises").mkdir(parents=True)
    (home / "exercises" / "mine.toml").write_text("name = 3", encoding="utf-8")
    at = visit()
    assert "breaks a rule" in at.error[0].value
    assert widget(at, "toggle", "Speak").value


def test_the_defaults_come_back_and_are_shown() -> None:
    save(OWN)
    at = visit()
    next(one for one in at.button if one.label == "Bring them back").click().run()
    assert load() == Preferences(exercise="squat", reps=5), "what the next set is to be is not of this page"
    assert widget(at, "slider", "Volume").value == 100
    assert widget(at, "toggle", "Show me as in a mirror").value
    assert widget(at, "select_slider", "Squat").value == load_all()["squat"].gauge.target
    assert "defaults" in toasts(at)[0]


def test_what_could_not_be_kept_is_said_and_not_shown_as_kept() -> None:
    save(OWN)
    at = visit()
    with small_disk(bytes_left=20):
        widget(at, "slider", "Volume").set_value(80).run()
    assert "That was not kept" in at.error[0].value
    assert "disk is full" in at.error[0].value
    assert widget(at, "slider", "Volume").value == 35
    assert toasts(at) == []
    assert load() == OWN


def test_settings_that_could_not_be_read_are_told_with_the_place_of_the_old_file(home: Path) -> None:
    home.mkdir()
    (home / "preferences.json").write_text("{", encoding="utf-8")
    at = visit()
    assert "preferences.damaged.json" in at.info[0].value.replace("\\", "")
    assert widget(at, "slider", "Volume").value == 100
