"""The history in both databases: sets come in whole, the user's words stay, what is deleted is gone."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import update

from fixtures.invented_set import invented_report, without_reps
from fixtures.kept import contents, done, filler, with_measures, write_kept
from hipform.errors import InputError
from hipform.exercises.loader import load_all
from hipform.records import Measure, Provenance
from hipform.store import history as history_module
from hipform.store import set_folder
from hipform.store.database import database_url
from hipform.store.history import DayVolume, History, Judgement, Person, Reconciled, keep, open_history
from hipform.store.indexing import definition
from hipform.store.schema import SetRow

KNEE = "knee_flexion_peak_deg"
CET = timezone(timedelta(hours=1))


def test_a_set_comes_back_as_it_was_recorded(history):
    entry = history.record(write_kept(title="squats.mp4"))
    assert history.sets() == [entry]
    assert history.entry(entry.id) == entry
    assert (entry.title, entry.exercise, entry.view_label, entry.view_azimuth_deg) == (
        "squats.mp4",
        "squat",
        "side-left",
        88.0,
    )
    assert entry.done_at == datetime(2026, 11, 5, 18, 3, tzinfo=CET)
    assert entry.done_at.utcoffset() == timedelta(hours=1)
    assert (entry.reps_complete, entry.reps_partial, entry.person_id) == (3, 1, 1)
    assert (entry.load_kg, entry.shoes, entry.notes, entry.pain) == (None, "", "", None)


def test_the_numbers_of_each_rep_come_back(history):
    entry = history.record(write_kept())
    values = history.values(1, "squat", KNEE)
    report = set_folder.open_set(entry.id).report()
    assert [(v.rep_number, v.value, v.uncertainty, v.complete) for v in values] == [
        (rep.number, rep.measure(KNEE).value, 6.0, rep.complete) for rep in report.reps
    ]
    assert {(v.set_id, v.done_at, v.unit, v.side, v.accepted) for v in values} == {
        (entry.id, entry.done_at, "deg", "left", None)
    }
    assert history.values(1, "lunge", KNEE) == history.values(2, "squat", KNEE) == []
    assert history.values(1, "squat", "heel_rise_deg") == []


def test_both_legs_come_back_the_near_one_first(history):
    report = invented_report()
    both = [Measure(100.0, "deg", "right", "lead", 5.0), Measure(60.0, "deg", "left", "rear", 8.0)]
    history.record(write_kept(replace(report, reps=with_measures(report.reps[:1], KNEE, [both]))))
    values = history.values(1, "squat", KNEE)
    assert [(v.side, v.role, v.value) for v in values] == [("right", "lead", 100.0), ("left", "rear", 60.0)]


def test_values_are_in_the_order_of_time_and_within_the_asked_time(history):
    days = ["2026-03-01T10:00:00+01:00", "2025-12-24T10:00:00+01:00", "2026-01-15T09:00:00-05:00"]
    ids = {day: history.record(write_kept(done(day))).id for day in days}
    assert list(dict.fromkeys(v.set_id for v in history.values(1, "squat", KNEE))) == [
        ids[day] for day in sorted(days)
    ]
    since, until = datetime(2026, 1, 15, 14, tzinfo=UTC), datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert {v.set_id for v in history.values(1, "squat", KNEE, since, until)} == {ids[days[2]]}
    assert [s.id for s in history.sets(since=since)] == [ids[days[0]], ids[days[2]]]
    assert [s.id for s in history.sets(limit=1, offset=1)] == [ids[days[2]]]


def test_recording_a_set_again_changes_nothing(history):
    folder = write_kept()
    first = history.record(folder)
    history.edit(folder.id, notes="mine")
    assert history.record(folder) == replace(first, notes="mine")
    assert len(history.values(1, "squat", KNEE)) == 4


def test_the_date_is_the_recordings_else_when_it_was_added_else_what_the_user_says(history):
    told, untold = history.record(write_kept()), history.record(write_kept(done(None)))
    assert (told.done_by, untold.done_by) == ("recording", "adding")
    assert untold.done_at == untold.added_at
    moved = history.edit(told.id, done_at=datetime(2020, 2, 3, 4, 5, tzinfo=timezone(-timedelta(hours=3))))
    assert (moved.done_by, moved.done_at.isoformat()) == ("user", "2020-02-03T04:05:00-03:00")
    assert history.sets()[-1] == moved


def test_what_the_user_says_about_a_set_is_kept(history):
    entry = history.record(write_kept())
    anna = history.add_person("Anna", height_m=1.7)
    said = {"load_kg": 62.5, "shoes": "barefoot", "notes": "slow\nüß 🏋", "pain": 0, "person_id": anna.id}
    edited = history.edit(entry.id, **said)
    assert edited == replace(entry, **said) == history.entry(entry.id)
    assert history.edit(entry.id, load_kg=None).load_kg is None
    assert history.sets(1) == []
    assert len(history.values(anna.id, "squat", KNEE)) == 4
    assert {v.load_kg for v in history.values(anna.id, "squat", KNEE)} == {None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"load_kg": -1.0},
        {"load_kg": float("nan")},
        {"load_kg": 1001.0},
        {"pain": 11},
        {"pain": -1},
        {"done_at": datetime(2026, 1, 1)},  # noqa: DTZ001 (that is what is wrong with it)
        {"notes": "x" * 10_001},
        {"person_id": 7},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_nothing_changes(history, wrong):
    entry = history.record(write_kept())
    with pytest.raises(InputError, match=r"\.$"):
        history.edit(entry.id, **({"shoes": "new"} | wrong))
    assert history.entry(entry.id) == entry


def test_a_set_that_is_not_there_is_told(history):
    for ask in (history.entry, history.edit, history.delete, history.undo_delete):
        with pytest.raises(InputError, match="no such set"):
            ask("0123456789ab")
    with pytest.raises(InputError, match="no such rep"):
        history.judge_rep(history.record(write_kept()).id, 5, True)


def test_the_users_word_on_a_rep_stands_beside_the_measurement(history):
    entry = history.record(write_kept())
    history.judge_rep(entry.id, 2, False, "a stumble")
    history.judge_rep(entry.id, 4, True)
    history.judge_rep(entry.id, 1, None, "the first")
    values = history.values(1, "squat", KNEE)
    assert [v.accepted for v in values] == [None, False, None, True]
    assert [v.complete for v in values] == [True, True, True, False]
    assert history.judgements(entry.id) == {
        1: Judgement(None, "the first"),
        2: Judgement(False, "a stumble"),
        4: Judgement(True, ""),
    }
    history.judge_rep(entry.id, 2, None)
    assert set(history.judgements(entry.id)) == {1, 4}


def test_measured_again_the_numbers_change_and_the_words_stay(history):
    folder = write_kept(done("2026-05-01T08:00:00+00:00"))
    entry = history.record(folder)
    history.edit(entry.id, notes="mine", done_at=datetime(2026, 4, 30, tzinfo=UTC))
    history.judge_rep(entry.id, 2, False)
    history.judge_rep(entry.id, 3, True, "good")
    report = folder.report()
    # The first movement is no rep any more, the third one is not found at all.
    kept = [report.reps[1], report.reps[3]]
    reps = tuple(
        replace(rep, number=n, bottom_s=rep.bottom_s + 0.2, end_s=rep.end_s + 0.2)
        for n, rep in enumerate(kept, start=1)
    )
    filler(replace(report, reps=reps))(folder)
    again = history.refresh(folder)
    assert (again.notes, again.done_at, again.done_by) == ("mine", datetime(2026, 4, 30, tzinfo=UTC), "user")
    assert (again.reps_complete, again.reps_partial) == (1, 1)
    assert [v.accepted for v in history.values(1, "squat", KNEE)] == [False, None]
    assert set(history.judgements(entry.id)) == {1}
    filler(report)(folder)
    history.refresh(folder)
    assert history.judgements(entry.id)[3] == Judgement(True, "good")


def test_the_calendar_goes_by_the_local_day_of_each_set(history):
    for when in ("2026-06-01T23:30:00-07:00", "2026-06-02T00:30:00-07:00", "2026-06-02T01:00:00+12:00"):
        history.record(write_kept(done(when)))
    history.record(write_kept(without_reps(done("2026-06-05T10:00:00+00:00"))))
    first, second = datetime(2026, 6, 1, tzinfo=UTC).date(), datetime(2026, 6, 2, tzinfo=UTC).date()
    assert history.volume(1) == [DayVolume(first, 1, 3), DayVolume(second, 2, 6)]
    assert history.volume(1, datetime(2026, 6, 2, 7, tzinfo=UTC)) == [DayVolume(second, 1, 3)]


# --- deleting


def test_a_deleted_set_is_in_no_answer_until_it_is_brought_back(history, home):
    entry = history.record(write_kept())
    before = contents(home / "sets")
    history.delete(entry.id)
    assert history.sets() == history.values(1, "squat", KNEE) == history.volume(1) == []
    assert set_folder.list_sets() == []
    assert [s.id for s in history.sets(deleted=True)] == [entry.id]
    assert history.entry(entry.id).deleted_at is not None
    assert history.reconcile() == Reconciled()
    assert history.undo_delete(entry.id) == entry
    assert contents(home / "sets") == before
    assert history.sets() == [entry]


def test_after_seven_days_a_deleted_set_is_gone_for_good(history, home):
    gone, fresh = history.record(write_kept()).id, history.record(write_kept()).id
    history.delete(gone)
    history.delete(fresh)
    deleted_at = history.entry(gone).deleted_at
    assert history.purge(deleted_at + timedelta(days=6, hours=23)) == ()
    assert history.undo_delete(fresh).id == fresh
    assert history.purge(deleted_at + timedelta(days=7)) == (gone,)
    assert [p.name for p in (home / "sets").iterdir()] == [fresh]
    with pytest.raises(InputError, match="no such set"):
        history.undo_delete(gone)


def test_deleting_for_good_at_once_leaves_no_trace_of_the_words(history, home, database):
    entry = history.record(write_kept(title="a secret title"))
    other = history.record(write_kept())
    history.edit(entry.id, notes="a secret note")
    assert history.purge(ids=[entry.id]) == ()  # not deleted: it stays
    history.delete(entry.id)
    history.delete(other.id)
    assert history.purge(ids=[entry.id]) == (entry.id,)
    assert [s.id for s in history.sets(deleted=True)] == [other.id]
    if database == "sqlite":
        assert not any(b"a secret" in content for content in contents(home).values())


def test_a_set_whose_files_are_gone_cannot_be_brought_back(history, home):
    entry = history.record(write_kept())
    history.delete(entry.id)
    (home / "sets" / f".trash-{entry.id}").rename(home / "elsewhere")
    with pytest.raises(InputError, match="files of this set are gone"):
        history.undo_delete(entry.id)
    assert history.sets() == []


# --- folders and rows


def test_folders_without_a_row_are_taken_in(history):
    folders = {write_kept().id for _ in range(3)}
    found = history.reconcile()
    assert set(found.added) == folders == {s.id for s in history.sets()}
    assert history.reconcile() == Reconciled()


def test_a_row_without_a_folder_is_left_out_until_the_folder_is_back(history, home):
    entry = history.record(write_kept())
    history.edit(entry.id, notes="mine")
    (home / "sets" / entry.id).rename(home / "elsewhere")
    assert history.reconcile() == Reconciled(missing=(entry.id,))
    assert history.sets() == history.values(1, "squat", KNEE) == []
    assert history.entry(entry.id).missing
    assert history.reconcile() == Reconciled()
    (home / "elsewhere").rename(home / "sets" / entry.id)
    assert history.reconcile() == Reconciled()
    assert history.sets() == [replace(entry, notes="mine")]


def test_what_was_broken_off_between_folder_and_row_is_put_right(history, home):
    entry = history.record(write_kept())
    set_folder.to_trash(entry.id)  # as by a deletion whose row was not written any more
    assert history.reconcile() == Reconciled()
    assert history.sets() == [entry]
    history.delete(entry.id)
    set_folder.from_trash(entry.id)  # as by an undo whose row was not written any more
    assert history.reconcile() == Reconciled()
    assert set_folder.list_sets() == history.sets() == []
    assert history.undo_delete(entry.id) == entry


def test_a_folder_that_cannot_be_read_stays_and_is_told(history, home):
    folder, whole = write_kept(), write_kept()
    folder.report_json.write_text("{")
    assert history.reconcile() == Reconciled(added=(whole.id,), unreadable=(folder.id,))
    with pytest.raises(InputError, match="Analyse the video again"):
        history.record(folder)
    assert folder.path.is_dir()


# --- keeping


def test_the_same_set_is_not_kept_twice_and_takes_over_what_it_lacked(history):
    first = keep("a.mp4", filler(poses=b"same"))
    again = keep("b.mp4", filler(poses=b"same", overlay=True))
    assert again == first
    assert [s.title for s in history.sets()] == ["a.mp4"]
    assert [s.id for s in set_folder.list_sets()] == [first.id]
    assert first.overlay is not None


def test_another_person_another_exercise_file_and_a_deleted_set_are_not_the_same(history):
    anna = history.add_person("Anna").id
    first = keep("a", filler(poses=b"same"))
    keep("b", filler(poses=b"same"), person_id=anna)
    made = Provenance("0", "0", "0", "another")
    keep("c", filler(done("2026-01-01", provenance=made), poses=b"same"))
    history.delete(first.id)
    keep("d", filler(poses=b"same"))
    assert {s.title for s in history.sets()} == {"b", "c", "d"}
    assert [s.title for s in history.sets(anna)] == ["b"]


def test_two_recordings_without_a_rep_are_two(history):
    for _ in range(2):
        keep("nothing", filler(without_reps(invented_report()), poses=b"same"))
    assert len(history.sets()) == 2


def test_a_set_is_of_the_person_its_folder_names_also_after_a_crash(history):
    anna = history.add_person("Anna").id
    write_kept(person_id=anna)
    write_kept(person_id=99)
    history.reconcile()
    assert sorted(s.person_id for s in history.sets()) == [1, anna]


def test_a_set_is_kept_also_when_the_history_cannot_be_opened(home):
    home.mkdir()
    (home / "history.sqlite3").write_bytes(b"no database")
    kept = keep("a", filler())
    assert [s.id for s in set_folder.list_sets()] == [kept.id]
    (home / "history.sqlite3").unlink()
    assert [s.id for s in open_history().sets()] == [kept.id]


def test_all_of_a_process_share_one_history_that_finds_what_was_left(home):
    folder = write_kept()
    history = open_history()
    assert open_history() is history
    assert [s.id for s in history.sets()] == [folder.id]
    history.delete(folder.id)
    with history.database.writing() as session:
        session.execute(update(SetRow).values(deleted_at=datetime(2020, 1, 1, tzinfo=UTC)))
    history_module._open.clear()
    history.close()
    assert open_history().sets(deleted=True) == []
    assert list((home / "sets").iterdir()) == []


# --- people


def test_there_is_always_somebody(history):
    assert history.people() == [Person(1, "Me")]
    with pytest.raises(InputError, match="only one"):
        history.delete_person(1)
    with History() as again:
        assert again.people() == [Person(1, "Me")]


def test_people_are_added_changed_and_removed(history):
    anna = history.add_person("  Anna  B. ", height_m=1.72, leg_length_m=0.9, notes="left knee")
    assert anna == Person(2, "Anna B.", 1.72, 0.9, "left knee")
    assert history.edit_person(1, name="Ben", height_m=None).name == "Ben"
    assert history.people() == [Person(1, "Ben"), anna]
    entry = history.record(write_kept(), anna.id)
    with pytest.raises(InputError, match="sets of theirs"):
        history.delete_person(anna.id)
    history.delete(entry.id)
    with pytest.raises(InputError, match="sets of theirs"):
        history.delete_person(anna.id)
    history.purge(ids=[entry.id])
    history.delete_person(anna.id)
    assert history.people() == [Person(1, "Ben")]
    with pytest.raises(InputError, match="no such person"):
        history.edit_person(anna.id, name="x")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Me"},
        {"name": " "},
        {"name": "x" * 81},
        {"name": "x", "height_m": 172.0},
        {"name": "x", "leg_length_m": float("nan")},
        {"name": "x", "notes": "x" * 10_001},
    ],
    ids=str,
)
def test_people_that_cannot_be_are_refused(history, wrong):
    with pytest.raises(InputError, match=r"\.$"):
        history.add_person(**wrong)
    assert history.people() == [Person(1, "Me")]


def test_sets_of_a_sample_person_are_shown_only_when_asked_for(history):
    sample = history.add_person("Sample", sample=True)
    entry, own = history.record(write_kept(), sample.id), history.record(write_kept())
    assert own.person_id == 1
    assert history.sets() == [own]
    assert history.sets(sample.id) == [entry]


# --- which numbers may be compared


def test_numbers_made_the_same_way_have_the_same_definition(home):
    known = load_all()
    squat = known["squat"]
    joined = "+".join(known[name].digest for name in sorted(known))
    made = Provenance("0.1.0", "0.10.33", "ab" * 32, joined, "balanced")

    def of(made, exercise="squat", known=known):
        return definition(made, exercise, known)

    assert re.fullmatch("[0-9a-f]{16}", of(made))
    assert of(made) == of(replace(made, exercise_digest=squat.digest, hipform="0.1.7"))
    changed = [
        of(replace(made, quality="fast")),
        of(replace(made, model_sha256="cd" * 32)),
        of(replace(made, hipform="0.0.9")),
        of(made, "lunge"),
        of(replace(made, exercise_digest="of another time")),
    ]
    assert len({of(made), *changed}) == 1 + len(changed)
    other_words = squat.model_copy(update={"name": "Knee bend", "rules": ()})
    assert of(made, known={"squat": other_words}) == of(made)
    other_reps = squat.model_copy(update={"rep": squat.rep.model_copy(update={"min_excursion_deg": 40.0})})
    assert of(made, known={"squat": other_reps}) != of(made)


def test_a_broken_exercise_file_does_not_keep_sets_out(history, home):
    (home / "exercises").mkdir(parents=True)
    (home / "exercises" / "mine.toml").write_text("[")
    history.record(write_kept())
    assert len(history.sets()) == 1


# --- speed


def test_what_grows_is_asked_by_its_index(home):
    with History() as history, history.database.reading() as session:
        from hipform.store import queries

        mine = [queries.SetRow.person_id == 1, queries._listed()]
        for asked in (
            queries._numbers("squat", KNEE, mine),
            queries._judged(mine),
        ):
            sql = str(asked.compile(session.bind, compile_kwargs={"literal_binds": True}))
            plan = session.connection().exec_driver_sql(f"explain query plan {sql}").all()
            assert all("SEARCH" in row[3] for row in plan), plan


def test_an_address_that_is_none_is_told(home, monkeypatch):
    for address in ("nonsense", "mysql://here/db", "sqlite://"):
        monkeypatch.setenv("HIPFORM_DATABASE_URL", address)
        with pytest.raises(InputError, match="HIPFORM_DATABASE_URL"):
            database_url()
