"""The dashboard on the network: its certificate, its addresses, and that only paired devices get anything."""

import hashlib
import os
import re
import socket
import ssl
import sys
import urllib.error
import urllib.request
from contextlib import closing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from test_offline import watched
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

import hipform.ui.app
from hipform.errors import HipformError
from hipform.ui import lan, server
from hipform.ui.certificate import Certificate, certificate, host_names

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOME = "192.168.1.5"


def made(folder: Path, addresses: tuple[str, ...] = (HOME,), days: float = 0) -> Certificate:
    return certificate(folder, addresses, ["laptop", "laptop.local"], NOW + timedelta(days=days))


def test_the_certificate_is_one_that_browsers_take(tmp_path: Path) -> None:
    text = made(tmp_path / "lan").path.read_bytes()
    found = x509.load_pem_x509_certificate(text)
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ip_address(HOME)]
    assert names.get_values_for_type(x509.DNSName) == ["laptop", "laptop.local"]
    key = found.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"
    assert found.not_valid_after_utc - found.not_valid_before_utc < timedelta(days=398)
    assert found.not_valid_before_utc < NOW < found.not_valid_after_utc
    assert found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the user's folder from others in another way")
def test_only_the_user_can_read_the_key(tmp_path: Path) -> None:
    path = made(tmp_path / "lan").path
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_fingerprint_is_what_a_browser_shows(tmp_path: Path) -> None:
    first = made(tmp_path)
    assert re.fullmatch(r"([0-9A-F]{2}:){31}[0-9A-F]{2}", first.fingerprint)
    der = ssl.PEM_cert_to_DER_cert(first.path.read_text().partition("-----END PRIVATE KEY-----\n")[2])
    assert first.fingerprint.replace(":", "").lower() == hashlib.sha256(der).hexdigest()


def test_it_is_kept_while_it_fits(tmp_path: Path) -> None:
    first = made(tmp_path, (HOME, "10.0.0.7"))
    assert made(tmp_path, (HOME,), days=345) == first, "the phone is not to warn again"


@pytest.mark.parametrize("days", [355, 370])
def test_it_is_made_anew_before_it_runs_out(tmp_path: Path, days: float) -> None:
    assert made(tmp_path) != made(tmp_path, days=days)


def test_it_is_made_anew_when_the_address_changed(tmp_path: Path) -> None:
    assert made(tmp_path) != made(tmp_path, ("192.168.2.9",))


@pytest.mark.parametrize("harm", [lambda p: p.write_text("damaged"), lambda p: p.chmod(0o644)])
def test_it_is_made_anew_when_it_is_damaged_or_was_open_to_others(tmp_path: Path, harm) -> None:
    first = made(tmp_path)
    harm(first.path)
    assert made(tmp_path) != first


@pytest.mark.parametrize(
    ("own", "names"),
    [
        ("laptop", ["laptop", "laptop.local"]),
        ("Marys-Mac.local", ["marys-mac.local"]),
        ("pc.home.lan.", ["pc.home.lan", "pc.local"]),
        ("localhost", []),
        ("localhost.localdomain", []),
        ("rené_pc", []),
        ("", []),
    ],
)
def test_only_names_that_a_network_can_know_are_used(own: str, names: list[str]) -> None:
    assert host_names(own) == names


