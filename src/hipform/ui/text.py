"""Names that came from outside, made fit for the screen."""

import re
from typing import Final

_LONGEST: Final = 120
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")


def clean_title(name: str) -> str:
    """A file name as a title: without folders, control characters or excess length.

    Only for showing: it is never used as a path.
    """
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(c if c.isprintable() else " " for c in last)
    title = re.sub(r"\s+", " ", visible).strip(" .")
    return title[:_LONGEST] or "video"


def file_stem(title: str) -> str:
    """A title as the first part of a download's name: letters, digits, space, dot, dash, underscore."""
    stem = re.sub(r"\.[A-Za-z0-9]{2,4}$", "", clean_title(title))
    return re.sub(r"[^\w .-]", "_", stem).strip(" .") or "video"


def as_markdown(text: str) -> str:
    """The text with every sign escaped that Streamlit's Markdown would act on."""
    return _MARKDOWN.sub(r"\\\1", text)
