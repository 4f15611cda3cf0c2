"""One script a page, as `st.navigation` runs them; the screens themselves are in `hipform.ui.screens`.

A folder called `pages` would make Streamlit open the scripts of deep links by themselves, without frame.
"""
