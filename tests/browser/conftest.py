"""The real dashboard and a real browser, both without a past: empty home, empty data, empty folder."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from running import ROOT, Dashboard, serving

QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def launch() -> Iterator[Callable[..., Browser]]:
    """Starts Chromium with more flags, for one file of tests.

    Playwright keeps an event loop running that other files must not meet.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("HIPFORM_REQUIRE_BROWSER") == "1":
            pytest.fail("No Chromium was found, and HIPFORM_REQUIRE_BROWSER=1 asks for these tests.")
        pytest.skip("No Chromium was found: install the package chromium to run the browser tests.")
    with sync_playwright() as playwright, ExitStack() as opened:
        expect.set_options(timeout=60_000)

        def launch(*flags: str) -> Browser:
            made = playwright.chromium.launch(executable_path=path, args=[*QUIET, *flags])
            opened.callback(made.close)
            return made

        yield launch


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Browser]) -> Browser:
    return launch()


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """`streamlit run app.py`, as somebody does who knows Streamlit."""
    folder = tmp_path_factory.mktemp("dashboard")
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    with serving(folder, [*command, "--server.port"]) as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 900})
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, dashboard: Dashboard) -> Iterator[Page]:
    """A page on which every request is watched: none may leave this machine, no script may fail."""
    requests: list[str] = []
    failures: list[str] = []
    made = context.new_page()
    made.on("request", lambda request: requests.append(request.url))
    made.on("pageerror", lambda error: failures.append(str(error)))
    made.set_default_timeout(60_000)
    yield made
    own = (dashboard.url, dashboard.url.replace("http", "ws"), "blob:", "data:")
    assert [url for url in requests if not url.startswith(own)] == []
    assert failures == []
