"""The list of sets and what the user says about them: filters, editing, deleting with undo, judging reps."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hand_queue import HandQueue
from streamlit.testing.v1 import AppTest

from fixtures.invented_set import invented_report, write_set
from hipform.report.set_trends import counted
from hipform.store.history import UNDO, open_history
from hipform.store.set_folder import SetFolder
from hipform.ui.screens import review
from hipform.ui.settings import main_script

MEASURE = "knee_flexion_peak_deg"


@pytest.fixture(autouse=True)
def closed_history(home: Path):
    yield
    open_history().close()


def put(
    title: str, days_ago: float = 0.0, exercise: str = "squat", person_id: int | None = None
) -> SetFolder:
    """A set in the library and in the history."""
    base = invented_report()
    at = datetime.now(UTC) - timedelta(days=days_ago)
    reps = tuple(replace(rep, exercise=exercise) for rep in base.reps)
    source = replace(base.source, recorded_at=at.isoformat())
    folder = write_set(replace(base, source=source, exercise=exercise, reps=reps), title, video=False)
    open_history().record(folder, person_id)
    return folder


def visit(**query: str) -> AppTest:
    at = AppTest.from_file(str(main_script()), default_timeout=20).run()
    for key, value in query.items():
        at.query_params[key] = value
    at.switch_page("page/sets.py").run()
    assert not at.exception, at.exception
    return at


def shown(at: AppTest) -> str:
    parts = [*at.page_link, *at.markdown, *at.header, *at.caption, *at.error, *at.info, *at.subheader]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def titles(at: AppTest) -> list[str]:
    """The titles in the list, in its order."""
    return [one.value.split(" · ")[0].replace("\\", "") for one in at.caption if " · " in one.value]


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert not at.exception, at.exception
    return at


def test_the_list_is_narrowed_down_by_exercise_and_period(jobs: HandQueue) -> None:
    put("new squat", 3)
    put("old squat", 60)
    put("new hinge", 5, "hinge")
    at = visit()
    assert titles(at) == ["new squat", "new hinge", "old squat"]
    at.selectbox(key="sets_exercise").select("squat").run()
    assert titles(at) == ["new squat", "old squat"]
    at.segmented_control(key="sets_period").set_value("4w").run()
    assert titles(at) == ["new squat"]
    # What was chosen lasts while a set is looked at.
    at.switch_page("page/exercises.py").run()
    at.switch_page("page/sets.py").run()
    assert titles(at) == ["new squat"]


def test_filters_that_leave_nothing_say_so_and_can_be_taken_back(jobs: HandQueue) -> None:
    put("old squat", 60)
    at = visit()
    at.segmented_control(key="sets_period").set_value("4w").run()
    assert titles(at) == []
    assert "No such set in this period" in shown(at)
    next(one for one in at.button if one.label == "Show all sets").click().run()
    assert titles(at) == ["old squat"]


def test_each_person_has_a_list_of_their_own(jobs: HandQueue) -> None:
    anna = open_history().add_person("Anna")
    put("mine")
    put("of Anna", person_id=anna.id)
    at = visit()
    assert titles(at) == ["mine"]
    at.selectbox(key="person_switch").select(anna.id).run()
    assert titles(at) == ["of Anna"]


def test_a_long_list_is_shown_in_pages(jobs: HandQueue) -> None:
    for i in range(21):
        put(f"set {i}", i)
    at = visit()
    assert len(titles(at)) == 20
    next(one for one in at.button if one.label == "Show more").click().run()
    assert len(titles(at)) == 21
    assert "Show more" not in {one.label for one in at.button}


def editing(set_id: str) -> None:
    """The opened dialog: AppTest cannot run it again by itself, as the browser does."""
    from hipform.ui.screens.set_edit import edit_set

    edit_set(set_id)


def opened(folder: SetFolder) -> AppTest:
    return AppTest.from_function(editing, args=(folder.id,), default_timeout=20).run()


def test_what_is_told_about_a_set_is_kept_and_shown(jobs: HandQueue) -> None:
    folder = put("mine", 3)
    anna = open_history().add_person("Anna")
    assert press(visit(), f"edit_{folder.id}").number_input(key="edit_load").value is None
    at = opened(folder)
    at.number_input(key="edit_load").set_value(62.5)
    at.number_input(key="edit_pain").set_value(3)
    at.text_input(key="edit_shoes").input("*flat* shoes")
    at.text_area(key="edit_notes").input("stiff knee")
    at.selectbox(key="edit_person").select(anna.id)
    press(at, "edit_save")
    entry = open_history().entry(folder.id)
    assert (entry.load_kg, entry.pain, entry.shoes, entry.notes) == (62.5, 3, "*flat* shoes", "stiff knee")
    assert (entry.person_id, entry.done_by) == (anna.id, "recording"), "the date was not touched"
    at = visit()
    assert titles(at) == []
    at.selectbox(key="person_switch").select(anna.id).run()
    assert "62.5 kg · *flat* shoes · pain 3 of 10" in shown(at)
    assert "stiff knee" in shown(at)
    at = visit(set=folder.id)
    assert "Anna · 62.5 kg · *flat* shoes · pain 3 of 10" in shown(at)


def test_a_changed_date_moves_the_points_of_the_trend(jobs: HandQueue) -> None:
    folder = put("mine", 3)
    at = opened(folder)
    at.date_input(key="edit_date").set_value(date(2026, 5, 12))
    at.time_input(key="edit_time").set_value(time(7, 30))
    press(at, "edit_save")
    (person, *_) = open_history().people()
    values = open_history().values(person.id, "squat", MEASURE)
    assert {f"{value.done_at:%Y-%m-%d %H:%M}" for value in values} == {"2026-05-12 07:30"}
    assert "12 May 2026, 07:30" in shown(visit())


def test_what_cannot_be_kept_is_refused_with_words(jobs: HandQueue) -> None:
    folder = put("mine")
    at = opened(folder)
    open_history().delete(folder.id)
    open_history().purge(ids=[folder.id])
    press(at, "edit_save")
    assert "There is no such set here" in at.error[0].value.replace("\\", "")


def test_a_sample_set_is_not_given_to_anybody(jobs: HandQueue) -> None:
    samples = open_history().add_person("Samples", sample=True)
    at = opened(put("sample", person_id=samples.id))
    assert "edit_person" not in {one.key for one in at.selectbox}
    at = opened(put("mine"))
    assert at.selectbox(key="edit_person").options == ["Me"]


def deleted(folder: SetFolder) -> AppTest:
    """A visit in which this set was just deleted."""
    open_history().delete(folder.id)
    at = AppTest.from_file(str(main_script()), default_timeout=20)
    at.session_state["set_just_deleted"] = folder.id
    at.run()
    at.switch_page("page/sets.py").run()
    assert not at.exception, at.exception
    return at


def test_deleting_says_that_it_can_be_undone(jobs: HandQueue) -> None:
    folder = put("mine")
    at = press(visit(set=folder.id), f"delete_{folder.id}")
    assert "You can undo this for 7 days" in shown(at)
    assert open_history().entry(folder.id).deleted_at is None, "nothing is gone before the second word"


def test_a_deleted_set_comes_back_with_undo(jobs: HandQueue) -> None:
    folder = put("mine")
    at = deleted(folder)
    assert titles(at) == ["squat"], "only the line of what was deleted"
    assert "Deleted: **mine**" in shown(at)
    press(at, f"undo_{folder.id}")
    assert titles(at) == ["mine"]
    assert "Deleted" not in shown(at)
    assert folder.report_json.is_file()


def test_recently_deleted_sets_are_brought_back_or_removed_for_good(jobs: HandQueue) -> None:
    one, other = put("one"), put("other")
    for folder in (one, other):
        open_history().delete(folder.id)
    at = visit()
    assert at.expander[0].label == "Recently deleted (2)"
    press(at, f"back_{one.id}")
    press(at, f"purge_{other.id}")
    assert titles(at) == ["one"]
    assert not at.expander
    assert not list(one.path.parent.glob(f"*{other.id}"))


def test_what_was_deleted_long_ago_is_gone_for_good(jobs: HandQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = put("mine")
    open_history().delete(folder.id)
    monkeypatch.setattr("hipform.store.keeping.UNDO", -UNDO)
    at = visit()
    assert not at.expander
    assert not list(folder.path.parent.glob(f"*{folder.id}"))


def test_a_link_to_a_deleted_set_offers_the_way_back(jobs: HandQueue) -> None:
    folder = put("mine")
    open_history().delete(folder.id)
    at = visit(set=folder.id)
    assert "This set cannot be shown" in at.error[0].value
    press(at, f"back_{folder.id}")
    assert at.header[0].value.startswith("3 squats")


def judged(folder: SetFolder, told: tuple[int, bool | None], monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The Review page after a click on a rep's card; the player itself is drawn by the browser."""
    clicks = [told]
    with monkeypatch.context() as patch:
        patch.setattr(review, "player", lambda *_, **__: clicks.pop() if clicks else None)
        return visit(set=folder.id)


