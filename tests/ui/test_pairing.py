"""Nothing is served to the network without the code; what a paired device asks passes for a local page."""

import asyncio
import io
import re
from typing import Any

import cv2
import numpy as np
import pytest
import streamlit as st
from asgi import Answer, call
from rich.console import Console
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from streamlit import net_util
from streamlit.testing.v1 import AppTest
from streamlit.web.server.starlette.starlette_websocket import _is_origin_allowed

from hipform.ui import lan as lan_module
from hipform.ui import server
from hipform.ui.certificate import Certificate
from hipform.ui.guard import SameOriginOnly
from hipform.ui.lan import Lan, offering
from hipform.ui.pairing import PairedOnly, Pairing

HOST = "192.168.1.5:8502"
COOKIE = "__Host-hipform-8502"


class Inside:
    """The app behind the door: remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope)
        if scope["type"] == "http":
            await PlainTextResponse("inside")(scope, receive, send)
        else:
            await send({"type": "websocket.accept"})

    def header(self, name: str) -> str | None:
        return dict(self.asked[-1]["headers"]).get(name.encode(), b"").decode() or None


class Door:
    """A pairing with the middleware in front of an app, asked as the network asks."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.inside = Inside()
        self.pairing = Pairing(clock=lambda: self.now_s)
        guarded = SameOriginOnly(self.inside, lambda: frozenset({"localhost"}))
        self.app = PairedOnly(guarded, self.pairing, {HOST, "laptop.local:8502"}, "localhost:8501", COOKIE)

    def get(self, url: str = "/", **headers: str) -> Answer:
        return call(self.app, url, headers={"host": HOST, **headers})

    def scan(self) -> str:
        """Pair a device; what it sends as its cookie from then on."""
        return self.get(f"/?pair={self.pairing.token}").headers["set-cookie"].split(";")[0]

    def open_socket(self, **headers: str) -> str:
        """What a WebSocket is answered first."""
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> dict[str, str]:
            return {"type": "websocket.connect"}

        listed = [(name.encode(), value.encode()) for name, value in {"host": HOST, **headers}.items()]
        scope = {"type": "websocket", "path": "/_stcore/stream", "query_string": b"", "headers": listed}
        asyncio.run(self.app(scope, receive, send))
        return str(sent[0]["type"])


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.mark.parametrize(
    "url",
    ["/", "/sets", "/_stcore/health", "/static/js/index.js", "/hipform/media/t/s/overlay.mp4", "/?pair="],
)
def test_nothing_is_served_without_the_code(door: Door, url: str) -> None:
    for cookie in ({}, {"cookie": f"{COOKIE}=guess"}, {"cookie": f"{COOKIE}={door.pairing.token}"}):
        answer = door.get(url, **cookie)
        assert answer.status == 403
        assert b"scan the code" in answer.body
        assert "set-cookie" not in answer.headers
    assert door.inside.asked == []


def test_no_socket_is_opened_without_the_code(door: Door) -> None:
    assert door.open_socket(origin=f"https://{HOST}") == "websocket.close"
    assert door.open_socket() == "websocket.close"
    assert door.inside.asked == []


def test_the_code_pairs_a_device_and_leaves_the_address_clean(door: Door) -> None:
    answer = door.get(f"/?pair={door.pairing.token}")
    assert answer.status == 200
    value, *flags = answer.headers["set-cookie"].split("; ")
    assert {flag.lower() for flag in flags} == {"secure", "httponly", "samesite=strict", "path=/"}
    assert door.pairing.token not in value
    assert re.search(rb'http-equiv="refresh" content="0;url=\./live"', answer.body)
    assert door.pairing.token.encode() not in answer.body
    assert door.get("/sets", cookie=value).body == b"inside"
    assert door.scan() != value, "each device has a cookie of its own"


def test_a_new_start_knows_neither_the_old_code_nor_the_old_devices(door: Door) -> None:
    token, cookie = door.pairing.token, door.scan()
    new = Door()
    assert new.get("/", cookie=cookie).status == 403
    assert new.get(f"/?pair={token}").status == 403


