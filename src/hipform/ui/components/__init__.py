"""Parts of pages that are drawn by the browser: the drop zone and the Review player."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_ASSETS: Final = Path(__file__).resolve().parent / "assets"


def player(data: dict[str, Any], key: str) -> None:
    """Show the player. What `data` holds is written down in `hipform.ui.screens.review.player_data`."""
    _component("player", ("dom", "video", "curves", "reps", "player"))(data=data, key=key)


def uploader(data: dict[str, Any], key: str) -> list[str]:
    """Show the drop zone; returns the desk's ids of the videos that have arrived so far.

    `data`: `url` to send to, `accept` and `hint` for the choice of files, `limit` in bytes, and `tooLarge`,
    the words for a larger file.
    """
    result = _component("uploader", ("dom", "uploader"))(data=data, key=key, on_files_change=_rerun_only)
    files = result.get("files") or []
    return [one for one in files if isinstance(one, str)]


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
