"""What all pages share: frame, navigation, headings, error cards and empty pages."""

from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.navigation.page import Page

from hipform.ui.text import as_markdown

LIVE: Final = "page/live.py"
UPLOAD: Final = "page/upload.py"
SETS: Final = "page/sets.py"
TRENDS: Final = "page/trends.py"
EXERCISES: Final = "page/exercises.py"
SETTINGS: Final = "page/settings.py"

_SIDEBAR_PX: Final = 220

_HERE: Final = Path(__file__).resolve().parent


def pages() -> list[Page]:
    """The pages in the order of the navigation."""
    return [
        st.Page(_HERE / LIVE, title="Live", icon=":material/videocam:"),
        st.Page(_HERE / UPLOAD, title="Upload", icon=":material/upload:", default=True),
        st.Page(_HERE / SETS, title="Sets", icon=":material/play_circle:"),
        st.Page(_HERE / TRENDS, title="Trends", icon=":material/show_chart:"),
        st.Page(_HERE / EXERCISES, title="Exercises", icon=":material/fitness_center:"),
        st.Page(_HERE / SETTINGS, title="Settings", icon=":material/tune:"),
    ]


def page_frame() -> None:
    """Title of the browser tab, logo and page width."""
    st.set_page_config(
        page_title="hipform",
        page_icon=str(_HERE / "images" / "mark.svg"),
        layout="wide",
        initial_sidebar_state=_SIDEBAR_PX,
    )
    st.html(_HERE / "page.css")
    st.logo(str(_HERE / "images" / "logo.svg"), icon_image=str(_HERE / "images" / "mark.svg"), size="large")


def heading(title: str, subtitle: str) -> None:
    """The page's title with one line of what it is for."""
    st.title(title, anchor=False)
    if subtitle:
        st.markdown(subtitle)


def error_card(title: str, advice: str, details: str) -> None:
    """What happened, what to do, and the details folded with a copy button. Any text is safe here."""
    st.error(f"**{as_markdown(title)}**\n\n{as_markdown(advice)}", icon=":material/error:")
    if details:
        with st.expander("Details"):
            st.code(details, language=None, wrap_lines=True)


def empty_page(title: str, text: str) -> None:
    """What will be here, and the one action that fills it."""
    with st.container(border=True, horizontal_alignment="center", gap="medium"):
        st.subheader(title, anchor=False, text_alignment="center")
        st.markdown(text, text_alignment="center")
        st.page_link(UPLOAD, label="Upload a video or try a sample", icon=":material/upload:")
