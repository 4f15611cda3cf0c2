"""The Live page as its tests use it: starting a set, and what `probe.js` saw of it from inside."""

import base64
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from fake_camera import Clip, read_number
from playwright.sync_api import BrowserContext, Page, expect
from running import Dashboard

from hipform.records import ImageArray

# What nine pictures in ten take at most from the camera to their look on an idle machine of two cores.
USUAL_DELAY_S = 0.15
PROBE = Path(__file__).with_name("probe.js")


def watch(context: BrowserContext, dashboard: Dashboard) -> None:
    """Let the pages of this context use the camera, and watch them from inside."""
    context.grant_permissions(["camera"], origin=dashboard.url)
    context.add_init_script(path=PROBE)


def open_live(page: Page, dashboard: Dashboard) -> None:
    page.goto(f"{dashboard.url}/live")
    expect(page.locator(".hf-live-start")).to_be_enabled(timeout=60_000)


def start(page: Page, dashboard: Dashboard) -> None:
    """Press Start; from here on no hand is needed."""
    open_live(page, dashboard)
    page.locator(".hf-live-start").click()


def wait_for_count(page: Page, reps: int, within_s: float = 60.0) -> None:
    """Until the socket told this many complete reps, or more."""
    page.wait_for_function(
        "reps => (hfProbe.looks().at(-1)?.message.count ?? 0) >= reps", arg=reps, timeout=1000 * within_s
    )


def wait_for(page: Page, kind: str, within_s: float = 60.0) -> dict[str, Any]:
    """The last message of this type, as soon as there is one."""
    page.wait_for_function(
        "kind => hfProbe.got.some(({message}) => message.type === kind)", arg=kind, timeout=1000 * within_s
    )
    return dict(told(page, kind)[-1])


def told(page: Page, kind: str) -> list[dict[str, Any]]:
    """All messages of this type so far."""
    return list(
        page.evaluate(
            "kind => hfProbe.got.map(({message}) => message).filter(({type}) => type === kind)", kind
        )
    )


@dataclass(frozen=True)
class Seen:
    """Pictures sent, looks told and pictures shown, as `probe.js` saw them."""

    sent: list[dict[str, Any]]
    looks: list[dict[str, Any]]
    shown: list[dict[str, Any]]

    @classmethod
    def of(cls, page: Page) -> "Seen":
        return cls(
            page.evaluate("hfProbe.rows()"),
            [look["message"] | {"at": look["at"]} for look in page.evaluate("hfProbe.looks()")],
            page.evaluate("hfProbe.shown"),
        )

    def counted(self) -> list[dict[str, Any]]:
        """The looks that told of one more complete rep."""
        counts = [0, *(look["count"] for look in self.looks)]
        return [
            look
            for look, before in zip(self.looks, counts, strict=False)
            for _ in range(look["count"] - before)
        ]

    def delays_s(self) -> list[float]:
        """From each picture's taking to its look."""
        return [self._delay_s(look) for look in self.looks]

    def late_s(self, ends_s: list[float]) -> list[float]:
        """How long after these true ends the page was told of each rep, on a machine that keeps up.

        What a picture took beyond `USUAL_DELAY_S` is the load of the machine that the test runs on.
        """
        return [
            look["at"] / 1000.0 - max(0.0, self._delay_s(look) - USUAL_DELAY_S) - end_s
            for look, end_s in zip(self.counted(), ends_s, strict=True)
        ]

    def _delay_s(self, look: dict[str, Any]) -> float:
        taken_s = next(one["t"] for one in self.sent if one["number"] == look["number"])
        return float(look["at"]) / 1000.0 - taken_s

    def began_s(self) -> float:
        """When the page was told that the set had begun, the last time it was."""
        before = [i for i, look in enumerate(self.looks) if look["stage"] == "getting ready"]
        return float(self.looks[before[-1] + 1]["at"]) / 1000.0

    def rate_hz(self) -> float:
        """Looks a second."""
        first, last = self.looks[0]["at"], self.looks[-1]["at"]
        return 1000.0 * (len(self.looks) - 1) / (last - first)


def pictures_sent(page: Page, numbers: list[int]) -> list[ImageArray]:
    """The pictures that were sent under these numbers, in the order of sending (RGB)."""
    return [decoded(jpeg) for jpeg in page.evaluate("numbers => hfProbe.jpegs(numbers)", numbers)]


def decoded(jpeg: str) -> ImageArray:
    image = cv2.imdecode(np.frombuffer(base64.b64decode(jpeg), np.uint8), cv2.IMREAD_COLOR_RGB)
    return np.asarray(image, np.uint8)


def true_ends_s(page: Page, seen: Seen, clip: Clip) -> list[float]:
    """When the camera showed the end of each rep of the set, by the page's clock, as the boards tell."""
    apart = max(1, round(len(seen.sent) / (2 * (seen.sent[-1]["t"] - seen.sent[0]["t"]))))
    some = seen.sent[::apart]
    boards = [read_number(image) for image in pictures_sent(page, [one["number"] for one in some])]
    marks = [(one["t"], board) for one, board in zip(some, boards, strict=True) if board is not None]
    return [
        t + (end - board) / clip.fps
        for (t, board), (_, later) in pairwise(marks)
        for end in (end_s * clip.fps for end_s in clip.ends_s)
        if board <= end < later and t >= seen.began_s()
    ]
