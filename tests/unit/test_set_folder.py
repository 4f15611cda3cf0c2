"""Sets are kept whole or not at all, and only what belongs to the library can be reached."""

import os
import time

import pytest
from pydantic import TypeAdapter

from fixtures.analysis import an_analysis
from hipform.errors import InputError, OutputError
from hipform.records import SetReport
from hipform.store import set_folder

REPORT = an_analysis().report


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HIPFORM_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def _fill(folder):
    report = TypeAdapter(SetReport).dump_json(REPORT, by_alias=True)
    folder.report_json.write_bytes(report)
    folder.frames_csv.write_text("t_s\n0.0\n")
    folder.still(1).write_bytes(b"jpeg")
    folder.poses.write_bytes(b"poses")


def test_a_set_comes_back_as_it_was_kept(home):
    kept = set_folder.create("squats.mp4", _fill)
    again = set_folder.open_set(kept.id)
    assert again.path.parent == home / "sets"
    assert again.title == "squats.mp4"
    assert again.report() == REPORT
    assert again.overlay is None
    assert again.still(1).read_bytes() == b"jpeg"
    assert [p.name for p in again.files()] == ["frames.csv", "poses.npz", "report.json", "rep_1.jpg"]


def test_the_newest_set_is_first(monkeypatch):
    ids = []
    for title in ("first", "second", "third"):
        ids.append(set_folder.create(title, _fill).id)
        time.sleep(0.002)
    assert [s.id for s in set_folder.list_sets()] == ids[::-1]


def test_without_a_library_the_list_is_empty():
    assert set_folder.list_sets() == []


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, OutputError])
def test_what_breaks_off_leaves_nothing(home, error):
    def half(folder):
        folder.report_json.write_text("{")
        raise error

    with pytest.raises(error):
        set_folder.create("x", half)
    assert list((home / "sets").iterdir()) == []


def test_half_a_set_is_never_seen(home):
    seen = []

    def look_while_writing(folder):
        _fill(folder)
        seen.append(set_folder.list_sets())

    set_folder.create("x", look_while_writing)
    assert seen == [[]]
    assert len(set_folder.list_sets()) == 1


def test_what_a_killed_worker_left_can_be_discarded(home):
    draft = home / "sets" / ".new-0123456789abcdef"
    draft.mkdir(parents=True)
    (draft / "overlay.mp4").write_bytes(b"half")
    set_folder.discard("0123456789abcdef")
    assert not draft.exists()


def test_discarding_does_not_touch_finished_sets():
    kept = set_folder.create("x", _fill, token="0123456789abcdef")  # noqa: S106 (an id)
    set_folder.discard(kept.id)
    set_folder.discard("../sets")
    assert set_folder.open_set(kept.id).report() == REPORT


def test_what_a_power_cut_left_goes_with_the_next_set(home):
    old, fresh = home / "sets" / ".new-aaaaaaaaaaaa", home / "sets" / ".new-bbbbbbbbbbbb"
    for leftover in (old, fresh):
        leftover.mkdir(parents=True)
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(old, (two_days_ago, two_days_ago))
    set_folder.create("x", _fill)
    assert not old.exists()
    assert fresh.exists()


@pytest.mark.parametrize(
    "bad", ["", "..", "../../etc", "0123", "0123456789ABCDEF", "0123456789ab/..", "0123456789ab\n"]
)
def test_an_id_cannot_leave_the_library(bad, home):
    set_folder.create("x", _fill)
    with pytest.raises(InputError, match="no such set"):
        set_folder.open_set(bad)
    with pytest.raises(InputError):
        set_folder.delete_set(bad)


def test_an_id_is_a_name_and_never_a_path(home):
    kept = set_folder.create("x", _fill)
    with pytest.raises(InputError, match="no such set"):
        set_folder.open_set(f"{kept.id}/../{kept.id}")


def test_a_deleted_set_is_gone(home):
    kept = set_folder.create("x", _fill)
    set_folder.delete_set(kept.id)
    assert list((home / "sets").iterdir()) == []
    with pytest.raises(InputError, match="no such set"):
        set_folder.open_set(kept.id)


@pytest.mark.parametrize(
    "name", ["a b.mp4", "'quoted' \"twice\".mp4", "../../up.mp4", "🏋️.mp4", "<script>alert(1)</script>.mp4"]
)
def test_any_name_can_be_a_title(name, home):
    kept = set_folder.create(name, _fill)
    assert set_folder.open_set(kept.id).title == name
    assert [p.parent for p in (home / "sets").iterdir()] == [home / "sets"]


def test_a_title_is_one_line_of_bearable_length():
    assert set_folder.create("a\nb\x1b[31m" + "x" * 999, _fill).title == ("ab[31m" + "x" * 999)[:200]
    assert set_folder.create("\x00", _fill).title == "untitled"


def test_a_damaged_report_says_what_to_do():
    kept = set_folder.create("x", _fill)
    kept.report_json.write_text('{"schema": "hipform/set/9"}')
    with pytest.raises(InputError, match="Analyse the video again"):
        kept.report()


def test_a_data_folder_that_cannot_be_written_says_what_to_do(home):
    home.write_text("a file in the way")
    with pytest.raises(OutputError, match="HIPFORM_HOME"):
        set_folder.create("x", _fill)