def test_what_a_paired_device_asks_looks_like_a_page_of_this_machine(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asks_outside() -> None:
        raise AssertionError("Streamlit asked for this machine's address")

    monkeypatch.setattr(net_util, "get_external_ip", asks_outside)
    monkeypatch.setattr(net_util, "get_internal_ip", asks_outside)
    cookie = door.scan()
    for host in (HOST, "laptop.local:8502", "Laptop.local:8502"):
        headers = {"host": host, "origin": f"https://{host}", "cookie": cookie}
        assert door.get("/hipform/upload/t", **headers).status == 200
        assert door.open_socket(**headers) == "websocket.accept"
        origin, name = door.inside.header("origin"), door.inside.header("host")
        assert (origin, name) == ("http://localhost:8501", "localhost:8501")
        assert _is_origin_allowed(origin, name)


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example:8502"},
        {"host": "192.168.1.5:9999"},
        {"origin": "https://evil.example"},
        {"origin": f"http://{HOST}"},
        {"origin": "https://laptop.local:8502"},
        {"origin": "null"},
    ],
)
def test_a_foreign_page_gets_nothing_even_with_the_cookie(door: Door, headers: dict[str, str]) -> None:
    headers |= {"cookie": door.scan()}
    assert door.get("/", **headers).status == 403
    assert door.open_socket(**headers) == "websocket.close"
    assert door.get(f"/?pair={door.pairing.token}", **headers).status == 403
    assert door.inside.asked == []


def test_guessing_is_stopped_for_a_minute_and_only_where_it_came_from(door: Door) -> None:
    for number in range(10):
        assert door.get("/?pair=guess").status == 403, number
    assert door.get(f"/?pair={door.pairing.token}").status == 429
    assert door.pairing.may_try("192.168.1.77"), "somebody else's guesses keep nobody out"
    door.now_s += 59
    assert door.get(f"/?pair={door.pairing.token}").status == 429
    door.now_s += 2
    assert door.get(f"/?pair={door.pairing.token}").status == 200


def test_guesses_from_many_addresses_are_not_all_remembered(door: Door) -> None:
    for number in range(300):
        door.pairing.pair("guess", f"10.0.{number // 256}.{number % 256}")
    assert len(door.pairing._wrong_s) == 256


@pytest.fixture
def open_lan(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Lan:
    """What `--lan` offers, without a socket."""
    made = Certificate(tmp_path / "certificate.pem", "AB:CD:EF")  # ":CD:" is also the name of a picture sign
    return Lan(("192.168.1.5", "10.0.0.7"), ("laptop.local",), 8502, "localhost:8501", (), made, Pairing())


def test_the_terminal_shows_a_code_that_scans_and_what_the_phone_will_say(open_lan: Lan) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None)
    server._tell_how_to_pair(console, open_lan)
    text = console.file.getvalue()
    assert scanned(text) == open_lan.links()[0]
    assert all(link in text for link in open_lan.links())
    assert "AB:CD:EF" in text
    assert "warns once" in text


def scanned(text: str) -> str:
    """The content of the code that is drawn in a text with half blocks."""
    rows = [line for line in text.splitlines() if len(line) > 20 and set(line) <= set(" ▀▄█")]
    light = np.array([[char in half for char in row] for row in rows for half in ("▀█", "▄█")])
    picture = np.kron(light, np.full((8, 8), 255)).astype(np.uint8)
    return str(cv2.QRCodeDetector().detectAndDecode(picture)[0])


def show_card() -> None:
    from hipform.ui.screens import phone

    phone.show()


def test_the_page_says_how_when_it_is_closed() -> None:
    app = AppTest.from_function(show_card).run()
    assert len(app.main) == 1
    assert "hipform dashboard --lan" in app.caption[0].value


def test_the_page_shows_the_code_and_the_fingerprint_when_it_is_open(open_lan: Lan) -> None:
    with offering(open_lan):
        app = AppTest.from_function(show_card).run()
    assert not app.exception
    assert app.subheader[0].value == "Use your phone as the camera"
    assert [one.value for one in app.code] == ["\n".join(open_lan.links()), "AB:CD:EF"]
    assert lan_module.offered() is None


def test_the_phone_itself_is_not_shown_the_code(open_lan: Lan, monkeypatch: pytest.MonkeyPatch) -> None:
    here = "https://laptop.local:8502/live"
    monkeypatch.setattr(type(st.context), "url", property(lambda _: here))
    with offering(open_lan):
        app = AppTest.from_function(show_card).run()
    assert [one.value for one in app.caption] == [
        "This device is paired with your computer: its camera can film you here."
    ]
    assert not app.code
