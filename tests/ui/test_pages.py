"""Each page as a visitor meets it: empty, filled, and when something is wrong."""

import time
from pathlib import Path

import pytest
from hand_queue import HandQueue
from streamlit.testing.v1 import AppTest

from fixtures.invented_set import TITLE, invented_report, without_reps, write_set
from hipform.api import Options, Progress
from hipform.jobs import JobStatus
from hipform.store.history import open_history
from hipform.store.set_folder import SetFolder, list_sets
from hipform.ui import desk as desk_module
from hipform.ui.settings import main_script


def visit(page: str | None = None, **query: str) -> AppTest:
    at = AppTest.from_file(str(main_script()), default_timeout=20).run()
    if page:
        for key, value in query.items():
            at.query_params[key] = value
        at.switch_page(f"page/{page}.py").run()
    assert not at.exception, at.exception
    return at


def texts(at: AppTest) -> str:
    parts = [
        *at.page_link,
        *at.markdown,
        *at.title,
        *at.header,
        *at.subheader,
        *at.caption,
        *at.error,
        *at.info,
    ]
    return "\n".join(str(part.value) for part in parts)


def button(at: AppTest, label: str):
    return next(one for one in at.button if one.label == label)


def test_sets_page_without_sets_says_what_will_be_here(jobs: HandQueue) -> None:
    at = visit("sets")
    assert "Nothing here yet" in texts(at)
    assert at.page_link[0].value.startswith("Upload a video")


def test_sets_page_lists_every_set_with_its_sentence(jobs: HandQueue, invented: SetFolder) -> None:
    at = visit("sets")
    assert "3 squats" in texts(at)
    assert "5 Nov 2026" in texts(at)


def test_a_damaged_set_is_named_and_the_others_stay(jobs: HandQueue, invented: SetFolder) -> None:
    write_set(title="broken.mp4", video=False).report_json.write_text("{}", encoding="utf-8")
    at = visit("sets")
    assert "cannot be read" in texts(at)
    assert "3 squats" in texts(at)


def test_review_shows_the_set_and_what_was_not_measured(jobs: HandQueue, invented: SetFolder) -> None:
    at = visit("sets", set=invented.id)
    assert "3 squats" in at.header[0].value
    assert "The last second shows nobody" in texts(at).replace("\\", "")
    assert "It can be seen only from the front" in texts(at).replace("\\", "")
    assert any("Heel rise" in one.value for one in at.markdown)


def test_review_escapes_what_came_with_the_file(jobs: HandQueue, invented: SetFolder) -> None:
    at = visit("sets", set=invented.id)
    assert TITLE not in texts(at)  # every sign that Markdown acts on is escaped
    assert "\\[x\\]\\(y\\)" in texts(at)
    assert "\\<b\\>" in texts(at)


def test_review_gives_links_only_with_this_visits_token(jobs: HandQueue, invented: SetFolder) -> None:
    at = visit("sets", set=invented.id)
    urls = [one.url for one in at.link_button]
    token = at.session_state["hipform_media_token"]
    assert urls
    assert all(url.startswith(f"/hipform/media/{token}/{invented.id}/") for url in urls)
    assert {one.value for one in at.link_button} >= {"Report (JSON)", "Every frame (CSV)", "Everything (ZIP)"}


def test_review_of_a_set_without_reps(jobs: HandQueue) -> None:
    folder = write_set(without_reps(invented_report()))
    at = visit("sets", set=folder.id)
    assert at.header


@pytest.mark.parametrize("set_id", ["0123456789abcdef", "../../etc", "x"])
def test_review_of_an_unknown_set_says_so(jobs: HandQueue, set_id: str) -> None:
    at = visit("sets", set=set_id)
    assert "This set cannot be shown" in at.error[0].value


def test_delete_asks_first_and_then_deletes(jobs: HandQueue, invented: SetFolder) -> None:
    at = visit("sets", set=invented.id)
    button(at, "Delete this set").click().run()
    assert list_sets(), "nothing is gone before the second word"
    assert "You can undo this for 7 days" in texts(at)


