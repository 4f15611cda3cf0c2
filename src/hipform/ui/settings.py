"""How the dashboard's server is set up: one table, used by `hipform dashboard` and `.streamlit/config.toml`.

Streamlit reads a config file only beside the script or in the current folder. Without these settings it
sends usage statistics, asks an outside host for its own address and listens on every network interface.
So `hipform dashboard` passes the whole table in code, and a test keeps the file equal to it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

# For our own upload route; Streamlit's, which holds files in memory, is used by no page and kept small.
UPLOAD_LIMIT_MB: Final = 4000

_SERVER: Final[Mapping[str, object]] = {
    "server.address": "localhost",
    "server.headless": True,
    "server.showEmailPrompt": False,
    "server.maxUploadSize": 1,
    "server.fileWatcherType": "none",
    "server.enableStaticServing": False,
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "type",
    "client.showErrorLinks": False,
    "client.allowedOrigins": [],
}

_SHAPE: Final[Mapping[str, object]] = {
    "theme.baseRadius": "0.6rem",
    "theme.buttonRadius": "0.6rem",
    "theme.showWidgetBorder": True,
    "theme.showSidebarBorder": True,
    "theme.headingFontWeights": [650, 600, 600, 600, 600, 600],
    "theme.headingFontSizes": ["1.9rem", "1.4rem", "1.15rem", "1.05rem", "1rem", "0.95rem"],
    "theme.paddingTop": "1.25rem",
    "theme.paddingBottom": "4rem",
}

# One accent (deep teal). Pairs are chosen for WCAG AA: text on background, accent on background, and the
# button's own text on the accent.
_LIGHT: Final[Mapping[str, object]] = {
    "primaryColor": "#0B6E64",
    "backgroundColor": "#FFFFFF",
    "secondaryBackgroundColor": "#F2F5F4",
    "textColor": "#17211F",
    "linkColor": "#0B6E64",
    "borderColor": "#D5DDDB",
    "codeBackgroundColor": "#F2F5F4",
    "grayBackgroundColor": "#E9EEEC",
    "grayTextColor": "#43504D",
    "sidebar.backgroundColor": "#F6F8F7",
    "sidebar.secondaryBackgroundColor": "#E8EDEB",
    "sidebar.borderColor": "#DFE6E4",
}

_DARK: Final[Mapping[str, object]] = {
    "primaryColor": "#128073",
    "backgroundColor": "#101615",
    "secondaryBackgroundColor": "#1A2322",
    "textColor": "#E7EEEC",
    "linkColor": "#4CC7B7",
    "borderColor": "#34413F",
    "codeBackgroundColor": "#1A2322",
    "grayBackgroundColor": "#26322F",
    "grayTextColor": "#B9C6C3",
    "sidebar.backgroundColor": "#151D1C",
    "sidebar.secondaryBackgroundColor": "#212C2A",
    "sidebar.borderColor": "#2A3634",
}

SETTINGS: Final[Mapping[str, object]] = {
    **_SERVER,
    **_SHAPE,
    **{f"theme.light.{key}": value for key, value in _LIGHT.items()},
    **{f"theme.dark.{key}": value for key, value in _DARK.items()},
}


def main_script() -> Path:
    """The absolute path of the script that Streamlit runs for every visit."""
    return Path(__file__).resolve().parent / "main.py"
