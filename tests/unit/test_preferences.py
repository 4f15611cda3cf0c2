"""What the user chose once for all sets: kept, changed, and read again whatever the file has become."""

import json

import pytest
from pydantic import ValidationError

from fixtures.disk import small_disk
from hipform.errors import OutputError
from hipform.store import preferences
from hipform.store.preferences import Preferences, change, load, put_aside, save

OWN = Preferences(
    speak=False,
    voice="Samantha",
    language="en-GB",
    volume=0.35,
    tone=False,
    mirror=False,
    keep_video=True,
    exercise="squat",
    reps=8,
    countdown_s=5.0,
    quiet_end_s=30.0,
    rest_s=90.0,
    targets={"squat": -5.0},
    person=3,
)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HIPFORM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_without_a_file_there_are_the_defaults_and_nothing_is_written(home):
    assert load() == Preferences()
    assert not home.exists()


def test_what_was_saved_is_read_again_to_the_last_choice(home):
    assert all(getattr(OWN, name) != getattr(Preferences(), name) for name in Preferences.model_fields)
    save(OWN)
    assert load() == OWN
    assert [path.name for path in home.iterdir()] == ["preferences.json"]


def test_a_change_leaves_the_other_choices_as_they_are():
    save(OWN)
    changed = change(volume=0.5, rest_s=None)
    assert changed == load() == Preferences.model_validate(OWN.model_dump() | {"volume": 0.5, "rest_s": None})


@pytest.mark.parametrize(
    "changes",
    [
        {"volume": 1.01},
        {"volume": -0.01},
        {"volume": float("nan")},
        {"reps": 0},
        {"reps": preferences.MOST_REPS + 1},
        {"countdown_s": -1.0},
        {"countdown_s": preferences.LONGEST_COUNTDOWN_S + 1},
        {"quiet_end_s": preferences.SHORTEST_QUIET_S - 1},
        {"quiet_end_s": preferences.LONGEST_QUIET_S + 1},
        {"rest_s": 0.0},
        {"rest_s": preferences.LONGEST_REST_S + 1},
        {"targets": {"squat": float("inf")}},
        {"voice": "x" * 201},
        {"unknown": 1},
    ],
)
def test_a_value_out_of_range_is_refused_and_changes_nothing(changes):
    save(OWN)
    with pytest.raises(ValidationError):
        change(**changes)
    assert load() == OWN


@pytest.mark.parametrize(
    "changes",
    [
        {"volume": 0.0},
        {"volume": 1.0},
        {"reps": 1},
        {"reps": preferences.MOST_REPS},
        {"countdown_s": preferences.LONGEST_COUNTDOWN_S},
        {"quiet_end_s": preferences.SHORTEST_QUIET_S},
        {"quiet_end_s": preferences.LONGEST_QUIET_S},
        {"rest_s": preferences.LONGEST_REST_S},
    ],
)
def test_the_ends_of_the_ranges_are_allowed(changes):
    assert change(**changes) == load() == Preferences(**changes)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"speak": true, "colour": "blue"}',
        b'{"volume": 7}',
        json.dumps({"targets": {"squat": "deep"}}).encode(),
    ],
)
def test_a_file_that_cannot_be_read_is_put_aside_and_the_defaults_serve(home, text):
    home.mkdir()
    (home / "preferences.json").write_bytes(text)
    assert load() == Preferences()
    assert put_aside().read_bytes() == text
    assert not (home / "preferences.json").exists()
    save(OWN)
    assert load() == OWN


def test_nothing_is_put_aside_while_all_is_well():
    save(OWN)
    load()
    assert put_aside() is None


def test_choices_that_cannot_be_written_are_told_and_the_earlier_ones_stay(home):
    save(OWN)
    with small_disk(bytes_left=20), pytest.raises(OutputError, match="disk is full"):
        change(volume=0.1)
    assert load() == OWN
    assert [path.name for path in home.iterdir()] == ["preferences.json"]


def test_a_data_folder_that_cannot_be_made_is_told(home):
    home.write_text("in the way")
    with pytest.raises(OutputError):
        save(OWN)
    assert load() == Preferences()