def test_exercises_page_shows_every_rule_with_limit_and_source(jobs: HandQueue) -> None:
    from hipform.exercises.loader import load_all

    at = visit("exercises")
    shown = texts(at).replace("\\", "")
    for exercise in load_all().values():
        assert exercise.description in shown
        for rule in exercise.rules:
            assert rule.title in shown
            assert rule.source in shown


def test_exercises_page_with_a_broken_file_of_the_users(jobs: HandQueue, home: Path) -> None:
    (home / "exercises").mkdir(parents=True)
    (home / "exercises" / "mine.toml").write_text("name = 3", encoding="utf-8")
    at = visit("exercises")
    assert "breaks a rule" in at.error[0].value
    assert "mine.toml" in at.code[0].value


def test_upload_page_offers_samples_and_starts_one(jobs: HandQueue) -> None:
    at = visit()
    button(at, "Analyse this").click().run()
    assert not at.exception
    (video, _, options), *_ = jobs.submitted
    assert video.name.startswith("sample_")
    (samples,) = [one for one in open_history().people() if one.sample]
    assert options == Options("auto", mirrored=False, quality="balanced", person_id=samples.id)
    assert "is waiting: next in line" in texts(at)


def test_upload_page_hands_the_chosen_quality_on(jobs: HandQueue) -> None:
    at = visit()
    assert at.segmented_control(key="upload_quality").value == "balanced"
    button(at, "Analyse this").click().run()
    jobs.state = JobStatus("done")
    at.run()
    again = next(one for one in at.segmented_control if one.key.startswith("again_"))
    again.set_value("best").run()
    button(at, "Analyse again").click().run()
    assert not at.exception
    assert [options.quality for _, _, options in jobs.submitted] == ["balanced", "best"]


def test_upload_page_cannot_start_without_a_video(jobs: HandQueue) -> None:
    assert button(visit(), "Analyse").disabled


def test_upload_page_shows_progress_and_stops(jobs: HandQueue) -> None:
    at = visit()
    button(at, "Analyse this").click().run()
    jobs.state = JobStatus("running", Progress("poses", 0.4, 40, 100, 75.0, None))
    at.run()
    assert "40 of about 100 pictures" in texts(at)
    assert "about 80 s left" in texts(at)
    button(at, "Stop").click().run()
    assert jobs.cancelled == ["1"]
    assert "was stopped" in texts(at)


def test_upload_page_goes_to_the_result_of_a_single_video(jobs: HandQueue, invented: SetFolder) -> None:
    at = visit()
    button(at, "Analyse this").click().run()
    jobs.state = JobStatus("done", set_id=invented.id)
    at.run()
    assert not at.exception
    assert "3 squats" in texts(at)


def test_upload_page_explains_a_failure_and_keeps_the_video(jobs: HandQueue) -> None:
    at = visit()
    button(at, "Analyse this").click().run()
    name = jobs.submitted[0][0].name
    jobs.state = JobStatus("failed", error=f"{name} is cut off. Copy it again.")
    at.run()
    assert "could not be analysed" in at.error[0].value
    assert "is cut off" in at.code[0].value
    assert name not in at.error[0].value, "the name of our own copy means nothing to the user"

    exercise = next(one for one in at.selectbox if one.key.startswith("again_"))
    exercise.select("squat").run()
    button(at, "Analyse again").click().run()
    assert jobs.submitted[-1][2].exercise == "squat"
    assert jobs.submitted[-1][0] == jobs.submitted[0][0]


def test_an_uploaded_video_is_submitted_under_its_own_name(jobs: HandQueue) -> None:
    board = desk_module.desk()
    upload = board.receive("../my squat.mov")
    upload.write(b"123")
    video_id = board.lay_down(upload.finish(time.time() - 60))
    at = AppTest.from_file(str(main_script()), default_timeout=20)
    at.session_state["uploader_0"] = {"files": [video_id]}
    at.run()
    assert not at.exception, at.exception
    button(at, "Analyse").click().run()
    assert [title for _, title, _ in jobs.submitted] == ["my squat.mov"]
    assert jobs.submitted[0][0].read_bytes() == b"123"
