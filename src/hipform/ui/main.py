"""The script that Streamlit runs for every visit: frame, navigation, then the chosen page."""

import streamlit as st

from hipform.ui.frame import page_frame, pages


def main() -> None:
    """Draw the frame and the page of this visit."""
    page_frame()
    st.navigation(pages()).run()


# Worker processes import the main module under another name; they must not draw a page.
if __name__ == "__main__":
    main()
