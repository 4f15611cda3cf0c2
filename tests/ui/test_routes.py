"""The files of a set: whole and in part, only for a visit of this server, and nothing else."""

import io
import zipfile

import pytest
from asgi import call
from starlette.applications import Starlette
from streamlit import config

from fixtures.invented_set import write_set
from hipform.store.set_folder import SetFolder
from hipform.ui.routes import dashboard_routes, media_url, plotly_url
from hipform.ui.tokens import TOKENS


@pytest.fixture
def app() -> Starlette:
    return Starlette(routes=dashboard_routes())


@pytest.fixture
def token() -> str:
    return TOKENS.issue()


def test_a_range_gives_just_these_bytes(app: Starlette, token: str, invented: SetFolder) -> None:
    whole = invented.overlay.read_bytes()
    url = media_url(token, invented.id, "overlay.mp4")
    answer = call(app, url, headers={"range": "bytes=100-299"})
    assert answer.status == 206
    assert answer.body == whole[100:300]
    assert answer.headers["content-range"] == f"bytes 100-299/{len(whole)}"
    assert call(app, url).body == whole


def test_files_are_private_and_of_their_own_type(app: Starlette, token: str, invented: SetFolder) -> None:
    for name, kind in (
        ("overlay.mp4", "video/mp4"),
        ("rep_1.jpg", "image/jpeg"),
        ("report.json", "application/json"),
    ):
        answer = call(app, media_url(token, invented.id, name))
        assert answer.status == 200, name
        assert answer.headers["content-type"] == kind
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("other", ["", "x", "0" * 43])
def test_nothing_without_a_token_of_this_server(app: Starlette, invented: SetFolder, other: str) -> None:
    answer = call(app, f"/hipform/media/{other or '-'}/{invented.id}/overlay.mp4")
    assert answer.status == 403
    assert b"expired" in answer.body


@pytest.mark.parametrize(
    ("set_id", "name"),
    [
        ("{id}", "..%2f..%2fsecret.txt"),
        ("{id}", "%2e%2e"),
        ("{id}", "set.json"),
        ("{id}", "missing.mp4"),
        ("..", "secret.txt"),
        ("..%2f..", "secret.txt"),
        ("000000000000", "overlay.mp4"),
    ],
)
def test_only_files_of_the_set_are_served(token: str, invented: SetFolder, set_id: str, name: str) -> None:
    for folder in invented.path.parents[:3]:
        (folder / "secret.txt").write_text("secret", encoding="utf-8")
    app = Starlette(routes=dashboard_routes())
    answer = call(app, f"/hipform/media/{token}/{set_id.format(id=invented.id)}/{name}")
    assert answer.status == 404
    assert b"secret" not in answer.body


def test_a_download_is_named_after_the_users_file(app: Starlette, token: str) -> None:
    folder = write_set(title='../a "b" <c>.mov')
    answer = call(app, media_url(token, folder.id, "report.json", download=True))
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "a%20_b_%20_c_.report.json" in answer.headers["content-disposition"]


def test_everything_comes_as_one_archive(app: Starlette, token: str, invented: SetFolder) -> None:
    answer = call(app, media_url(token, invented.id, "all.zip"))
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        assert {"report.json", "frames.csv", "overlay.mp4", "rep_1.jpg"} <= set(archive.namelist())
        assert archive.read("overlay.mp4") == invented.overlay.read_bytes()


def test_the_chart_library_comes_from_the_installed_package(app: Starlette) -> None:
    answer = call(app, plotly_url())
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert b"plotly.js v" in answer.body[:200]


def test_all_paths_follow_the_base_url_path(
    monkeypatch: pytest.MonkeyPatch, token: str, invented: SetFolder
) -> None:
    before = config.get_option
    monkeypatch.setattr(
        config, "get_option", lambda key: "/my/base/" if key == "server.baseUrlPath" else before(key)
    )
    url = media_url(token, invented.id, "overlay.mp4")
    assert url.startswith("/my/base/hipform/")
    assert call(Starlette(routes=dashboard_routes()), url).status == 200
