"""What a page about weeks asks of the history: reps, findings, exercises and measures, in both databases."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from fixtures.invented_set import invented_report, without_reps
from fixtures.kept import done, with_measures, write_kept
from hipform.records import Measure, RepDone, RepFinding
from hipform.store import queries

CET = timezone(timedelta(hours=1))
EARLY, LATE = "2026-03-01T09:00:00+01:00", "2026-11-05T18:03:00+01:00"


def as_lunges(report):
    return replace(
        report, exercise="lunge", reps=tuple(replace(rep, exercise="lunge") for rep in report.reps)
    )


def test_reps_come_with_the_users_word_and_the_load_in_the_order_of_time(history):
    late, early = (history.record(write_kept(done(when))) for when in (LATE, EARLY))
    history.edit(early.id, load_kg=40.0)
    history.judge_rep(early.id, 2, False)
    history.judge_rep(early.id, 3, None, "only a note")
    reps = history.reps(1, "squat")
    assert [(rep.set_id, rep.rep_number) for rep in reps] == [
        (entry.id, number) for entry in (early, late) for number in (1, 2, 3, 4)
    ]
    assert reps[1] == RepDone(early.id, 2, datetime(2026, 3, 1, 9, tzinfo=CET), True, False, 88.0, 40.0)
    assert reps[1].done_at.utcoffset() == timedelta(hours=1)
    assert [rep.complete for rep in reps[:4]] == [True, True, True, False]
    assert [rep.accepted for rep in reps[:4]] == [None, False, None, None]
    assert reps[4].load_kg is None
    since = datetime(2026, 6, 1, tzinfo=CET)
    assert history.reps(1, "squat", since) == reps[4:]
    assert history.reps(1, "squat", until=since) == reps[:4]
    assert history.reps(1, "lunge") == history.reps(2, "squat") == []


def test_findings_are_those_of_reps_not_of_the_set(history):
    entry = history.record(write_kept())
    assert history.findings(1, "squat") == [RepFinding(entry.id, 2, "trunk_lean", "warn", None)]
    assert history.findings(1, "lunge") == history.findings(2, "squat") == []
    assert history.findings(1, "squat", since=datetime(2026, 12, 1, tzinfo=CET)) == []


def test_exercises_are_those_with_a_complete_rep_the_latest_first(history):
    history.record(write_kept(done(EARLY)))
    lunge = history.record(write_kept(done(LATE, as_lunges(invented_report()))))
    history.record(write_kept(without_reps(invented_report())))
    assert history.exercises(1) == ["lunge", "squat"]
    assert history.exercises(2) == []
    history.delete(lunge.id)
    assert history.exercises(1) == ["squat"]


def test_what_was_measured_is_that_of_the_newest_sets(history, monkeypatch):
    monkeypatch.setattr(queries, "NEWEST", 1)
    report = invented_report()
    heel = replace(
        report, reps=with_measures(report.reps[:1], "heel_rise_deg", [Measure(3, "deg", None, None, 1)])
    )
    history.record(write_kept(done(EARLY, heel)))
    assert history.measured(1, "squat") == {"heel_rise_deg"}
    history.record(write_kept(done(LATE)))
    assert history.measured(1, "squat") == set(report.reps[0].measures)
    assert history.measured(1, "lunge") == history.measured(2, "squat") == frozenset()


def test_deleted_sets_are_in_no_answer(history):
    entry = history.record(write_kept())
    history.delete(entry.id)
    assert history.reps(1, "squat") == history.findings(1, "squat") == history.exercises(1) == []
    assert history.measured(1, "squat") == frozenset()
