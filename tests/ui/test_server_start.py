"""How the dashboard is started: settings, ports, and that Streamlit finds the app with its routes."""

import socket
import tomllib
from pathlib import Path

import pytest
from streamlit import config
from streamlit.web.server.app_discovery import discover_asgi_app

import hipform.ui.app
from hipform.errors import HipformError
from hipform.ui import server
from hipform.ui.settings import SETTINGS, main_script

ROOT = Path(__file__).resolve().parents[2]


def flat(table: dict[str, object], prefix: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = value
    return found


def test_the_config_file_says_what_the_code_says() -> None:
    text = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    assert flat(tomllib.loads(text)) == dict(SETTINGS)


def test_streamlit_knows_every_setting() -> None:
    assert set(SETTINGS) <= set(config._config_options_template)


def test_nothing_is_sent_out_and_only_this_machine_is_served() -> None:
    assert SETTINGS["browser.gatherUsageStats"] is False
    assert SETTINGS["server.address"] == "localhost"


@pytest.mark.parametrize("script", [ROOT / "app.py", main_script().with_name("app.py")])
def test_streamlit_finds_the_app_in_both_places(script: Path) -> None:
    assert discover_asgi_app(script).import_string == "app:app"


def test_the_app_runs_the_script_beside_it() -> None:
    assert hipform.ui.app.app.script_path == main_script()
    assert main_script().is_file()


def test_a_port_in_use_is_said_and_another_is_proposed() -> None:
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(HipformError, match=rf"Port {port} is already in use.*--port {port + 1}"):
            server.run(port, open_browser=False)


def test_the_next_free_port_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        taken.listen()
        monkeypatch.setattr(server, "FIRST_PORT", taken.getsockname()[1])
        assert server._free_port() > taken.getsockname()[1]


def test_run_passes_every_setting_in_code(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}
    monkeypatch.setattr(hipform.ui.app.app, "run", lambda **options: given.update(options["config"]))
    server.run(None, open_browser=False)
    assert given.items() >= SETTINGS.items()
    assert isinstance(given["server.port"], int)
