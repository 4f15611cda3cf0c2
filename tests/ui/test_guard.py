"""Foreign pages and foreign names are refused before Streamlit sees them."""

import asyncio

import pytest
from asgi import call
from starlette.responses import PlainTextResponse

from hipform.ui.guard import SameOriginOnly, configured_hosts
from hipform.ui.tokens import Tokens

OWN = frozenset({"localhost", "127.0.0.1", "::1"})


def guarded(hosts: frozenset[str] | None) -> SameOriginOnly:
    return SameOriginOnly(PlainTextResponse("inside"), lambda: hosts)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "localhost:8501"}, 200),
        ({"host": "127.0.0.1:8501"}, 200),
        ({"host": "[::1]:8501"}, 200),
        ({"host": "localhost:8501", "origin": "http://localhost:8501"}, 200),
        ({"host": "evil.example:8501"}, 403),
        ({"host": "evil.example", "origin": "http://evil.example"}, 403),
        ({"host": "localhost:8501", "origin": "http://evil.example"}, 403),
        ({"host": "localhost:8501", "origin": "http://localhost:9999"}, 403),
        ({"host": "localhost:8501", "origin": "null"}, 403),
        ({"host": ""}, 403),
    ],
)
def test_only_own_pages_get_in(headers: dict[str, str], status: int) -> None:
    assert call(guarded(OWN), "/", headers=headers).status == status


def test_a_server_that_was_opened_to_the_network_still_refuses_foreign_pages() -> None:
    open_server = guarded(None)
    assert call(open_server, "/", headers={"host": "my-laptop:8501"}).status == 200
    foreign = {"host": "my-laptop:8501", "origin": "http://evil.example"}
    assert call(open_server, "/", headers=foreign).status == 403


def test_a_foreign_socket_is_closed_before_streamlit_asks_anybody() -> None:
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    async def receive() -> dict[str, object]:
        return {"type": "websocket.connect"}

    headers = [(b"host", b"localhost:8501"), (b"origin", b"http://evil.example")]
    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": headers}
    asyncio.run(guarded(OWN)(scope, receive, send))
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_hosts_follow_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit import config

    options = {"server.address": "localhost", "server.allowedHosts": []}
    monkeypatch.setattr(config, "get_option", options.get)
    monkeypatch.setattr(config, "is_manually_set", lambda _: False)
    assert configured_hosts() == OWN
    options["server.address"] = "::"
    assert configured_hosts() is None
    options["server.allowedHosts"] = ["gym.example"]
    assert configured_hosts() == OWN | {"gym.example"}


def test_a_token_is_good_until_it_is_forgotten() -> None:
    now = [0.0]
    tokens = Tokens(clock=lambda: now[0])
    first = tokens.issue()
    assert tokens.accept(first)
    now[0] += 11 * 3600
    assert tokens.accept(first), "using it keeps it"
    now[0] += 13 * 3600
    assert not tokens.accept(first), "a day without use does not"
    second = tokens.issue()
    for _ in range(256):
        tokens.issue()
    assert not tokens.accept(second)
    assert not tokens.accept("guess")
