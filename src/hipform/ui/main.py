"""The script that Streamlit runs for every visit: frame, navigation, then the chosen page."""

import streamlit as st

from hipform.errors import HipformError
from hipform.ui.frame import error_card, page_frame, pages
from hipform.ui.person import person_switch


def main() -> None:
    """Draw the frame and the page of this visit."""
    page_frame()
    page = st.navigation(pages())
    person_switch()
    try:
        page.run()
    except HipformError as error:  # what no page can do without: a history that cannot be opened
        error_card("This page cannot be shown", str(error), "")


# Worker processes import the main module under another name; they must not draw a page.
if __name__ == "__main__":
    main()
