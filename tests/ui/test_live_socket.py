"""The socket of the live page: who gets in, what is passed on, and what becomes of a page that goes."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import pytest
from starlette.applications import Starlette

from hipform.live_wire import HEAD, MOST_BYTES, Begin, Picture
from hipform.live_worker import Died, Finished, Looked, Message, Refused, Told
from hipform.ui import live_hub, live_socket
from hipform.ui.guard import guard
from hipform.ui.live_hub import IDLE_AFTER_S, LOST_AFTER_S, Hub
from hipform.ui.routes import dashboard_routes, live_url
from hipform.ui.tokens import TOKENS

OWN = {"host": "localhost:8501", "origin": "http://localhost:8501"}
ONE, OTHER = "1" * 16, "2" * 16
BEGIN = {"type": "begin", "exercise": "squat", "reps": 5, "width": 640, "height": 480}
OVER = json.dumps({"type": "over", "ending": "reps", "set": None})


class FalseProcess:
    """Notes what it is told; the test says what comes back."""

    def __init__(self, on_message: Callable[[Message], None]) -> None:
        self.say = on_message
        self.orders: list[Any] = []

    def begin(self, begin: Begin) -> None:
        self.orders.append(begin)

    def picture(self, picture: Picture) -> None:
        self.orders.append(picture)

    def end(self, why: str) -> None:
        self.orders.append(("end", why))

    def stop(self, why: str, _within_s: float) -> None:
        self.orders.append(("stop", why))


class Server:
    """The app with a hub whose clock the test moves."""

    def __init__(self) -> None:
        self.processes: list[FalseProcess] = []
        self.now_s = 1000.0
        self.hub = Hub(self._start, lambda: self.now_s)
        self.app = Starlette(routes=dashboard_routes(), middleware=[guard()])
        self.token = TOKENS.issue()
        self.pages: list[Page] = []

    def _start(self, on_message: Callable[[Message], None]) -> FalseProcess:
        self.processes.append(FalseProcess(on_message))
        return self.processes[-1]

    @property
    def process(self) -> FalseProcess:
        return self.processes[-1]

    async def page(self, token: str | None = None, **headers: str) -> "Page":
        """A page that opened the socket."""
        made = Page(self.app, live_url(self.token if token is None else token), OWN | headers)
        self.pages.append(made)
        await settle()
        return made

    async def film(self, tab: str = ONE, *, take_over: bool = False) -> "Page":
        made = await self.page()
        await made.send({"type": "hello", "role": "film", "id": tab, "takeOver": take_over})
        return made

    async def watch(self) -> "Page":
        made = await self.page()
        await made.send({"type": "hello", "role": "watch", "id": OTHER})
        return made

    async def tick(self, after_s: float) -> None:
        self.now_s += after_s
        self.hub.tick()
        await settle()

    async def hear(self, *messages: Message) -> None:
        for message in messages:
            self.process.say(message)
        await settle()


class Page:
    """One end of a WebSocket, without a network. `slow` pages take nothing until they are woken."""

    def __init__(self, app: Any, url: str, headers: dict[str, str]) -> None:
        self.got: list[Any] = []
        self.close_code: int | None = None
        self.refused = False
        self.awake = asyncio.Event()
        self.awake.set()
        self._incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._incoming.put_nowait({"type": "websocket.connect"})
        scope = {
            "type": "websocket",
            "path": url,
            "raw_path": url.encode(),
            "root_path": "",
            "scheme": "ws",
            "query_string": b"",
            "subprotocols": [],
            "headers": [(name.encode(), value.encode()) for name, value in headers.items() if value],
        }
        self.task = asyncio.get_running_loop().create_task(app(scope, self._incoming.get, self._take))
        self._accepted = False

    async def _take(self, message: dict[str, Any]) -> None:
        await self.awake.wait()
        if message["type"] == "websocket.accept":
            self._accepted = True
        elif message["type"] == "websocket.send":
            text = message.get("text")
            self.got.append(message["bytes"] if text is None else json.loads(text))
        else:
            self.close_code, self.refused = message["code"], not self._accepted
            self._incoming.put_nowait({"type": "websocket.disconnect", "code": message["code"]})

    async def send(self, *messages: dict[str, Any] | str | bytes) -> None:
        for message in messages:
            content = json.dumps(message) if isinstance(message, dict) else message
            kind = "bytes" if isinstance(content, bytes) else "text"
            self._incoming.put_nowait({"type": "websocket.receive", kind: content})
        await settle()

    async def go(self) -> None:
        """The tab is closed, reloaded, or its network gone."""
        self._incoming.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await settle()
        assert self.task.done()

    def kinds(self) -> list[str]:
        return [one["type"] for one in self.got if isinstance(one, dict)]


async def settle() -> None:
    """Let everything that can go on go on."""
    for _ in range(20):
        await asyncio.sleep(0)


async def until(fulfilled: Callable[[], bool]) -> None:
    """Wait for what is done in a thread or after a time, however busy the machine is."""
    async with asyncio.timeout(20.0):
        while not fulfilled():
            await asyncio.sleep(0.005)


def picture(number: int = 1, t_s: float = 5.0, content: bytes = b"\xff\xd8\xff") -> bytes:
    return HEAD.pack(t_s, number) + content


def look(number: int) -> Looked:
    return Looked(number, json.dumps({"type": "look", "number": number}))


def with_server(test: Callable[[Server], Awaitable[None]]) -> Callable[[pytest.MonkeyPatch], None]:
    """Run a test in an event loop of its own, with a server that is closed at its end."""

    async def run(monkeypatch: pytest.MonkeyPatch) -> None:
        server = Server()
        monkeypatch.setattr(live_socket, "hub", lambda: server.hub)
        try:
            await test(server)
        finally:
            await server.hub.close()
            await settle()
            for page in server.pages:
                if not page.task.done():
                    await page.go()
            await asyncio.sleep(0.01)
            left = asyncio.all_tasks() - {asyncio.current_task()}
            assert not left, left

    @wraps(test)
    def whole(monkeypatch: pytest.MonkeyPatch) -> None:
        asyncio.run(run(monkeypatch))

    del whole.__wrapped__  # pytest would ask for the server as a fixture
    return whole


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:8502", ""])
def test_foreign_pages_and_programs_without_an_origin_get_no_socket(monkeypatch, origin):
    @with_server
    async def test(server: Server) -> None:
        page = await server.page(origin=origin)
        assert (page.close_code, page.refused) == (1008, True)
        assert server.processes == []

    test(monkeypatch)


@with_server
async def test_a_page_that_has_expired_is_told_by_the_code(server: Server) -> None:
    page = await server.page(token="x" * 43)
    assert (page.close_code, page.refused) == (1008, False)


@with_server
async def test_a_set_from_the_first_word_to_the_last(server: Server) -> None:
    page = await server.film()
    assert page.got == [{"type": "welcome", "state": "idle", "resumed": False, "begin": None}]
    assert len(server.processes) == 1  # it warms up before anybody asks for a set
    await page.send(picture(0))
    assert server.process.orders == []  # no set, no pictures
    await page.send(BEGIN, picture(1, 5.5, b"\xff\xd8\xffabc"))
    begin, first = server.process.orders
    assert (begin.exercise, begin.reps, begin.keep_video, begin.quiet) == ("squat", 5, False, 15.0)
    assert first == Picture(5.5, 1, b"\xff\xd8\xffabc")
    await server.hear(look(1), Told('{"type":"say","text":"Ready."}'), Finished(OVER))
    assert page.kinds() == ["welcome", "look", "say", "over"]
    await page.send({"type": "end"}, BEGIN, {"type": "end"})
    assert server.process.orders[2:] == [begin, ("end", "stopped")]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("hello", 4000),
        ('{"type":"dance"}', 4000),
        ('{"type":"begin","exercise":"squat","width":640,"height":480,"more":1}', 4000),
        ('{"type":"begin","width":0,"height":480}', 4000),
        ('{"type":"begin","width":640,"height":480,"quiet":NaN}', 4000),
        ('{"type":"begin","width":640,"height":480,"countdown":1e9}', 4000),
        (" " * 5000, 1009),
        (b"short", 4000),
        (picture(t_s=float("nan")), 4000),
        (picture(content=bytes(MOST_BYTES + 1)), 1009),
    ],
)
def test_what_makes_no_sense_or_is_too_large_closes_with_its_code(monkeypatch, message, code):
    @with_server
    async def test(server: Server) -> None:
        page = await server.film()
        await page.send(BEGIN, message)
        assert page.close_code == code
        assert page.task.done()
        assert len(server.process.orders) == 1

    test(monkeypatch)


def test_a_page_that_says_nothing_or_no_hello_is_closed(monkeypatch):
    monkeypatch.setattr(live_socket, "HELLO_WITHIN_S", 0.02)

    @with_server
    async def test(server: Server) -> None:
        silent, rude = await server.page(), await server.page()
        await rude.send(picture())
        await until(lambda: silent.close_code is not None and rude.close_code is not None)
        assert silent.close_code == rude.close_code == 4000
        assert server.processes == []

    test(monkeypatch)


def test_more_pictures_than_any_camera_gives_close_the_socket(monkeypatch):
    now_s = [0.0]
    meter = live_socket.Meter(live_socket.MOST_HZ, lambda: now_s[0])
    for _ in range(60 * 30):  # half a minute at 60 a second, two at a time
        now_s[0] += 1 / 60
        assert meter.allows()
    for _ in range(100 * 8):
        now_s[0] += 1 / 100
        allowed = meter.allows()
    assert allowed
    for _ in range(100 * 2):
        now_s[0] += 1 / 100
        allowed = meter.allows()
    assert not allowed

    @with_server
    async def test(server: Server) -> None:
        page = await server.film()
        await page.send(BEGIN, *(picture(n, float(n)) for n in range(200)))
        assert page.close_code == 1008

    test(monkeypatch)


@with_server
async def test_a_picture_that_is_none_closes_the_page_but_not_the_set(server: Server) -> None:
    page = await server.film()
    await page.send(BEGIN, picture())
    await server.hear(Refused("no JPEG"))
    assert page.close_code == 4000
    again = await server.film()
    assert again.got[0]["resumed"] is True


@with_server
async def test_a_second_tab_is_told_and_may_take_over(server: Server) -> None:
    first = await server.film()
    await first.send(BEGIN)
    second = await server.film(OTHER)
    assert second.kinds() == ["busy"]
    await second.send(BEGIN, picture())
    assert len(server.process.orders) == 1  # it is not the one that films
    await second.send({"type": "hello", "role": "film", "id": OTHER, "takeOver": True})
    assert first.kinds()[-1] == "taken"
    assert first.close_code == 4001
    # The first one's set is ended and kept; another camera does another set.
    assert server.process.orders[-1] == ("end", "stopped")
    await server.hear(Told('{"type":"working","what":"Measuring","share":null}'), Finished(OVER))
    assert second.kinds() == ["busy", "welcome"], "it hears nothing of a set that is not its own"
    assert second.got[1]["state"] == "idle"
    await second.send(BEGIN)
    await server.hear(Told('{"type":"say","text":"Ready."}'))
    assert second.kinds()[-1] == "say"
    assert isinstance(server.process.orders[-1], Begin)
    assert len(server.processes) == 1


@with_server
async def test_a_crash_in_the_set_before_is_no_matter_of_the_tab_that_took_over(server: Server) -> None:
    first, watcher = await server.film(), await server.watch()
    await first.send(BEGIN)
    second = await server.film(OTHER, take_over=True)
    await server.hear(Died("It crashed."))
    assert second.kinds() == ["welcome"]
    assert watcher.kinds()[-1] == "failed"
    await second.send(BEGIN)  # a new process does its set
    await server.hear(Told('{"type":"say","text":"Ready."}'))
    assert second.kinds()[-1] == "say"


@with_server
async def test_a_tab_that_waits_gets_in_when_the_other_goes(server: Server) -> None:
    first = await server.film()
    second = await server.film(OTHER)
    assert second.kinds() == ["busy"]
    await first.go()
    assert second.kinds() == ["busy", "welcome"]


@with_server
async def test_a_reloaded_page_goes_on_with_its_set(server: Server) -> None:
    page = await server.film()
    await page.send(BEGIN, picture())
    await page.go()
    waiting = await server.film(OTHER)
    assert waiting.kinds() == ["busy"]  # the set goes on
    again = await server.film()
    assert again.got[0]["state"] == "live"
    assert again.got[0]["resumed"] is True
    assert again.got[0]["begin"] == {
        **BEGIN,
        "countdown": 0.0,
        "quiet": 15.0,
        "keepVideo": False,
        "person": None,
    }
    await again.send(picture(0, 9.0))
    assert server.process.orders[-1] == Picture(9.0, 0, b"\xff\xd8\xff")


@with_server
async def test_the_end_of_a_set_waits_for_a_page_that_is_reloading(server: Server) -> None:
    page = await server.film()
    await page.send(BEGIN)
    await page.go()
    await server.hear(look(1), Told('{"type":"say","text":"5"}'), Finished(OVER))
    again = await server.film()
    assert again.kinds() == ["welcome", "over"]
    assert again.got[0]["state"] == "idle"


@with_server
async def test_the_set_of_a_page_that_does_not_come_back_is_ended_and_kept(server: Server) -> None:
    page, watcher = await server.film(), await server.watch()
    await page.send(BEGIN)
    await page.go()
    await server.tick(LOST_AFTER_S - 1.0)
    assert len(server.process.orders) == 1
    await server.tick(1.0)
    assert server.process.orders[-1] == ("end", "lost")
    await server.hear(Finished(OVER))
    assert watcher.kinds() == ["welcome", "over"]
    await server.tick(1.0)
    await until(lambda: server.process.orders[-1] == ("stop", "stopped"))
    fresh = await server.film(OTHER)
    assert fresh.kinds() == ["welcome"]
    assert len(server.processes) == 2


@with_server
async def test_a_page_that_sends_no_pictures_any_more_has_its_set_kept_and_its_process_ended(
    server: Server,
) -> None:
    page = await server.film()
    await page.send(BEGIN, picture())
    await server.tick(IDLE_AFTER_S)
    assert server.process.orders[-1] == ("end", "lost")
    await server.hear(Finished(OVER))
    await server.tick(1.0)
    await until(lambda: server.process.orders[-1] == ("stop", "stopped"))
    assert page.kinds() == ["welcome", "over"]
    await page.send(BEGIN)  # and the next one begins as ever
    assert len(server.processes) == 2
    assert isinstance(server.process.orders[0], Begin)


@with_server
async def test_a_page_that_leaves_on_purpose_ends_the_session_at_once(server: Server) -> None:
    page, watcher = await server.film(), await server.watch()
    await page.send(BEGIN, {"type": "leave"})
    old = server.process
    await until(lambda: old.orders[-1] == ("stop", "stopped"))
    other = await server.film(OTHER)
    assert other.kinds() == ["welcome"]
    old.say(Finished(OVER))  # whoever watches still hears how it ended, the new page does not
    await settle()
    assert watcher.kinds() == ["welcome", "over"]
    assert other.kinds() == ["welcome"]


@with_server
async def test_a_crash_is_told_and_the_next_set_gets_a_new_process(server: Server) -> None:
    page = await server.film()
    await page.send(BEGIN)
    await server.hear(Died("It crashed. What you did is not lost."))
    assert page.got[-1] == {"type": "failed", "reason": "It crashed. What you did is not lost."}
    await page.send(picture(), {"type": "end"}, BEGIN)
    assert len(server.processes) == 2
    assert len(server.process.orders) == 1


@with_server
async def test_who_watches_sees_the_very_picture_of_each_look(server: Server) -> None:
    page = await server.film()
    await page.send(BEGIN)
    one, other = await server.watch(), await server.watch()
    assert one.got[0]["state"] == "live"
    first, second = picture(1, 5.0, b"\xff\xd8\xff1"), picture(2, 6.0, b"\xff\xd8\xff2")
    await page.send(first, second)
    await server.hear(look(1))
    await server.hear(look(2))
    for watcher in (one, other):
        assert watcher.got[1:] == [
            first,
            {"type": "look", "number": 1},
            second,
            {"type": "look", "number": 2},
        ]
    assert page.kinds() == ["welcome", "look", "look"]
    await one.send({"type": "end"})  # watching is not doing
    assert ("end", "stopped") not in server.process.orders
    await one.go()
    await server.hear(look(2))
    assert other.kinds().count("look") == 3


@with_server
async def test_a_slow_page_misses_looks_but_no_word(server: Server) -> None:
    page = await server.film()
    await page.send(BEGIN)
    page.awake.clear()
    await server.hear(look(1))  # on its way
    await server.hear(look(2), look(3), Told('{"type":"tone"}'), look(4), look(5))
    page.awake.set()
    await settle()
    assert [one.get("number", one["type"]) for one in page.got[1:]] == [1, 3, "tone", 5]


@with_server
async def test_when_the_server_stops_all_are_sent_away_and_the_set_is_kept(server: Server) -> None:
    page, waiting, watcher = await server.film(), await server.film(OTHER), await server.watch()
    await page.send(BEGIN)
    await server.hub.close()
    await settle()
    assert [one.close_code for one in (page, waiting, watcher)] == [1001] * 3
    assert ("stop", "stopped") in server.process.orders
    assert len(server.processes) == 1  # nobody who waited was let in


def test_the_servers_hub_is_closed_with_the_server(monkeypatch):
    processes: list[FalseProcess] = []
    monkeypatch.setattr(live_hub, "LiveWorker", FalseProcess)

    async def serve() -> None:
        async with live_hub.hub_while_serving(None):
            made = live_hub.hub()
            made._new_process = lambda hear: processes.append(FalseProcess(hear)) or processes[-1]
            app, token = Starlette(routes=dashboard_routes()), TOKENS.issue()
            page = Page(app, live_url(token), OWN)
            await page.send({"type": "hello", "role": "film", "id": ONE})
            assert page.kinds() == ["welcome"]
        await settle()
        assert page.close_code == 1001
        await settle()

    asyncio.run(serve())
    assert ("stop", "stopped") in processes[0].orders
    assert live_hub.hub.cache_info().currsize == 0
