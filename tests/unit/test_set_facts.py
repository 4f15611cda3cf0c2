"""What the user said about a set, in words, and dates that they change."""

import time
from datetime import UTC, date, datetime, timedelta, timezone
from datetime import time as clock

import pytest

from hipform.report.set_facts import (
    count_words,
    judged_words,
    moved_to,
    said_words,
    shortened,
    until_words,
)


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_only_what_was_told_is_said() -> None:
    assert said_words(None, "", None) == []
    assert said_words(62.5, " flat \n shoes", 2) == ["62.5 kg", "flat shoes", "pain 2 of 10"]
    assert said_words(0.0, "", 0) == ["no weight", "no pain"]


def test_the_users_word_on_reps_is_told_with_what_it_does() -> None:
    assert judged_words({}) == judged_words({1: None}) == ""
    assert judged_words({2: False}) == "You rejected rep 2: it is left out of trends."
    assert judged_words({5: False, 1: True, 2: False}) == (
        "You accepted rep 1 and rejected reps 2, 5: they are left out of trends."
    )


def test_counts_and_long_notes() -> None:
    assert count_words(1, 0) == "1 rep"
    assert count_words(5, 2) == "5 reps and 2 partial"
    assert shortened("one\n two") == "one two"
    assert shortened("word " * 40) == "word " * 17 + "word…"


def test_a_deleted_set_says_how_long_it_can_be_brought_back(berlin: None) -> None:
    deleted = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
    words = until_words(deleted, deleted + timedelta(days=7))
    assert words == "deleted 22 Nov 2026, 23:30, kept until 29 Nov 2026"


def test_a_date_moved_into_summer_keeps_the_time_of_day(berlin: None) -> None:
    winter = datetime(2026, 11, 5, 18, 3, tzinfo=timezone(timedelta(hours=1)))
    moved = moved_to(winter, date(2026, 7, 1), clock(18, 3))
    assert moved.isoformat() == "2026-07-01T18:03:00+02:00"


def test_a_set_done_elsewhere_stays_on_the_clock_of_that_place(berlin: None) -> None:
    abroad = datetime(2026, 11, 5, 18, 3, tzinfo=timezone(timedelta(hours=9)))
    assert moved_to(abroad, date(2026, 11, 4), clock(7, 0)).isoformat() == "2026-11-04T07:00:00+09:00"
