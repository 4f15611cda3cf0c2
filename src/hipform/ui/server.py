"""Starts the dashboard on this machine, from any folder and from an installed wheel."""

import errno
import logging
import socket
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from typing import Final

from hipform.errors import HipformError
from hipform.ui.settings import SETTINGS

HOST: Final = "localhost"
FIRST_PORT: Final = 8501
_PORTS_TRIED: Final = 50
_START_LIMIT_S: Final = 60.0


def run(port: int | None = None, open_browser: bool = True) -> None:
    """Serve the dashboard until Ctrl-C.

    `port` None takes the first free one from 8501 on. With `open_browser` the page is opened in the
    user's browser as soon as the server answers. Every setting is passed in code, so no config file is
    needed and none in the current folder can switch usage statistics on.

    Raises HipformError when the port is taken.
    """
    from rich.console import Console

    from hipform.ui.app import app

    chosen = _free_port() if port is None else _checked(port)
    url = f"http://{HOST}:{chosen}"
    Console().print(f"hipform is running at [bold]{url}[/bold] (Ctrl-C stops it).")
    if open_browser:
        threading.Thread(target=_open_when_ready, args=(url,), daemon=True).start()
    _keep_quiet()
    app.run(config={**SETTINGS, "server.port": chosen, "logger.hideWelcomeMessage": True})


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
