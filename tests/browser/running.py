"""Runs the real dashboard without a past, and watches whom it talks to."""

import os
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Dashboard:
    """A running dashboard, and every connection to another machine that was seen while it ran."""

    url: str
    home: Path
    pid: int
    outside: set[str] = field(default_factory=set)
    killed: bool = False

    def kill(self) -> None:
        """End the server as a power cut does: it can tidy up nothing."""
        self.killed = True
        os.kill(self.pid, signal.SIGKILL)

    def workers(self) -> list[psutil.Process]:
        """The processes that the server has started."""
        return psutil.Process(self.pid).children(recursive=True)


@contextmanager
def serving(folder: Path, command: Sequence[str]) -> Iterator[Dashboard]:
    """Run a dashboard in an empty folder, with an empty home or the one that was left here before.

    `command` ends where the port belongs.
    """
    port = free_port()
    home, empty = folder / "data", folder / "empty"
    temporary = folder / f"temporary-{port}"
    for one in (home, empty, folder / "home", temporary):
        one.mkdir(parents=True, exist_ok=True)
    log = folder / "log.txt"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("STREAMLIT_")}
    environment |= {
        "HOME": str(folder / "home"),
        "HIPFORM_HOME": str(home),
        "TMPDIR": str(temporary),
        "PYTHONUNBUFFERED": "1",
    }
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*command, str(port)], cwd=empty, env=environment, stdout=out, stderr=subprocess.STDOUT
        )
    running = Dashboard(f"http://localhost:{port}", home, process.pid)
    over = threading.Event()
    watch = threading.Thread(target=watch_connections, args=(process.pid, running.outside, over))
    watch.start()
    try:
        wait_until_ready(running.url, process, log)
        yield running
    finally:
        over.set()
        watch.join()
        process.terminate()
        process.wait(timeout=20)
    assert running.outside == set(), "the dashboard connected to another machine"
    assert running.killed or list(temporary.iterdir()) == [], "uploads were left behind"


def watch_connections(pid: int, outside: set[str], over: threading.Event) -> None:
    """Note every address beyond this machine that the process or one of its children talks to."""
    while not over.wait(0.1):
        try:
            parent = psutil.Process(pid)
            for process in (parent, *parent.children(recursive=True)):
                for connection in process.net_connections("inet"):
                    address = connection.raddr.ip if connection.raddr else "127.0.0.1"
                    if not address.removeprefix("::ffff:").startswith("127.") and address != "::1":
                        outside.add(f"{process.name()} -> {address}")
        except psutil.Error:
            continue


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):  # noqa: S310 (own localhost)
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the dashboard did not start:\n{log.read_text(encoding='utf-8')}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])
