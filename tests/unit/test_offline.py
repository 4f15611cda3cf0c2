"""Nothing leaves the machine: every connection that the program or a child of it tries is watched.

`strace` sees each attempt, also one that fails; without it open sockets are looked at many times a second.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path

import psutil
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

HIPFORM = [sys.executable, "-P", "-m", "hipform"]
ADDRESS = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')


@contextmanager
def watched(command: list[str], folder: Path) -> Iterator[tuple["subprocess.Popen[str]", set[str]]]:
    """Run a command in an empty folder with an empty home; the addresses outside this machine that it tried.

    The set is complete when the block is left.
    """
    (folder / "home").mkdir()
    here = {k: v for k, v in os.environ.items() if not k.startswith(("HIPFORM_", "STREAMLIT_", "XDG_"))}
    trace = folder.parent / f"{folder.name}.trace"
    strace = shutil.which("strace")
    # With a filter in the kernel only these calls stop the program, not each one that it makes.
    calls = ["--seccomp-bpf", "-e", "trace=connect,sendto,sendmsg"]
    spying = [strace, "-f", "-qq", *calls, "-o", str(trace)] if strace else []
    process = subprocess.Popen(
        [*spying, *command],
        cwd=folder,
        env=here | {"HOME": str(folder / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    tried: set[str] = set()
    looking = threading.Thread(target=_look_at_sockets, args=(process, tried))
    looking.start()
    try:
        yield process, tried
    finally:
        _end(process)
        looking.join()
        if trace.exists():
            found = ADDRESS.findall(trace.read_text(errors="replace"))
            tried |= {a or b for a, b in found if not ip_address(a or b).is_loopback}


def _look_at_sockets(process: "subprocess.Popen[str]", tried: set[str]) -> None:
    parent = psutil.Process(process.pid)
    while process.poll() is None:
        with suppress(psutil.Error):
            for one in [parent, *parent.children(recursive=True)]:
                remote = {c.raddr.ip for c in one.net_connections("inet") if c.raddr}
                tried |= {ip for ip in remote if not ip_address(ip).is_loopback}
        time.sleep(0.05)


def _end(process: "subprocess.Popen[str]") -> None:
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.terminate()
    process.terminate()
    process.communicate(timeout=30)


@pytest.fixture
def empty(tmp_path):
    (tmp_path / "empty").mkdir()
    return tmp_path / "empty"


@pytest.mark.parametrize("child", [False, True])
def test_the_watch_sees_an_attempt(empty, child):
    # 192.0.2.1 is set aside for documentation, and a datagram socket sends nothing when it connects.
    code = "import socket, time; s = socket.socket(type=2); s.connect(('192.0.2.1', 9)); time.sleep(1)"
    if child:
        code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
    with watched([sys.executable, "-c", code], empty) as (process, tried):
        process.wait(timeout=20)
    assert tried == {"192.0.2.1"}


def test_the_demo_shows_the_way_and_connects_to_nothing(empty):
    with watched([*HIPFORM, "demo"], empty) as (process, tried):
        output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    assert "5 squats" in output
    assert "hipform dashboard" in output
    results = empty / "hipform_results"
    assert (results / "sample_squat_side.overlay.mp4").stat().st_size > 100_000
    assert (results / "sample_squat_side.frames.csv").stat().st_size > 50_000
    assert len(json.loads((results / "sample_squat_side.json").read_text())["reps"]) == 5
    assert tried == set()


def test_the_dashboard_connects_to_nothing(empty):
    port = _free_port()
    with watched([*HIPFORM, "dashboard", "--no-browser", "--port", str(port)], empty) as (process, tried):
        _wait_for(process, f"http://localhost:{port}/_stcore/health")
        for page in ("", "sets", "exercises"):
            assert _open_page(port, page) > 5
    assert tried == set()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def _wait_for(process: "subprocess.Popen[str]", url: str) -> None:
    for _ in range(300):
        assert process.poll() is None, process.communicate()[0]
        with suppress(OSError), urllib.request.urlopen(url, timeout=2):  # noqa: S310 (our own localhost)
            return
        time.sleep(0.2)
    raise AssertionError("the dashboard did not start")


def _open_page(port: int, page: str) -> int:
    """Open a page as a browser does; the number of elements that it shows once its script has run."""
    stream = f"ws://localhost:{port}/_stcore/stream"
    rerun = BackMsg()
    rerun.rerun_script.page_name = page
    elements = 0
    with connect(
        stream, origin=f"http://localhost:{port}", subprotocols=["streamlit"], max_size=None
    ) as channel:
        channel.send(rerun.SerializeToString())
        while True:
            message = ForwardMsg.FromString(channel.recv(timeout=60))
            kind = message.WhichOneof("type")
            assert kind != "page_not_found", page
            if kind == "delta":
                elements += 1
                assert message.delta.new_element.WhichOneof("type") != "exception", message
            if kind == "script_finished":
                return elements