def test_only_private_addresses_of_the_house_are_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {
        "lo": ["127.0.0.1"],
        "wlan0": ["192.168.1.5", "fd00::2", "100.64.0.9"],
        "eth0": ["8.8.8.8", "172.31.0.4", "172.32.0.4"],
        "eth0:1": ["10.9.8.7"],
        "eth1": ["192.168.9.9"],
        "docker0": ["172.17.0.1"],
        "tun0": ["10.8.0.2"],
        "eth2": ["169.254.3.4", "192.0.2.2"],
    }
    family = {True: socket.AF_INET6, False: socket.AF_INET}
    listed = {
        name: [SimpleNamespace(family=family[":" in one], address=one) for one in addresses]
        for name, addresses in found.items()
    }
    states = {name: SimpleNamespace(isup=name != "eth1") for name in found if ":" not in name}
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: listed)
    monkeypatch.setattr(psutil, "net_if_stats", lambda: states)
    assert lan.private_addresses() == ["192.168.1.5", "172.31.0.4", "10.9.8.7"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HIPFORM_HOME", str(tmp_path))
    return tmp_path


def test_without_a_network_it_says_so(home: Path) -> None:
    with pytest.raises(HipformError, match=r"no address in a home network.*Wi-Fi"):
        lan.prepare(8501, addresses=[])
    assert list(home.iterdir()) == []


def test_a_port_in_use_is_said_and_the_next_free_one_is_found(home: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(HipformError, match=rf"Port {port} is already in use.*--lan-port {port + 1}"):
            lan.prepare(8501, port, ["127.0.0.1"])
        made = lan.prepare(port - 1, None, ["127.0.0.1"])
    with lan.offering(made):
        assert made.port > port
        assert [one.getsockname() for one in made.sockets] == [("127.0.0.1", made.port)]
        assert lan.offered() is made
    assert lan.offered() is None
    assert made.sockets[0].fileno() == -1, "the port is free again"


def test_the_network_is_offered_only_when_it_is_asked_for(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[lan.Lan | None] = []
    monkeypatch.setattr(hipform.ui.app.app, "run", lambda **_: seen.append(lan.offered()))
    server.run(None, open_browser=False)
    assert seen == [None]
    assert not (home / "lan").exists()
    server.run(None, open_browser=False, lan=True, lan_addresses=["127.0.0.1"])
    assert seen[1] is not None
    assert seen[1].addresses == ("127.0.0.1",)


# A machine of the tests may have no network: its own loopback address is offered in place of a real one.
START = """
import sys
from hipform.ui import server
server.run(open_browser=False, lan=True, lan_addresses=["127.0.0.1"])
"""


def test_over_the_network_only_a_paired_device_gets_anything_and_nobody_else_is_asked(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with watched([sys.executable, "-u", "-c", START], tmp_path / "empty") as (process, tried):
        assert process.stdout is not None
        link = next(line.strip() for line in process.stdout if line.startswith("https://"))
        own = next((tmp_path / "empty" / "home").rglob("certificate.pem"))
        trusting = ssl.create_default_context(cafile=own)
        address = link.partition("/?")[0]

        refused = until_it_answers(address, trusting)
        assert refused.code == 403
        assert not stream_opens(address, trusting)
        with urllib.request.urlopen(link, context=trusting) as paired:  # noqa: S310 (our own server)
            cookie = paired.headers["set-cookie"].split(";")[0]
        page = urllib.request.Request(address, headers={"Cookie": cookie})  # noqa: S310
        with urllib.request.urlopen(page, context=trusting) as opened:  # noqa: S310
            assert b"<title>Streamlit</title>" in opened.read()
        assert stream_opens(address, trusting, Cookie=cookie)
        assert not stream_opens(address, trusting, "https://evil.example", Cookie=cookie)
    assert tried == set()


def until_it_answers(address: str, trusting: ssl.SSLContext) -> urllib.error.HTTPError:
    """The refusal of a request without a cookie. The socket waits until the server takes it up."""
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(address, context=trusting, timeout=60)  # noqa: S310
    refused.value.close()
    return refused.value


def stream_opens(address: str, trusting: ssl.SSLContext, origin: str | None = None, **headers: str) -> bool:
    """Whether Streamlit's socket can be opened."""
    try:
        with connect(
            address.replace("https", "wss") + "/_stcore/stream",
            ssl=trusting,
            origin=origin or address,
            additional_headers=headers,
            subprotocols=["streamlit"],
        ):
            return True
    except InvalidStatus:
        return False
