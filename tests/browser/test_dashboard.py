"""From a video to a rep on the screen, as somebody does it with mouse and keys."""

import sys
import time
import urllib.request
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import BrowserContext, Page, expect
from running import Dashboard, serving

from fixtures import clips
from fixtures.invented_set import REP_S, write_set
from hipform.store import preferences
from hipform.store.preferences import Preferences
from hipform.store.set_folder import SetFolder

pytestmark = pytest.mark.browser


@pytest.fixture
def invented(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> SetFolder:
    """The invented set, in the library of the running dashboard."""
    monkeypatch.setenv("HIPFORM_HOME", str(dashboard.home))
    return write_set(title="drawn.mp4")


def video_time(page: Page) -> float:
    return float(page.locator(".hf-video").evaluate("video => video.currentTime"))


def expect_time(page: Page, t_s: float, within_s: float = 0.06) -> None:
    """The video comes to show this moment."""
    page.wait_for_function(
        "([t, d]) => { const v = document.querySelector('.hf-video');"
        " return !v.seeking && Math.abs(v.currentTime - t) <= d; }",
        arg=[t_s, within_s],
    )


def expect_at_rest(page: Page) -> None:
    """The page's script comes to its end: what is clicked now is not drawn anew under the pointer."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def open_review(page: Page, dashboard: Dashboard, folder: SetFolder, query: str = "") -> None:
    page.goto(f"{dashboard.url}/sets?set={folder.id}{query}")
    expect(page.locator(".hf-plot .nsewdrag")).to_be_attached()
    page.wait_for_function("document.querySelector('.hf-video').readyState >= 2")


@pytest.mark.model
@pytest.mark.slow
def test_a_video_becomes_a_set_whose_reps_can_be_clicked(
    page: Page, dashboard: Dashboard, tmp_path: Path
) -> None:
    page.goto(dashboard.url)
    three_squats = clips.cut(tmp_path / "three.mp4", 0.0, 10.8, rate=15)
    page.locator("input[type=file]").set_input_files(three_squats)
    expect(page.locator(".hf-file-state", has_text="ready")).to_be_visible()
    page.get_by_role("button", name="Analyse", exact=True).click()
    expect(page.get_by_text("Analyses", exact=True)).to_be_visible()

    # A single video leads straight to its result.
    expect(page.locator(".hf-plot .nsewdrag")).to_be_attached(timeout=240_000)
    assert "/sets?set=" in page.url
    expect(page.get_by_role("heading", name="3 squats")).to_be_visible()
    expect(page.locator(".hf-card[data-rep]")).to_have_count(3)
    assert page.locator(".hf-plot .scatterlayer .trace.scatter path.js-line").count() >= 2

    page.locator("summary", has_text="Download").click()
    link = page.get_by_role("link", name="Report (JSON)").get_attribute("href")
    report = page.request.get(f"{dashboard.url}{link}").json()
    starts = {rep["number"]: rep["start_s"] for rep in report["reps"]}
    bottoms = {rep["number"]: rep["bottom_s"] for rep in report["reps"]}
    page.get_by_role("button", name="Go to rep 2").first.click()
    expect_time(page, starts[2])
    assert "rep=2" in page.url
    page.get_by_role("button", name="Show the bottom of rep 3").click()
    expect_time(page, bottoms[3])
    assert dashboard.outside == set()


def test_what_is_no_video_is_explained_and_can_be_removed(
    page: Page, dashboard: Dashboard, tmp_path: Path
) -> None:
    wrong = tmp_path / "holiday <b>x.mp4"
    wrong.write_text("this is a text", encoding="utf-8")
    page.goto(dashboard.url)
    page.locator("input[type=file]").set_input_files(wrong)
    expect(page.locator(".hf-file-state", has_text="ready")).to_be_visible()
    page.get_by_role("button", name="Analyse", exact=True).click()
    expect(page.get_by_text("holiday <b>x.mp4 could not be analysed")).to_be_visible(timeout=60_000)
    expect_at_rest(page)
    card = page.locator("[class*=st-key-job_]", has_text="could not be analysed")
    card.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("could not be analysed")).to_have_count(0)


def test_a_link_to_a_rep_opens_there(page: Page, dashboard: Dashboard, invented: SetFolder) -> None:
    open_review(page, dashboard, invented, "&rep=3")
    expect_time(page, 0.5 + 3.5 * 2)
    expect(page.locator(".hf-card.hf-current")).to_have_attribute("data-rep", "3")


def test_findings_rows_and_curves_lead_to_their_moment(
    page: Page, dashboard: Dashboard, invented: SetFolder
) -> None:
    open_review(page, dashboard, invented)
    page.locator(".hf-card button.hf-finding").first.click()
    expect_time(page, 0.5 + 3.5 + 1.2)
    page.locator(".hf-table tbody tr[data-rep='4']").click(position={"x": 30, "y": 12})
    expect_time(page, 0.5 + 3.5 * 3)

    area = page.locator(".hf-plot-area")
    area.scroll_into_view_if_needed()
    start, end = page.locator(".hf-plot").evaluate("plot => plot.layout.xaxis.range")
    box = area.bounding_box()
    plot = page.locator(".hf-plot .nsewdrag").bounding_box()
    page.mouse.click(plot["x"] + plot["width"] / 2, plot["y"] + plot["height"] / 2)
    expect_time(page, (start + end) / 2)
    shift = page.locator(".hf-playhead").evaluate(
        "line => new DOMMatrix(getComputedStyle(line).transform).m41"
    )
    assert shift == pytest.approx(plot["x"] + plot["width"] / 2 - box["x"], abs=6)


def test_keys_step_pictures_and_reps(page: Page, dashboard: Dashboard, invented: SetFolder) -> None:
    open_review(page, dashboard, invented)
    page.get_by_role("button", name="Go to rep 2").first.click()
    expect_time(page, 4.0)
    before = video_time(page)
    page.keyboard.press(".")
    expect_time(page, before + 0.04, 0.012)
    page.keyboard.press("ArrowRight")
    expect_time(page, before + 0.08, 0.012)
    page.keyboard.press(",")
    expect_time(page, before + 0.04, 0.012)
    page.keyboard.press("]")
    expect_time(page, 7.5)
    page.keyboard.press("[")
    expect_time(page, 4.0)


def test_a_rep_is_repeated_until_that_is_switched_off(
    page: Page, dashboard: Dashboard, invented: SetFolder
) -> None:
    open_review(page, dashboard, invented)
    page.get_by_role("button", name="Go to rep 1").first.click()
    page.get_by_role("button", name="Repeat this rep").click()
    page.evaluate("document.querySelector('.hf-video').playbackRate = 4")
    page.get_by_role("button", name="Play").click()
    times = []
    for _ in range(30):
        page.wait_for_timeout(100)
        times.append(video_time(page))
    assert max(times) < 0.5 + REP_S + 0.5
    assert any(later < earlier for earlier, later in pairwise(times)), "it went back"


def test_downloads_give_the_files_of_the_set(page: Page, dashboard: Dashboard, invented: SetFolder) -> None:
    open_review(page, dashboard, invented)
    page.locator("summary", has_text="Download").click()
    with page.expect_download() as started:
        page.get_by_role("link", name="Report (JSON)").click()
    assert started.value.suggested_filename == "drawn.report.json"
    assert Path(started.value.path()).read_bytes() == invented.report_json.read_bytes()


def test_a_set_is_deleted_after_a_second_word(page: Page, dashboard: Dashboard, invented: SetFolder) -> None:
    open_review(page, dashboard, invented)
    page.get_by_role("button", name="Delete this set").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert invented.path.exists()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("heading", name="Sets", exact=True)).to_be_visible()
    assert not invented.path.exists()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f"a[href='sets?set={invented.id}']")).to_be_visible()
    assert invented.report_json.exists()


def test_the_users_word_on_a_rep_stands_beside_what_was_measured(
    page: Page, dashboard: Dashboard, invented: SetFolder
) -> None:
    open_review(page, dashboard, invented)
    card = page.locator(".hf-card[data-rep='2']")
    reject = page.get_by_role("button", name="Reject rep 2")
    reject.click()
    expect(page.get_by_text("You rejected rep 2: it is left out of trends.")).to_be_visible()
    expect(card).to_contain_text("You rejected this rep")
    expect(card).to_contain_text("108° ± 6")
    page.reload()
    expect(reject).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".hf-table tr[data-rep='2']")).to_contain_text("rejected by you")
    reject.click()
    expect(page.get_by_text("You rejected")).to_have_count(0)
    expect(reject).to_have_attribute("aria-pressed", "false")


VOICES = """(() => {
  const voice = ([name, lang, localService]) => ({ voiceURI: name, name, lang, localService });
  const speech = new EventTarget();
  let known = [];
  window.said = [];
  Object.assign(speech, {
    getVoices: () => known,
    cancel() {},
    resume() {},
    speak: (one) => window.said.push([one.voice.name, one.volume]),
  });
  window.addVoices = (...all) => {
    known = all.map(voice);
    speech.dispatchEvent(new Event("voiceschanged"));
  };
  Object.defineProperty(window, "speechSynthesis", { value: speech });
  window.SpeechSynthesisUtterance = class {};
})()"""


def test_a_voice_of_this_machine_is_chosen_and_tried(
    page: Page, dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIPFORM_HOME", str(dashboard.home))
    preferences.save(Preferences(voice="Nobody", volume=0.4, tone=False))
    page.add_init_script(VOICES)
    page.goto(f"{dashboard.url}/settings")
    note = page.locator(".hf-note")
    expect(note).to_have_text("Looking for the voices of this browser …")
    page.evaluate("addVoices(['Far', 'en-US', false])")
    expect(note).to_contain_text("over the internet")
    page.evaluate("addVoices(['Far', 'en-US', false], ['Ann', 'en_US', true], ['Bob', 'en-GB', true])")
    expect(note).to_contain_text("The chosen voice is not in this browser: Ann speaks instead.")

    page.get_by_label("Language").select_option(label="English (United Kingdom)")
    page.get_by_label("Voice").select_option(label="Bob")
    expect(page.get_by_test_id("stToast").first).to_contain_text("Saved")
    page.get_by_role("button", name="Try it").click()
    assert page.evaluate("said") == [["Bob", 0.4]]
    expect(note).to_be_empty()
    limit_s = time.monotonic() + 20
    while preferences.load().voice != "Bob" and time.monotonic() < limit_s:
        page.wait_for_timeout(100)
    assert (preferences.load().language, preferences.load().voice) == ("en-GB", "Bob")
    preferences.save(Preferences())


@pytest.mark.parametrize("path", ["/", "/sets", "/sets?set={id}", "/exercises", "/settings"])
def test_every_page_fits_a_phone_in_light_and_dark(
    context: BrowserContext, dashboard: Dashboard, invented: SetFolder, path: str
) -> None:
    phone = context.new_page()
    phone.set_viewport_size({"width": 390, "height": 844})
    for scheme in ("light", "dark"):
        phone.emulate_media(color_scheme=scheme)
        phone.goto(dashboard.url + path.format(id=invented.id))
        expect(phone.get_by_test_id("stMainBlockContainer").get_by_role("heading").first).to_be_visible()
        expect_at_rest(phone)
        phone.wait_for_timeout(300)  # what is drawn by scripts of its own comes a little later
        wide = phone.evaluate(  # a slider's input is there for the keyboard and drawn nowhere
            "[...document.querySelectorAll('[data-testid=stMainBlockContainer] *')]"
            ".filter(e => !e.closest('.hf-scroll') && !e.matches('input[type=range]'))"
            ".filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
            ".map(e => e.className.toString())"
        )
        assert wide == [], scheme
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, scheme


def test_hipform_dashboard_serves_the_same_from_any_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hipform", "dashboard", "--no-browser", "--port"]
    with serving(tmp_path, command) as running:
        for path in ("/", "/hipform/assets/plotly.min.js"):
            with urllib.request.urlopen(running.url + path, timeout=10) as answer:  # noqa: S310 (own localhost)
                assert answer.status == 200
        with urllib.request.urlopen(f"{running.url}/_stcore/host-config", timeout=10) as answer:  # noqa: S310
            assert b"streamlit.app" not in answer.read()
        port = int(running.url.rsplit(":", 1)[1])
        listening = {
            one.laddr.ip
            for one in psutil.net_connections("tcp")
            if one.status == psutil.CONN_LISTEN and one.laddr.port == port
        }
        assert listening == {"127.0.0.1"}, "only this machine can reach it"
    assert list((tmp_path / "empty").iterdir()) == []
