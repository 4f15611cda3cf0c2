"""Parts of pages that are drawn by the browser: drop zone, Review player, live stage, choice of a voice."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_ASSETS: Final = Path(__file__).resolve().parent / "assets"
_LIVE: Final = (
    "dom",
    "speech",
    *("live_wire", "live_camera", "live_frames", "live_picture", "live_sound"),
    *("live_figures", "live_stage", "live_panels", "live_before", "live_film", "live_watch", "live"),
)


def player(data: dict[str, Any], key: str) -> tuple[int, bool | None] | None:
    """Show the player; gives the rep that was just accepted (True), rejected (False) or neither (None).

    What `data` holds is written down in `hipform.ui.screens.review.player_data`.
    """
    scripts = ("dom", "video", "curves", "judging", "reps", "player")
    result = _component("player", scripts)(data=data, key=key, on_judged_change=_rerun_only)
    judged = result.get("judged")
    if not isinstance(judged, dict) or judged.get("accepted") not in (True, False, None):
        return None
    number = judged.get("rep")
    return (number, judged["accepted"]) if isinstance(number, int) else None


def uploader(data: dict[str, Any], key: str) -> list[str]:
    """Show the drop zone; returns the desk's ids of the videos that have arrived so far.

    `data`: `url` to send to, `accept` and `hint` for the choice of files, `limit` in bytes, and `tooLarge`,
    the words for a larger file.
    """
    result = _component("uploader", ("dom", "uploader"))(data=data, key=key, on_files_change=_rerun_only)
    files = result.get("files") or []
    return [one for one in files if isinstance(one, str)]


def live(data: dict[str, Any], key: str) -> dict[str, str | None]:
    """Show the Live page's button and stage; `open` is the set that the user wants to see, None before that.

    What `data` holds is written down in `hipform.ui.screens.live.live_data`.
    """
    result = _component("live", _LIVE)(data=data, key=key, on_open_change=_rerun_only)
    wanted = result.get("open")
    return {"open": wanted if isinstance(wanted, str) else None}


def voice(data: dict[str, Any], key: str) -> dict[str, str] | None:
    """Show the choice of a voice; returns `language` and `voice` as last chosen, None before any choice.

    `data`: the kept `language` and `voice` ("" leaves it to the browser), and for trying it the `volume`
    (0..1) and whether there is a `tone`.
    """
    result = _component("voice", ("dom", "speech", "voice"))(data=data, key=key, on_choice_change=_rerun_only)
    choice = result.get("choice")
    if not isinstance(choice, dict):
        return None
    return {name: str(choice.get(name, "")) for name in ("language", "voice")}


@cache
def _component(name: str, scripts: tuple[str, ...]) -> ComponentRenderer:
    # One module: the browser loads it from memory, where files cannot import each other.
    script = "\n".join(_read(f"{one}.js") for one in scripts)
    style = _read("base.css") + _read(f"{name}.css")
    # Not isolated: Plotly puts its own style into the page, which a shadow root would keep out.
    return st.components.v2.component(f"hipform_{name}", js=script, css=style, isolate_styles=False)


def _read(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _rerun_only() -> None:
    """The page reads the new state by itself; Streamlit wants a callback for each one."""
