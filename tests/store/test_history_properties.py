"""Whatever is saved is what is read back, also by way of a backup."""

import math
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures.invented_set import invented_report
from fixtures.kept import done, write_kept
from hipform.exercises.vocabulary import MEASURES, measure_unit
from hipform.records import Measure
from hipform.store import set_folder
from hipform.store.backup import backup, restore
from hipform.store.history import Judgement

# The databases outlive the examples, which differ by their sets' ids.
TRIED = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FINITE = st.floats(allow_nan=False, allow_infinity=False)
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)).flatmap(  # noqa: DTZ001 (made aware next)
    lambda moment: st.integers(-14 * 60, 14 * 60).map(
        lambda minutes: moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    )
)
# Everything that a text can be in UTF-8, but for NUL, which PostgreSQL cannot hold.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=60)
ROLES = st.sampled_from([None, "lead", "rear"])
SIDES = st.sampled_from([None, "left", "right"])


@st.composite
def measures(draw):
    """The measures of a rep, some of both legs."""
    found = {}
    for name in draw(st.sets(st.sampled_from(sorted(MEASURES)), min_size=1, max_size=6)):
        one = st.builds(
            Measure,
            FINITE,
            st.just(measure_unit(name)),
            SIDES,
            st.sampled_from([None, "lead", "rear"]),
            FINITE,
        )
        found[name] = draw(st.one_of(one, st.lists(one, min_size=2, max_size=2)))
    return found


@st.composite
def reports(draw):
    """A set with up to four reps of any measures, done at any time."""
    reps = [
        replace(rep, measures=draw(measures()), complete=draw(st.booleans()), bottom_s=draw(FINITE))
        for rep in invented_report().reps[: draw(st.integers(0, 4))]
    ]
    return done(draw(MOMENTS).isoformat(), reps=tuple(reps))


WORDS = st.fixed_dictionaries(
    {},
    optional={
        "done_at": MOMENTS,
        "load_kg": st.none() | st.floats(0.0, 1000.0),
        "shoes": TEXTS,
        "notes": TEXTS,
        "pain": st.none() | st.integers(0, 10),
    },
)
JUDGEMENTS = st.dictionaries(
    st.integers(1, 4), st.tuples(st.booleans(), TEXTS).map(lambda one: Judgement(*one)), max_size=4
)


@pytest.fixture
def kept(history):
    """Saves a set with words and judgements, and forgets all before it."""

    def save(report, words, judgements):
        for entry in history.sets(limit=None):
            history.delete(entry.id)
        history.purge(datetime(2300, 1, 1, tzinfo=UTC))
        folder = write_kept(report)
        history.record(folder)
        history.edit(folder.id, **words)
        judged = {n: one for n, one in judgements.items() if n <= len(report.reps)}
        for number, one in judged.items():
            history.judge_rep(folder.id, number, one.accepted, one.note)
        return history, folder.id, judged

    return save


@TRIED
@given(report=reports(), words=WORDS, judgements=JUDGEMENTS)
def test_what_is_saved_is_what_is_read_back(kept, report, words, judgements):
    history, set_id, judged = kept(report, words, judgements)
    _assert_read_back(history, set_id, report, words, judged)


@settings(TRIED, max_examples=4)
@given(report=reports(), words=WORDS, judgements=JUDGEMENTS)
def test_what_is_backed_up_is_what_is_restored(kept, report, words, judgements):
    history, set_id, judged = kept(report, words, judgements)
    with tempfile.TemporaryDirectory() as folder:
        backup(Path(folder) / "b.zip", history)
        history.delete(set_id)
        history.purge(ids=[set_id])
        restore(Path(folder) / "b.zip", history)
    _assert_read_back(history, set_id, report, words, judged)
    assert [path.name for path in set_folder.library().iterdir()] == [set_id]


def _assert_read_back(history, set_id, report, words, judged):
    (entry,) = history.sets(limit=None)
    done_at = words.get("done_at", datetime.fromisoformat(report.source.recorded_at))
    assert (entry.id, entry.done_at, entry.done_at.utcoffset()) == (set_id, done_at, done_at.utcoffset())
    said = {"load_kg": None, "shoes": "", "notes": "", "pain": None} | words
    assert {key: getattr(entry, key) for key in said} == said
    assert entry.reps_complete == sum(rep.complete for rep in report.reps)
    assert history.judgements(set_id) == judged
    names = {name for rep in report.reps for name in rep.measures}
    for name in names:
        assert _told(history, name) == _expected(report, name, judged), name


def _told(history, name):
    values = history.values(1, "squat", name)
    return [
        (v.rep_number, Measure(v.value, v.unit, v.side, v.role, v.uncertainty), v.complete, v.accepted)
        for v in values
    ]


def _expected(report, name, judged):
    found = []
    for rep in report.reps:
        one = rep.measures.get(name, [])
        for measure in one if isinstance(one, list) else [one]:
            assert math.isfinite(measure.value)
            word = judged.get(rep.number)
            found.append((rep.number, measure, rep.complete, word and word.accepted))
    return found
