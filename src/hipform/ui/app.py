"""The dashboard as an ASGI app: pages, media routes and the guard in front of both.

Streamlit finds `app` by reading this file, so it must literally be `app = st.App(…)`: an imported or
built one would be served without its routes. The same lines stand in `app.py` at the top of the checkout.
"""

import streamlit as st

from hipform.ui.guard import guard
from hipform.ui.routes import dashboard_routes
from hipform.ui.serving import while_serving
from hipform.ui.settings import main_script

app = st.App(main_script(), routes=dashboard_routes(), middleware=[guard()], lifespan=while_serving)
