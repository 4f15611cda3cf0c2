"""The dashboard for devices on the same network: `hipform dashboard --lan`.

The server on localhost stays as it is. A second one, in the same event loop, listens on this machine's
private IPv4 addresses with TLS and lets paired devices in to the same app.
"""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_address
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from hipform.errors import HipformError
from hipform.store.set_folder import data_folder
from hipform.ui.certificate import Certificate, certificate, host_names
from hipform.ui.pairing import PairedOnly, Pairing

# RFC 1918. Other addresses may be reached from the whole internet.
_PRIVATE: Final = tuple(IPv4Network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
# Networks inside this machine, and tunnels to far ones: no phone of the house is in them.
_NOT_THE_HOUSE: Final = (
    *(
        "docker",
        "br-",
        "veth",
        "virbr",
        "lxc",
        "lxd",
        "vmnet",
        "vmware",
        "vboxnet",
        "virtualbox",
        "vethernet",
    ),
    *("tun", "tap", "utun", "ppp", "wg", "zt", "tailscale"),
)
_PORTS_TRIED: Final = 50
# Ours: a phone that is far away must not keep Ctrl-C waiting.
_CLOSE_WITHIN_S: Final = 5


@dataclass(frozen=True, slots=True)
class Lan:
    """What is offered to the network: bound sockets, the names to be called by, and the way to pair.

    `inside` is the server on this machine, as a browser here would call it ("localhost:8501").
    """

    addresses: tuple[str, ...]
    names: tuple[str, ...]
    port: int
    inside: str
    sockets: tuple[socket.socket, ...]
    certificate: Certificate
    pairing: Pairing

    @property
    def hosts(self) -> frozenset[str]:
        """Names with port under which it answers."""
        return frozenset(f"{name}:{self.port}" for name in (*self.addresses, *self.names))

    def links(self) -> list[str]:
        """An address for each network that pairs the device which opens it."""
        return [f"https://{one}:{self.port}/?pair={self.pairing.token}" for one in self.addresses]


class _Door:
    """Whether this server is open to the network; one for the process, as there is one server in it."""

    lan: Lan | None = None


class _Server(uvicorn.Server):
    """Ctrl-C belongs to the server on localhost, which ends this one with itself."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()


def offered() -> Lan | None:
    """What this server offers to the network; None when it answers only this machine."""
    return _Door.lan


@contextmanager
def offering(lan: Lan) -> Iterator[None]:
    """Open the door for as long as the server runs; its sockets are closed at the end."""
    _Door.lan = lan
    try:
        yield
    finally:
        _Door.lan = None
        for one in lan.sockets:
            one.close()


def prepare(inside_port: int, port: int | None = None, addresses: Sequence[str] | None = None) -> Lan:
    """Bind a port on all addresses, make the certificate and the pairing token.

    `port` None takes the first free one after `inside_port`; `addresses` None takes this machine's own.
    Raises HipformError when there is no address or the port is taken, OutputError when the certificate
    cannot be written.
    """
    own = tuple(private_addresses() if addresses is None else addresses)
    if not own:
        raise HipformError(
            "This computer has no address in a home network (192.168.…, 10.… or 172.16.… to 172.31.…), so "
            "no phone can reach it. Connect it to the same Wi-Fi as the phone and start again."
        )
    names = tuple(host_names(socket.gethostname()))
    made = certificate(data_folder() / "lan", own, names)
    first = inside_port + 1 if port is None else port
    sockets = _bound(own, range(first, first + (_PORTS_TRIED if port is None else 1)))
    found = int(sockets[0].getsockname()[1])
    return Lan(own, names, found, f"localhost:{inside_port}", sockets, made, Pairing())


def private_addresses() -> list[str]:
    """The private IPv4 addresses of this machine on networks that are up, in the system's order."""
    import psutil  # type: ignore[import-untyped]

    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    return [
        one.address
        for name, found in psutil.net_if_addrs().items()
        if name.partition(":")[0] in up and not name.lower().startswith(_NOT_THE_HOUSE)
        for one in found
        if one.family == socket.AF_INET and any(ip_address(one.address) in net for net in _PRIVATE)
    ]


@asynccontextmanager
async def lan_while_serving(app: ASGIApp) -> AsyncIterator[None]:
    """For the lifespan of `st.App`: serve the app to the network too, if that was asked for."""
    lan = offered()
    if lan is None:
        yield
        return
    server = _Server(_configured(lan, app))
    serving = asyncio.create_task(server.serve(sockets=list(lan.sockets)))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def _configured(lan: Lan, app: ASGIApp) -> uvicorn.Config:
    # Cookies do not know ports; the name keeps two servers of one machine apart, and with this prefix
    # browsers take the cookie only from this host, over HTTPS.
    cookie = f"__Host-hipform-{lan.port}"
    config = uvicorn.Config(
        PairedOnly(app, lan.pairing, lan.hosts, lan.inside, cookie),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ssl_certfile=lan.certificate.path,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=_CLOSE_WITHIN_S,
    )
    config.load()
    return config


def _bound(addresses: Sequence[str], ports: range) -> tuple[socket.socket, ...]:
    for port in ports:
        try:
            with ExitStack() as opened:
                sockets = tuple(opened.enter_context(_listening(one, port)) for one in addresses)
                opened.pop_all()
                return sockets
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise
    tried = f"Port {ports[0]} is" if len(ports) == 1 else f"Ports {ports[0]} to {ports[-1]} are"
    raise HipformError(
        f"{tried} already in use on {' or '.join(addresses)}. Choose another one, for example: "
        f"hipform dashboard --lan --lan-port {ports[-1] + 1}"
    )


def _listening(address: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name != "nt":  # there it would take a port that another program listens on
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.listen()
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made
