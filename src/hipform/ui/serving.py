"""What lives as long as the dashboard's server, beside Streamlit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp

from hipform.ui.desk import desk_while_serving
from hipform.ui.lan import lan_while_serving
from hipform.ui.live_hub import hub_while_serving


@asynccontextmanager
async def while_serving(app: ASGIApp) -> AsyncIterator[None]:
    """For `st.App`: when the server stops, the network is shut out first, then what was used is closed."""
    async with desk_while_serving(app), hub_while_serving(app), lan_while_serving(app):
        yield
