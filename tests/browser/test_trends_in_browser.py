"""A trend in the browser: hovering tells the session, a click opens its set, a choice is in the address."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from running import Dashboard

from fixtures.invented_set import invented_report, write_set
from fixtures.kept import done
from hipform.records import Measure
from hipform.store.history import History

pytestmark = pytest.mark.browser

DEPTH = "thigh_to_horizontal_min_deg"
# Where a point of the line of this name stands, in pixels of the page.
WHERE = """name => {
  const plot = document.querySelector('.js-plotly-plot');
  const line = plot._fullData.find(one => one.name === name), { xaxis, yaxis } = plot._fullLayout;
  const box = plot.getBoundingClientRect(), last = line.x.length - 1;
  return [
    box.left + xaxis._offset + xaxis.d2p(line.x[last]),
    box.top + yaxis._offset + yaxis.d2p(line.y[last]),
  ];
}"""


@pytest.fixture
def latest(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of the second of two sets, of which it is the deeper one."""
    monkeypatch.setenv("HIPFORM_HOME", str(dashboard.home))
    with History() as history:
        for depth, days in ((20.0, 40), (8.0, 1)):
            measure = Measure(depth, "deg", "left", None, 4.0)
            report = invented_report()
            reps = tuple(replace(rep, measures=rep.measures | {DEPTH: measure}) for rep in report.reps)
            when = (datetime.now(UTC) - timedelta(days=days)).isoformat()
            kept = write_set(done(when, replace(report, reps=reps)), f"{days}.mp4", video=False)
            history.record(kept)
    return kept.id


def test_a_point_tells_its_session_and_opens_its_set(page: Page, dashboard: Dashboard, latest: str) -> None:
    page.goto(f"{dashboard.url}/trends")
    expect(page.get_by_role("heading", name="12° deeper since")).to_be_visible()
    expect(page.locator(".js-plotly-plot .points path").first).to_be_attached()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.get_by_role("radio", name="3 months").click()
    expect(page).to_have_url(re.compile(r"period=3m"))
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    x, y = page.evaluate(WHERE, "Left leg")
    page.mouse.move(x, y)
    expect(page.locator(".hoverlayer")).to_contain_text("1 set, 3 reps")
    page.mouse.click(x, y)
    expect(page.get_by_role("heading", name="3 squats")).to_be_visible()
    expect(page).to_have_url(re.compile(f"/sets\\?.*set={latest}"))
