"""Every test of the screens has a data folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hand_queue import HandQueue

from fixtures.invented_set import write_set
from hipform.store import history as history_module
from hipform.store.set_folder import SetFolder
from hipform.ui import desk as desk_module
from hipform.ui.desk import Desk


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder of the test's own, with a history of its own."""
    monkeypatch.setenv("HIPFORM_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("HIPFORM_DATABASE_URL", raising=False)
    yield tmp_path / "home"
    for one in history_module._open.values():
        one.close()
    history_module._open.clear()


@pytest.fixture(autouse=True)
def fresh_caches() -> Iterator[None]:
    """Streamlit keeps cached values for the whole process; each test starts without."""
    import streamlit as st

    yield
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def invented() -> SetFolder:
    return write_set()


@pytest.fixture
def jobs() -> HandQueue:
    return HandQueue()


@pytest.fixture(autouse=True)
def board(jobs: HandQueue, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The desk of the server, with a queue that the test moves by hand."""
    made = Desk(jobs)
    monkeypatch.setattr(desk_module, "_desk", lambda: made)
    yield made
    made.close()
