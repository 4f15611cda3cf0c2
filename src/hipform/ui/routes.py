"""Routes beside Streamlit's own, all below the server's base URL path.

- `/hipform/media/<token>/<set>/<file>`: a file of a set, with Range support so that a video can be sought
- `/hipform/upload/<token>`: takes videos in
- `/hipform/live/<token>`: the WebSocket of the live page
- `/hipform/assets/plotly.min.js`: the chart library from the installed plotly package
"""

import re
from pathlib import Path
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute

from hipform.errors import HipformError
from hipform.store.set_folder import SetFolder, open_set
from hipform.ui.live_socket import live_socket
from hipform.ui.text import file_stem
from hipform.ui.tokens import TOKENS
from hipform.ui.uploads import take_upload
from hipform.ui.zip_stream import zip_chunks

ZIP_NAME: Final = "all.zip"
_PREFIX: Final = "/hipform"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_TYPES: Final = {
    ".mp4": "video/mp4",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".trc": "text/plain; charset=utf-8",
    ".mot": "text/plain; charset=utf-8",
}
_PRIVATE: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}


def dashboard_routes() -> list[BaseRoute]:
    """The routes to give to `st.App`, below the configured base URL path."""
    base = _base_path() + _PREFIX
    return [
        Route(f"{base}/media/{{token}}/{{set_id}}/{{name}}", _media),
        Route(f"{base}/upload/{{token}}", take_upload, methods=["PUT"]),
        WebSocketRoute(f"{base}/live/{{token}}", live_socket),
        Route(f"{base}/assets/plotly.min.js", _plotly),
    ]


def media_url(token: str, set_id: str, name: str, download: bool = False) -> str:
    """Address of one file of a set, for this visit's token; `download` asks the browser to save it."""
    path = "/".join(quote(part, safe="") for part in (token, set_id, name))
    return f"{_base_path()}{_PREFIX}/media/{path}" + ("?download=1" if download else "")


def upload_url(token: str) -> str:
    """Address that takes videos in, for this visit's token."""
    return f"{_base_path()}{_PREFIX}/upload/{quote(token, safe='')}"


def live_url(token: str) -> str:
    """Address of the live page's WebSocket, for this visit's token."""
    return f"{_base_path()}{_PREFIX}/live/{quote(token, safe='')}"


def plotly_url() -> str:
    """Address of the chart library; changes with its version, so that browsers may keep it."""
    from plotly import __version__

    return f"{_base_path()}{_PREFIX}/assets/plotly.min.js?v={quote(__version__)}"


def _base_path() -> str:
    from streamlit import config

    base = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


def _media(request: Request) -> Response:
    if not TOKENS.accept(request.path_params["token"]):
        return _refusal(403, "This page has expired. Reload it in the browser.")
    folder = _folder(request.path_params["set_id"])
    name = request.path_params["name"]
    if folder is None or not _NAME.fullmatch(name):
        return _refusal(404, "There is no such file.")
    if name == ZIP_NAME:
        return _zip(folder)
    path = next((file for file in folder.files() if file.name == name and file.is_file()), None)
    if path is None:
        return _refusal(404, "There is no such file.")
    return _file(folder, path, download="download" in request.query_params)


def _folder(set_id: str) -> SetFolder | None:
    try:
        return open_set(set_id)
    except HipformError:
        return None


def _file(folder: SetFolder, path: Path, download: bool) -> Response:
    shown = f"{file_stem(folder.title)}.{path.name}" if download else path.name
    return FileResponse(
        path,
        headers=_PRIVATE,
        media_type=_TYPES.get(path.suffix, "application/octet-stream"),
        filename=shown,
        content_disposition_type="attachment" if download else "inline",
    )


def _zip(folder: SetFolder) -> Response:
    files = [(path.name, path) for path in folder.files() if path.is_file()]
    name = quote(f"{file_stem(folder.title)}.hipform.zip")
    headers = {**_PRIVATE, "Content-Disposition": f"attachment; filename*=utf-8''{name}"}
    return StreamingResponse(zip_chunks(files), media_type="application/zip", headers=headers)


def _plotly(_: Request) -> Response:
    import plotly

    path = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    if not path.is_file():
        return _refusal(404, "The chart library is missing. Install plotly again.")
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type="text/javascript; charset=utf-8", headers=headers)


def _refusal(status: int, text: str) -> Response:
    return PlainTextResponse(text, status_code=status, headers=_PRIVATE)
