"""How fast and how heavy a live set is, on the real page in Chromium with a camera of 60 pictures a second.

    python benchmarks/live.py [--minutes 2] [--cycles 20] [--out FIGURES.json]

The camera is a clip of a sample, played in a loop, each picture with its number on a board in a corner. Sets
of four squats are done with a short rest between them, for as long as `--minutes` says. It tells, of the time
in which a set goes on,

- pictures analysed a second;
- display latency: how much older the picture on the canvas is than the newest one of the camera's <video>,
  both read from their boards in the animation frame in which the canvas changed;
- the raw pose rate: the same JPEGs through the pose model alone, in one process, right after;
- processor time of the server and its pose process for each analysed picture, less that of the pose model;

and of the whole run the memory of both, from beginning to end, and that of the server after each of
`--cycles` times of opening the page, starting and leaving. Beside it stands how busy other programs kept the
machine: figures count only when they did not.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

sys.path.append(str(Path(__file__).parents[1] / "tests" / "browser"))
sys.path.append(str(Path(__file__).parents[1] / "tests"))

from fake_camera import NUMBERS, Clip, camera_flags, make_clip
from live_page import decoded, start, wait_for_count, watch
from playwright.sync_api import Page, expect, sync_playwright
from running import ROOT, Dashboard, serving

from conftest import QUIET
from hipform.pose.mediapipe_landmarker import MediaPipeLandmarker
from hipform.pose.models import find_model
from hipform.records import Frame

SERVER = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port"]
CAMERA_FPS = 60
REPS_A_SET = 4
REST_S = 3.0
# Kept in the page of what goes through its socket, and analysed again for the raw pose rate.
PICTURES_KEPT = 600
WARM_UP_PICTURES = 30
MB = 1e6


class Load:
    """How busy programs that are not part of this run keep the machine from now on."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()
        self._others_s = machine_busy_s() - own_busy_s()

    def others(self) -> float:
        """How many processors they kept busy, on average."""
        others_s = machine_busy_s() - own_busy_s() - self._others_s
        return round(max(0.0, others_s) / (time.monotonic() - self._began_s), 2)


def machine_busy_s() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


def own_busy_s() -> float:
    me = psutil.Process()
    return sum(cpu_s(process) for process in (me, *me.children(recursive=True)))


def cpu_s(process: psutil.Process) -> float:
    """Processor time of this process, with that of children which it has waited for."""
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


@dataclass(frozen=True)
class Memory:
    """What the server and its pose process hold, MB (0 without one)."""

    t_s: float
    server_mb: float
    worker_mb: float

    @classmethod
    def now(cls, dashboard: Dashboard, since_s: float) -> "Memory":
        workers = sum(held_mb(worker) for worker in dashboard.workers())
        return cls(round(time.monotonic() - since_s, 1), held_mb(psutil.Process(dashboard.pid)), workers)


def held_mb(process: psutil.Process) -> float:
    """What it alone holds: shared libraries are not counted."""
    try:
        return round(process.memory_full_info().uss / MB, 1)
    except psutil.Error:
        return 0.0


class Session:
    """A page that does set after set; what is measured of it while a set goes on."""

    def __init__(self, page: Page, dashboard: Dashboard) -> None:
        self._page = page
        self._dashboard = dashboard
        self.looks = 0
        self.going_s = 0.0
        self.server_s = 0.0
        self.behind: list[int] = []
        self.memory: list[Memory] = []

    def run(self, minutes: float) -> None:
        """Measure for so long, a stretch of some seconds at a time."""
        began_s = time.monotonic()
        while time.monotonic() - began_s < 60.0 * minutes:
            self._stretch()
            self.memory.append(Memory.now(self._dashboard, began_s))

    def _stretch(self) -> None:
        before = self._state()
        self._page.wait_for_timeout(4000.0)
        after = self._state()
        if not (before["going"] and after["going"] and before["worker"] == after["worker"]):
            return
        self.looks += after["number"]
        self.going_s += (after["at"] - before["at"]) / 1000.0
        self.server_s += after["cpu_s"] - before["cpu_s"]
        self.behind += after["behind"]

    def _state(self) -> dict[str, Any]:
        """Where it stands; what was seen since the last time is forgotten in the page."""
        workers = self._dashboard.workers()
        cpu = sum(cpu_s(one) for one in (psutil.Process(self._dashboard.pid), *workers))
        page = self._page.evaluate(TAKE)
        return page | {"cpu_s": cpu, "worker": [one.pid for one in workers]}


TAKE = """() => {
  const looks = hfProbe.looks().length;
  const behind = hfProbe.shown.filter((one) => one.board !== null && one.newest !== null)
    .map((one) => one.newest - one.board);
  hfProbe.got.length = 0;
  hfProbe.shown.length = 0;
  const going = document.querySelector("dialog.hf-stage").dataset.state === "going";
  return { number: looks, behind, going, at: performance.now() };
}"""


def latencies_ms(behind: list[int], clip: Clip) -> list[float]:
    """Of pictures that lie so many numbers behind; the clip begins anew after its last one."""
    return [1000.0 * (one % min(clip.frames, NUMBERS)) / clip.fps for one in behind]


def pose_alone(jpegs: list[str]) -> tuple[float, float]:
    """Seconds of time and of processor time that the pose model takes for one of these pictures."""
    images = [decoded(jpeg) for jpeg in jpegs]
    with MediaPipeLandmarker(find_model(None)) as landmarker:
        for i, image in enumerate(images):
            if i == WARM_UP_PICTURES:
                began_s, cpu = time.perf_counter(), time.process_time()
            landmarker.estimate(Frame(i, i / 25.0, image))
        count = len(images) - WARM_UP_PICTURES
        return (time.perf_counter() - began_s) / count, (time.process_time() - cpu) / count


