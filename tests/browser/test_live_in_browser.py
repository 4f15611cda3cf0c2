"""A set in front of the camera, in a real browser: counted right, drawn on the right picture, never lost.

The camera is a clip of a sample (`fake_camera.py`), so it is known when each rep is over and which picture is
which. It is played in a loop: a set that the model was not loaded in time for is done in the next round.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import cv2
import numpy as np
import psutil
import pytest
from fake_camera import Clip, camera_flags, make_clip, read_number
from live_page import (
    Seen,
    decoded,
    pictures_sent,
    start,
    told,
    true_ends_s,
    wait_for,
    wait_for_count,
    watch,
)
from playwright.sync_api import Browser, BrowserContext, Page, expect
from running import ROOT, Dashboard, serving

from hipform.skeleton import landmark

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.slow]

SERVER = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port"]
SET_TIMEOUT_S = 120.0
# What is asked of a count: half a second from the true end of the rep to the page.
COUNTED_WITHIN_S = 0.5
REPS = 3
# A machine at a third of its speed analyses at most half of the camera's pictures.
LESS_HZ = 15.0
# Pictures that waited for their turn would be later and later: after a rep or two by many seconds.
LATEST_S = 2.0
THIRD_REP = "() => hfProbe.got.filter(({message}) => message.type === 'rep').length >= 3"


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Clip]:
    """ "set": three squats, then nobody is there. "more": two squats, again and again."""
    folder = tmp_path_factory.mktemp("camera")
    return {
        "set": make_clip(folder / "set.mjpeg", reps=REPS, standing_s=6.0, empty_s=6.0),
        "more": make_clip(folder / "more.mjpeg", reps=2, standing_s=4.0),
    }


@pytest.fixture(scope="module")
def browsers(launch: Callable[..., Browser], clips: dict[str, Clip]) -> Callable[[str], Browser]:
    """A browser for each kind of camera, started when it is first needed."""
    started: dict[str, Browser] = {}

    def browser_with(camera: str) -> Browser:
        if camera not in started:
            started[camera] = launch(*(camera_flags(clips[camera].path) if camera in clips else ()))
        return started[camera]

    return browser_with


@pytest.fixture
def browser(browsers: Callable[[str], Browser], request: pytest.FixtureRequest) -> Browser:
    """With the camera that the test names; "more" when it names none."""
    return browsers(getattr(request, "param", "more"))


@pytest.fixture(scope="module", autouse=True)
def patient(dashboard: Dashboard) -> None:
    """However long a reload takes on a busy machine, the set is not over because no rep came meanwhile."""
    dashboard.home.mkdir(exist_ok=True)
    (dashboard.home / "preferences.json").write_text('{"quiet_end_s": 120}', encoding="utf-8")


@pytest.fixture
def context(browser: Browser, dashboard: Dashboard) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 900})
    watch(made, dashboard)
    yield made
    made.close()


@pytest.fixture
def page(page: Page, dashboard: Dashboard) -> Iterator[Page]:
    """A watched page that must not open a socket to anywhere else either."""
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    yield page
    own = dashboard.url.replace("http", "ws")
    assert sockets
    assert [url for url in sockets if not url.startswith(own)] == []


@pytest.mark.alone  # it says when a rep was counted, to half a second
@pytest.mark.parametrize("browser", ["set"], indirect=True)
def test_a_whole_set_is_done_hands_free_and_becomes_a_report(
    page: Page, dashboard: Dashboard, clips: dict[str, Clip]
) -> None:
    start(page, dashboard)
    wait_for_count(page, 1, SET_TIMEOUT_S)
    snapshots = []
    for _ in range(6):
        page.wait_for_timeout(700)
        snapshots.append(page.evaluate("hfProbe.snapshot()"))
    over = wait_for(page, "over", SET_TIMEOUT_S)
    seen = Seen.of(page)

    assert over["ending"] == "left"
    assert [rep["complete"] for rep in over["reps"]] == [True] * REPS
    said = [one["text"] for one in told(page, "say")]
    assert "Ready." in said

    late_s = seen.late_s(true_ends_s(page, seen, clips["set"]))
    assert np.abs(late_s).max() <= COUNTED_WITHIN_S, late_s
    _expect_right_pictures(page, seen)
    for snapshot in snapshots:
        _expect_body_drawn_on_its_picture(page, seen, snapshot)

    page.locator(".hf-report").click()
    expect(page.get_by_role("heading", name=f"{REPS} squats")).to_be_visible()
    assert f"set={over['set']}" in page.url
    expect(page.locator(".hf-card[data-rep]")).to_have_count(REPS)
    assert page.evaluate("hfProbe.camerasOn()") == 0, "the camera stays on"
    assert dashboard.outside == set()


def _expect_right_pictures(page: Page, seen: Seen) -> None:
    """What was shown as picture n is the one that was sent as n, told by the board in both."""
    some = seen.shown[:: max(1, len(seen.shown) // 25)]
    sent = pictures_sent(page, [one["frame"] for one in some])
    assert len(some) > 20
    assert [one["board"] for one in some] == [read_number(image) for image in sent]
    assert len({one["board"] for one in some}) > 20, "it is not always the same picture"


def _expect_body_drawn_on_its_picture(page: Page, seen: Seen, snapshot: dict[str, Any]) -> None:
    """The canvas is that picture, but for a body whose near leg is where the look says."""
    look = next(one for one in seen.looks if one["number"] == snapshot["frame"])
    (picture,) = pictures_sent(page, [snapshot["frame"]])
    drawn = decoded(snapshot["image"])
    height, width = drawn.shape[:2]
    plain = np.asarray(cv2.resize(picture, (width, height)), np.int16)
    changed = np.abs(drawn.astype(np.int16) - plain).max(axis=2) > 80
    joints = [look["points"][landmark("left", name)] for name in ("hip", "knee", "ankle")]
    assert None not in joints
    for x, y in joints:
        assert _share_at(changed, x * width, y * height) > 0.4, "a joint is drawn where the look says"
    assert changed.mean() < 0.05, "only the body is drawn"


def _share_at(mask: "np.ndarray[Any, Any]", x: float, y: float, radius: int = 6) -> float:
    return float(
        mask[round(y) - radius : round(y) + radius + 1, round(x) - radius : round(x) + radius + 1].mean()
    )


def leave_again(page: Page) -> None:
    """The page films, and gives its place to whoever comes next."""
    expect(page.locator("dialog.hf-stage[data-state='getting ready']")).to_be_visible(timeout=60_000)
    page.keyboard.press("e")
    expect(page.locator("dialog.hf-stage")).to_be_hidden()
    assert page.evaluate("hfProbe.camerasOn()") == 0, "the camera stays on"


def test_a_second_tab_waits_or_takes_over_and_a_reload_goes_on(page: Page, dashboard: Dashboard) -> None:
    start(page, dashboard)
    wait_for_count(page, 1, SET_TIMEOUT_S)

    second = page.context.new_page()
    start(second, dashboard)
    expect(second.locator(".hf-stage-busy")).to_be_visible()
    before = told(page, "look")[-1]

    page.reload()
    page.locator(".hf-live-goon").click()
    page.wait_for_function("hfProbe.looks().length > 0")
    first = told(page, "look")[0]
    assert first["stage"] == "going"
    assert first["count"] >= before["count"] >= 1
    assert told(page, "welcome")[-1]["resumed"] is True
    wait_for_count(page, first["count"] + 1, SET_TIMEOUT_S)

    second.locator(".hf-takeover").click()
    expect(page.locator(".hf-live-problem")).to_contain_text("Another tab or device films now")
    assert page.evaluate("hfProbe.camerasOn()") == 0
    leave_again(second)
    page.goto(f"{dashboard.url}/sets")
    expect(page.get_by_text("squats").first).to_be_visible()


def test_a_camera_that_is_taken_away_ends_the_set_which_is_kept(page: Page, dashboard: Dashboard) -> None:
    start(page, dashboard)
    wait_for_count(page, 1, SET_TIMEOUT_S)
    page.context.clear_permissions()
    over = wait_for(page, "over")
    assert over["set"]
    assert len(over["reps"]) >= 1
    expect(page.locator(".hf-summary")).to_contain_text("The camera was unplugged")
    page.locator(".hf-report").click()
    expect(page.locator(".hf-card[data-rep]").first).to_be_visible()


def test_a_camera_that_is_not_allowed_is_explained_and_start_works_after(
    page: Page, dashboard: Dashboard
) -> None:
    page.context.clear_permissions()
    start(page, dashboard)
    expect(page.locator(".hf-live-problem")).to_contain_text("The camera is not allowed. Allow it")
    page.context.grant_permissions(["camera"], origin=dashboard.url)
    page.locator(".hf-live-start").click()
    leave_again(page)


@pytest.mark.parametrize("browser", ["none"], indirect=True)
def test_a_missing_camera_is_explained(page: Page, dashboard: Dashboard) -> None:
    start(page, dashboard)
    expect(page.locator(".hf-live-problem")).to_contain_text("There is no camera. Plug one in")


@contextmanager
def slowed(dashboard: Dashboard) -> Iterator[None]:
    """A machine three times as slow: the pose process may work for only a third of the time."""
    over = Event()
    processes = dashboard.workers()

    def pulse() -> None:
        with suppress(psutil.NoSuchProcess):  # the server was killed, and they ended with it
            while not over.is_set():
                for process in processes:
                    process.suspend()
                over.wait(0.14)
                for process in processes:
                    process.resume()
                over.wait(0.07)

    thread = Thread(target=pulse)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_slow_server_that_is_killed_loses_frames_but_no_rep(
    browsers: Callable[[str], Browser], clips: dict[str, Clip], tmp_path: Path
) -> None:
    browser = browsers("more")
    with serving(tmp_path, SERVER) as running:
        context = browser.new_context()
        watch(context, running)
        page = context.new_page()
        start(page, running)
        page.wait_for_function("hfProbe.looks().length > 0", timeout=60_000)
        with slowed(running):
            page.wait_for_function(THIRD_REP, timeout=1000 * SET_TIMEOUT_S)
            processes = running.workers()
            running.kill()
        seen = Seen.of(page)
        counted = len(told(page, "rep"))
        assert seen.rate_hz() < LESS_HZ
        assert np.median(seen.delays_s()) < LATEST_S
        late_s = seen.late_s(true_ends_s(page, seen, clips["more"])[:counted])
        assert np.abs(late_s).max() <= COUNTED_WITHIN_S, late_s
        assert psutil.wait_procs(processes, timeout=10)[1] == [], "the pose process ends with its server"
        context.close()
    with serving(tmp_path, SERVER) as again:
        page = browser.new_page()
        page.goto(f"{again.url}/live")
        expect(page.get_by_text("A set was cut short.")).to_be_visible()
        page.get_by_role("button", name="Keep the finished reps").click()
        expect(page.get_by_text(f"Kept: {counted} squats")).to_be_visible()
        page.get_by_role("link", name="See the set").click()
        expect(page.locator(".hf-card[data-rep]")).to_have_count(counted)
        page.close()
