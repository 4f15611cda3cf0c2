"""The route that takes videos in: straight from the request to the disk, never held in memory.

`PUT /hipform/upload/<token>?name=…&modified=…` with the file as its body answers `{"id", "title"}`. The
name is only shown, `modified` (milliseconds since 1970) is the time of the user's file.
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from hipform.errors import HipformError
from hipform.ui.desk import Upload, desk
from hipform.ui.settings import UPLOAD_LIMIT_MB
from hipform.ui.tokens import TOKENS

_LIMIT_BYTES = UPLOAD_LIMIT_MB * 1_000_000


class _TooLargeError(HipformError):
    """More than the limit has arrived."""


async def take_upload(request: Request) -> Response:
    """Store the body as a video on the desk; nothing stays of one that does not arrive whole."""
    if not TOKENS.accept(request.path_params["token"]):
        return _answer(403, error="This page has expired. Reload it in the browser.")
    try:
        upload = desk().receive(request.query_params.get("name", ""))
    except HipformError as error:
        return _answer(507, error=str(error))
    try:
        await _fill(upload, request)
        video = upload.finish(_modified_s(request))
    except _TooLargeError as error:
        upload.abort()
        return _answer(413, error=str(error))
    except HipformError as error:
        upload.abort()
        return _answer(507, error=str(error))
    except ClientDisconnect:
        upload.abort()
        return Response(status_code=400)
    return _answer(200, id=desk().lay_down(video), title=video.title)


async def _fill(upload: Upload, request: Request) -> None:
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > _LIMIT_BYTES:
            raise _TooLargeError(
                f"This video is larger than {UPLOAD_LIMIT_MB / 1000:g} GB. Cut it to the set itself, or use "
                "“hipform analyze” on the command line, which has no limit."
            )
        await run_in_threadpool(upload.write, piece)


def _modified_s(request: Request) -> float | None:
    text = request.query_params.get("modified", "")
    return int(text) / 1000 if text.isdecimal() and 0 < len(text) <= 13 else None


def _answer(status: int, **content: str) -> Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return JSONResponse(content, status_code=status, headers=headers)