def test_a_rejected_rep_stays_in_the_list_and_leaves_the_trend(
    jobs: HandQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put("mine")
    (person, *_) = open_history().people()

    def in_trend() -> list[int]:
        values = counted(open_history().values(person.id, "squat", MEASURE))
        return [value.rep_number for value in values]

    assert in_trend() == [1, 2, 3]
    at = judged(folder, (2, False), monkeypatch)
    assert "You rejected rep 2: it is left out of trends." in shown(at)
    assert at.header[0].value.startswith("3 squats"), "what was measured stays"
    assert in_trend() == [1, 3]
    at = judged(folder, (3, True), monkeypatch)
    assert "You accepted rep 3 and rejected rep 2" in shown(at)
    at = judged(folder, (2, None), monkeypatch)
    assert in_trend() == [1, 2, 3]
    assert "rejected" not in shown(at)


def test_the_player_is_told_the_users_word_and_a_note_stays(
    jobs: HandQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put("mine")
    open_history().judge_rep(folder.id, 2, False, "slipped")
    judged(folder, (2, True), monkeypatch)
    words = open_history().judgements(folder.id)
    assert (words[2].accepted, words[2].note) == (True, "slipped")
    told: list[object] = []
    monkeypatch.setattr(review, "player", lambda data, **_: told.append(data["accepted"]))
    visit(set=folder.id)
    assert told == [{2: True}]
