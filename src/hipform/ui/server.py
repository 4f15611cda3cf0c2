"""Starts the dashboard on this machine, from any folder and from an installed wheel."""

import errno
import io
import logging
import socket
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Final

from hipform.errors import HipformError
from hipform.ui.settings import SETTINGS

if TYPE_CHECKING:
    from rich.console import Console

    from hipform.ui.lan import Lan

HOST: Final = "localhost"
FIRST_PORT: Final = 8501
_PORTS_TRIED: Final = 50
_START_LIMIT_S: Final = 60.0


def run(
    port: int | None = None,
    open_browser: bool = True,
    lan: bool = False,
    lan_port: int | None = None,
    lan_addresses: Sequence[str] | None = None,
) -> None:
    """Serve the dashboard until Ctrl-C.

    `port` None takes the first free one from 8501 on. With `open_browser` the page is opened in the
    user's browser as soon as the server answers. Every setting is passed in code, so no config file is
    needed and none in the current folder can switch usage statistics on.

    With `lan`, paired devices on the same network get the same app over HTTPS, on `lan_port` (None takes
    the next free one) of `lan_addresses` (None takes this machine's private ones).

    Raises HipformError when a port is taken, or when there is no address to be reached at.
    """
    from rich.console import Console

    from hipform.ui.app import app
    from hipform.ui.lan import offering, prepare

    chosen = _free_port() if port is None else _checked(port)
    url = f"http://{HOST}:{chosen}"
    open_to = prepare(chosen, lan_port, lan_addresses) if lan else None
    console = Console()
    console.print(f"hipform is running at [bold]{url}[/bold] (Ctrl-C stops it).")
    if open_to is not None:
        _tell_how_to_pair(console, open_to)
    if open_browser:
        threading.Thread(target=_open_when_ready, args=(url,), daemon=True).start()
    _keep_quiet()
    with offering(open_to) if open_to is not None else nullcontext():
        app.run(config={**SETTINGS, "server.port": chosen, "logger.hideWelcomeMessage": True})


def _tell_how_to_pair(console: "Console", lan: "Lan") -> None:
    """The code to scan, the address for who cannot scan, and what the phone will say about it."""
    import segno
    from rich.text import Text

    first, *others = lan.links()
    console.print("\n[bold]Use your phone as the camera[/bold]: in the same Wi-Fi, scan this code.\n")
    if console.is_terminal:
        picture = io.StringIO()
        segno.make_qr(first).terminal(picture, compact=True)
        # Dark on light whatever the terminal's colours are: not every phone reads it the other way round.
        console.print(Text(picture.getvalue(), style="#ffffff on #000000"))
    plain = partial(console.print, soft_wrap=True, highlight=False, markup=False, emoji=False)
    for link in (first, *others):
        plain(link)
    console.print(
        "\nThe phone warns once that it does not know this computer, because hipform made the certificate "
        "itself: what you film is encrypted all the same. Open the details there and go on. To be sure that "
        "it is this computer, compare the certificate's SHA-256 fingerprint:"
    )
    plain(lan.certificate.fingerprint)
    console.print(
        "Only devices that used this code get in, until hipform stops. A new start has a new code.\n"
    )


def _keep_quiet() -> None:
    """Leave out lines that mean nothing to the user."""
    # The server's own start and stop lines would only repeat ours.
    logging.getLogger("uvicorn.error").addFilter(lambda record: record.levelno >= logging.WARNING)
    # Streamlit takes our settings for a change of its config file while it runs, and says to restart it.
    logging.getLogger("streamlit.config").addFilter(lambda record: "An update to" not in record.getMessage())


def _checked(port: int) -> int:
    if not _is_free(port):
        raise HipformError(
            f"Port {port} is already in use, perhaps by another hipform. Close that one, or choose "
            f"another port, for example: hipform dashboard --port {port + 1}"
        )
    return port


def _free_port() -> int:
    for port in range(FIRST_PORT, FIRST_PORT + _PORTS_TRIED):
        if _is_free(port):
            return port
    raise HipformError(
        f"No free port between {FIRST_PORT} and {FIRST_PORT + _PORTS_TRIED - 1}. Choose one yourself, "
        "for example: hipform dashboard --port 9000"
    )


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the server itself binds: a port that was just left by another server is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def _open_when_ready(url: str) -> None:
    limit = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < limit:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):  # noqa: S310 (own localhost)
                webbrowser.open(url)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
