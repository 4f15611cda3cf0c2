"""Tests run two at a time; one that is marked `alone` has the machine to itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

try:
    import fcntl
except ImportError:  # Windows has no such locks: `pytest -n 0` keeps time-sensitive tests steady there
    fcntl = None

# Locks are held on files that are there anyway, so that nothing has to be made or removed.
ROOM = Path(__file__)
DOOR = ROOM.parents[1] / "pyproject.toml"


@contextmanager
def in_the_room(*, alone: bool) -> Iterator[None]:
    """Together with everybody else who is in the room, or alone.

    Who waits for others to leave holds the door, so that nobody goes in before.
    """
    with ROOM.open() as room:
        with DOOR.open() as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


class BrowsersTogether(LoadFileScheduling):
    """Gives each process whole files, and all that drive a browser to one: two starve each other's pages."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "browser" if "browser/" in file else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    return BrowsersTogether(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[Any]:
    """A test with its fixtures, those of its file included."""
    if fcntl is None:
        return (yield)
    with in_the_room(alone=item.get_closest_marker("alone") is not None):
        return (yield)
