"""A phone opens the dashboard of a computer: pairing, HTTPS, and that its camera may be used there."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from running import serving

pytestmark = pytest.mark.browser

# A machine of the tests may have no network: loopback is offered, under a name. To the browser that name is
# another machine, so that it gives the page a camera for its HTTPS alone.
START = """
import socket, sys
from hipform.ui import server
socket.gethostname = lambda: "laptop"
server.run(int(sys.argv[1]), open_browser=False, lan=True, lan_addresses=["127.0.0.1"])
"""
NAME = "laptop.local"
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
    f"--host-resolver-rules=MAP {NAME} 127.0.0.1",
]

HELLO = """path => new Promise((heard, failed) => {
  const socket = new WebSocket(path);
  const hello = {type: "hello", role: "watch", id: "0123456789abcdef", takeOver: false};
  socket.onopen = () => socket.send(JSON.stringify(hello));
  socket.onmessage = event => { heard(event.data); socket.close(); };
  socket.onclose = event => failed(new Error(`closed with ${event.code}`));
})"""


@pytest.fixture
def link(tmp_path: Path) -> Iterator[str]:
    """What the code of a running dashboard says, by the computer's name."""
    with serving(tmp_path / "lan", [sys.executable, "-c", START]):
        log = (tmp_path / "lan" / "log.txt").read_text(encoding="utf-8")
        found = re.search(r"^https://127\.0\.0\.1(:\d+/\?pair=\S+)$", log, re.MULTILINE)
        assert found, log
        yield f"https://{NAME}{found[1]}"


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone whose user has seen the warning and gone on."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    made = browser.browser_type.launch(executable_path=path, args=ARGUMENTS)
    yield made.new_context(ignore_https_errors=True, viewport={"width": 390, "height": 844})
    made.close()


def test_a_phone_that_scanned_the_code_gets_the_dashboard_and_its_camera(
    link: str, phone: BrowserContext
) -> None:
    address = link.partition("/?")[0]
    page = phone.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda channel: asked.append(channel.url))

    page.goto(f"{address}/sets")
    expect(page.get_by_role("heading", name="Scan the code again")).to_be_visible()

    page.goto(link)
    expect(page.get_by_role("heading", name="Live", exact=True)).to_be_visible()
    assert page.url == f"{address}/live"
    assert page.evaluate("document.cookie").count("hipform") == 0, "no script can read the cookie"
    tracks = "navigator.mediaDevices.getUserMedia({video: true}).then(s => s.getVideoTracks().length)"
    assert page.evaluate(tracks) == 1

    page.goto(address)
    # What the phone sends: the guard and the upload route take it as from a page of this machine.
    page.locator("input[type=file]").set_input_files(
        {"name": "set.mp4", "mimeType": "video/mp4", "buffer": os.urandom(2_000_000)}
    )
    expect(page.locator(".hf-file-state", has_text="ready")).to_be_visible()
    token = next(url.rpartition("/")[2] for url in asked if "/hipform/upload/" in url)
    assert '"welcome"' in page.evaluate(HELLO, f"/hipform/live/{token}")
    sockets = [url for url in asked if url.startswith("ws")]
    assert f"{address.replace('https', 'wss')}/_stcore/stream" in sockets
    assert [url for url in asked if not url.startswith((address, "wss://laptop.local:", "blob:"))] == []