def cycles(page: Page, dashboard: Dashboard, count: int) -> list[Memory]:
    """Open the page, start, wait for the first answer, leave; memory of the server after each time."""
    began_s = time.monotonic()
    held = []
    for _ in range(count):
        start(page, dashboard)
        page.wait_for_function("hfProbe.looks().length > 0", timeout=60_000)
        leave(page, dashboard)
        held.append(Memory.now(dashboard, began_s))
    return held


def leave(page: Page, dashboard: Dashboard) -> None:
    """Leave the stage, whatever goes on there, and wait until the pose process is gone."""
    page.keyboard.press("Escape")
    if page.locator(".hf-stage-ask").is_visible():
        page.locator(".hf-ask-yes").click()
        page.locator(".hf-done").click()
    expect(page.locator("dialog.hf-stage")).to_be_hidden()
    psutil.wait_procs(dashboard.workers(), timeout=30)


@contextmanager
def running(folder: Path) -> Iterator[tuple[Page, Dashboard, Clip]]:
    """The real server, and Chromium with the fake camera."""
    clip = make_clip(folder / "camera.y4m", reps=2, standing_s=4.0, fps=CAMERA_FPS)
    chosen = {"reps": REPS_A_SET, "rest_s": REST_S}
    (folder / "server" / "data").mkdir(parents=True)
    (folder / "server" / "data" / "preferences.json").write_text(json.dumps(chosen))
    with serving(folder / "server", SERVER) as dashboard, sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, *camera_flags(clip.path)])
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        watch(context, dashboard)
        yield context.new_page(), dashboard, clip
        browser.close()


def measure(minutes: float, count: int) -> dict[str, Any]:
    """Every figure."""
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as (page, dashboard, clip):
        load_before = os.getloadavg()
        start(page, dashboard)
        wait_for_count(page, 1, 120.0)
        page.evaluate("most => hfProbe.keep({ most, passOver: 2 })", PICTURES_KEPT)
        session, load = Session(page, dashboard), Load()
        session.run(minutes)
        others = load.others()
        jpegs = page.evaluate("hfProbe.jpegs(hfProbe.rows().map((one) => one.number))")
        load_after = os.getloadavg()
        leave(page, dashboard)
        alone_s, alone_cpu_s = pose_alone(jpegs)
        cycled = cycles(page, dashboard, count)
    return {
        "load_average_before": load_before,
        "load_average_after": load_after,
        "processors_busy_with_other_programs": others,
        **figures(session, latencies_ms(session.behind, clip)),
        "pose_alone_hz": round(1.0 / alone_s, 1),
        "pose_alone_cpu_ms": round(1000.0 * alone_cpu_s, 1),
        "outside_the_model_cpu_ms": round(1000.0 * (session.server_s / session.looks - alone_cpu_s), 1),
        "memory": [vars(one) for one in session.memory],
        "memory_after_each_cycle": [vars(one) for one in cycled],
    }


def figures(session: Session, latency_ms: list[float]) -> dict[str, Any]:
    return {
        "measured_s": round(session.going_s, 1),
        "analysed_hz": round(session.looks / session.going_s, 1),
        "latency_median_ms": round(statistics.median(latency_ms)),
        "latency_p90_ms": round(statistics.quantiles(latency_ms, n=10)[-1]),
        "latency_pictures": len(latency_ms),
        "server_and_pose_cpu_ms": round(1000.0 * session.server_s / session.looks, 1),
    }


def told(found: dict[str, Any]) -> Iterator[str]:
    """The figures in words."""
    before, after = (found[f"load_average_{when}"][0] for when in ("before", "after"))
    yield f"load average: {before:.1f} before, {after:.1f} at the end"
    yield f"busy with other programs: {found['processors_busy_with_other_programs']} processors"
    yield f"analysed: {found['analysed_hz']} pictures a second; the pose model alone {found['pose_alone_hz']}"
    yield (
        f"display latency: median {found['latency_median_ms']} ms, p90 {found['latency_p90_ms']} ms "
        f"({found['latency_pictures']} pictures in {found['measured_s']:.0f} s)"
    )
    yield (
        f"processor time for each picture: {found['server_and_pose_cpu_ms']} ms, of which the pose model "
        f"{found['pose_alone_cpu_ms']} ms, the rest {found['outside_the_model_cpu_ms']} ms"
    )
    yield from held("session", found["memory"])
    yield from held("open and close", found["memory_after_each_cycle"])


def held(name: str, memory: list[dict[str, float]]) -> Iterator[str]:
    """Memory at the beginning, at its most, and at the end."""
    for process in ("server", "worker") if memory else ():
        mb = [one[f"{process}_mb"] for one in memory]
        yield (
            f"memory, {name}, {process}: {mb[0]:.0f} MB first, {max(mb):.0f} most, {mb[-1]:.0f} last "
            f"({len(mb)} times in {memory[-1]['t_s']:.0f} s)"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=2.0, help="how long sets are done")
    parser.add_argument("--cycles", type=int, default=20, help="how often the page is opened and left")
    parser.add_argument("--out", type=Path, help="a JSON file for the figures")
    chosen = parser.parse_args()
    found = measure(chosen.minutes, chosen.cycles)
    print("\n".join(told(found)))
    if chosen.out:
        chosen.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
