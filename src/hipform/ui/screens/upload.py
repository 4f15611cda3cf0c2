"""Upload: hand in videos or pick a sample, watch the analysis, go to the result."""

import tomllib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import streamlit as st

from hipform import __version__
from hipform.api import Options, Progress
from hipform.assets import asset
from hipform.errors import ExerciseError, HipformError
from hipform.exercises.loader import load_all
from hipform.jobs import JobStatus
from hipform.records import PoseQuality
from hipform.ui.components import uploader
from hipform.ui.desk import FINAL_STATES, Desk, Entry, Video, desk
from hipform.ui.frame import SETS, error_card, heading
from hipform.ui.person import keeping_person, sample_person
from hipform.ui.routes import upload_url
from hipform.ui.settings import UPLOAD_LIMIT_MB
from hipform.ui.text import as_markdown, clean_title
from hipform.ui.tokens import visit_token
from hipform.ui.view import time_left

_POLL_S: Final = 1.0
_AUTO: Final = "auto"
_QUALITIES: Final[dict[PoseQuality, str]] = {"fast": "Fast", "balanced": "Balanced", "best": "Best"}
_QUALITY_HELP: Final = (
    "**Fast** looks at each picture once. **Balanced** also looks at the mirror image of every other picture "
    "and takes the mean: angles waver less from rep to rep, and a joint that the two looks place differently "
    "is left out instead of being told wrongly. It takes up to half as long again. **Best** does so with "
    "every picture, for quick movements, and takes up to twice as long as Fast."
)
_STAGES: Final = {"poses": "Finding the body in each picture", "overlay": "Drawing the result"}
_ROUND: Final = "upload_round"
_ARRIVED: Final = "upload_arrived"
_FOLLOW: Final = "upload_follow"
_PROBLEM: Final = "upload_problem"


def show() -> None:
    """Draw the page."""
    heading(
        "Upload a set",
        "Squats, lunges or hip hinges, filmed with any camera. The video stays on this machine.",
    )
    _hand_in()
    active = any(status.state not in FINAL_STATES for _, status in desk().entries())
    st.fragment(_jobs, run_every=_POLL_S if active else None)(active)
    _samples()


def _hand_in() -> None:
    with st.container(border=True):
        arrived = _drop_zone()
        options = _settings("upload")
        label = f"Analyse {len(arrived)} videos" if len(arrived) > 1 else "Analyse"
        if st.button(
            label, type="primary", icon=":material/play_arrow:", disabled=not arrived, key="upload_start"
        ):
            # A fresh drop zone for the next videos.
            st.session_state[_ROUND] += 1
            st.session_state[_ARRIVED] = []
            _submit([partial(desk().submit_waiting, video_id) for video_id in arrived], options)
    problem = st.session_state.pop(_PROBLEM, None)
    if problem:
        error_card("The video was not taken", problem, "")


def _drop_zone() -> list[str]:
    gigabytes = f"{UPLOAD_LIMIT_MB / 1000:g} GB"
    data = {
        "url": upload_url(visit_token()),
        "accept": "video/*,.mkv,.avi,.mts,.m2ts,.wmv,.ts",
        "hint": f"mp4, mov, mkv, webm, avi and others, up to {gigabytes} each",
        "limit": UPLOAD_LIMIT_MB * 1_000_000,
        "tooLarge": f"It is larger than {gigabytes}. Cut it to the set itself.",
    }
    arrived = uploader(data, key=f"uploader_{st.session_state.setdefault(_ROUND, 0)}")
    for taken_back in set(st.session_state.get(_ARRIVED, [])) - set(arrived):
        desk().discard(taken_back)
    st.session_state[_ARRIVED] = arrived
    return [video_id for video_id in arrived if desk().waiting(video_id)]


def _settings(key: str) -> Options:
    try:
        names = {_AUTO: "Find out by itself"} | {one.id: one.name for one in load_all().values()}
    except ExerciseError as error:
        names = {_AUTO: "Find out by itself"}
        error_card("An exercise file breaks a rule", "Correct the file that is named below.", str(error))
    left, right = st.columns(2, vertical_alignment="bottom", gap="medium")
    with left:
        exercise = st.selectbox("Exercise", list(names), format_func=names.__getitem__, key=f"{key}_exercise")
    with right:
        mirrored = st.toggle(
            "The video is mirrored (selfie)",
            key=f"{key}_mirrored",
            help="Some phones flip the picture of the front camera: left and right are exchanged then.",
        )
    return Options(exercise=exercise, mirrored=mirrored, quality=_quality(key), person_id=keeping_person().id)


def _quality(key: str) -> PoseQuality:
    """Asks how thoroughly to look; a click on the choice made leaves it as it is."""
    return st.segmented_control(
        "Quality",
        list(_QUALITIES),
        format_func=_QUALITIES.__getitem__,
        default="balanced",
        required=True,
        key=f"{key}_quality",
        help=_QUALITY_HELP,
    )


def _submit(calls: Sequence[Callable[[Options], Entry]], options: Options) -> None:
    try:
        entries = [call(options) for call in calls]
    except HipformError as error:
        st.session_state[_PROBLEM] = str(error)
    else:
        st.session_state[_FOLLOW] = entries[0].id if len(entries) == 1 else None
    st.rerun()


def _jobs(was_active: bool) -> None:
    entries = desk().entries()
    _go_to_result(entries)
    if was_active and all(status.state in FINAL_STATES for _, status in entries):
        st.rerun()  # the polling ends with a fresh page
    if not entries:
        return
    st.subheader("Analyses", anchor=False)
    for entry, status in _in_order(entries):
        with st.container(border=True, key=f"job_{entry.id}"):
            _job(desk(), entry, status)


def _in_order(entries: list[tuple[Entry, JobStatus]]) -> list[tuple[Entry, JobStatus]]:
    """What is being worked on, then what waits in its turn, then what is over, the newest first."""
    over = [one for one in entries if one[1].state in FINAL_STATES]
    return [*(one for one in reversed(entries) if one not in over), *over]


def _go_to_result(entries: list[tuple[Entry, JobStatus]]) -> None:
    """A single video leads straight to its result, in the visit that handed it in."""
    for entry, status in entries:
        if entry.id == st.session_state.get(_FOLLOW) and status.state in FINAL_STATES:
            st.session_state[_FOLLOW] = None
            if status.state == "done" and status.set_id:
                st.switch_page(SETS, query_params={"set": status.set_id})


def _job(board: Desk, entry: Entry, status: JobStatus) -> None:
    if status.state == "running":
        _running(board, entry, status.progress)
    elif status.state == "queued":
        _queued(board, entry, status.position or 1)
    elif status.state == "done":
        _done(board, entry, status)
    elif status.state == "cancelled":
        st.markdown(f"**{as_markdown(entry.video.title)}** was stopped. Nothing of it was kept.")
        _again_or_remove(board, entry)
    else:
        # The worker knows the video by the name that we gave to its copy.
        reason = (status.error or "The analysis ended without saying why. Try it again.").replace(
            entry.video.path.name, entry.video.title
        )
        error_card(f"{entry.video.title} could not be analysed", reason, _details(entry, reason))
        _again_or_remove(board, entry)


def _running(board: Desk, entry: Entry, progress: Progress | None) -> None:
    picture, words = st.columns([1, 2], gap="medium")
    with picture:
        if progress and progress.preview_jpeg:
            st.image(progress.preview_jpeg, width="stretch")
        else:
            st.skeleton(height=160)
    with words:
        st.markdown(f"**{as_markdown(entry.video.title)}**")
        if progress is None:
            st.progress(0.0, "Starting")
        else:
            st.progress(min(1.0, max(0.0, progress.share)), _STAGES[progress.stage])
            pictures = f"{progress.frames_done} of about {progress.frames_expected} pictures"
            st.caption(f"{pictures} · {time_left(progress.left_s)}")
        st.button(
            "Stop", icon=":material/stop:", key=f"stop_{entry.id}", on_click=board.cancel, args=(entry.id,)
        )


def _queued(board: Desk, entry: Entry, position: int) -> None:
    before = "next in line" if position <= 1 else f"{position - 1} before it"
    st.markdown(f"**{as_markdown(entry.video.title)}** is waiting: {before}.")
    st.button("Stop", icon=":material/stop:", key=f"stop_{entry.id}", on_click=board.cancel, args=(entry.id,))


def _done(board: Desk, entry: Entry, status: JobStatus) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":material/check_circle: **{as_markdown(entry.video.title)}** is ready.", width="stretch"
        )
        st.page_link(
            SETS,
            label="See the result",
            icon=":material/arrow_forward:",
            query_params={"set": status.set_id or ""},
        )
        _again(board, entry)
        _remove(board, entry)


def _again_or_remove(board: Desk, entry: Entry) -> None:
    with st.container(horizontal=True):
        _again(board, entry)
        _remove(board, entry)


def _again(board: Desk, entry: Entry) -> None:
    with st.popover("Try other settings", icon=":material/tune:"):
        options = _settings(f"again_{entry.id}")
        if st.button("Analyse again", type="primary", key=f"again_start_{entry.id}"):
            try:
                board.again(entry.id, options)
            except HipformError as error:
                st.session_state[_PROBLEM] = str(error)
            st.session_state[_FOLLOW] = entry.id
            st.rerun()


def _remove(board: Desk, entry: Entry) -> None:
    st.button(
        "Remove",
        icon=":material/close:",
        key=f"remove_{entry.id}",
        on_click=board.remove,
        args=(entry.id,),
        help="Takes it off this page. A finished set stays under Sets.",
    )


def _details(entry: Entry, reason: str) -> str:
    size = entry.video.path.stat().st_size if entry.video.path.exists() else 0
    return (
        f"hipform {__version__}\nvideo: {entry.video.title} ({size / 1e6:.1f} MB)\n"
        f"exercise: {entry.options.exercise}, mirrored: {'yes' if entry.options.mirrored else 'no'}, "
        f"quality: {entry.options.quality}\n{reason}"
    )


def _samples() -> None:
    samples = sorted(asset("sample_videos").glob("*.mp4"))
    if not samples:
        return
    st.subheader("No video at hand? Try a sample", anchor=False)
    for start in range(0, len(samples), 4):
        for column, video in zip(st.columns(4), samples[start : start + 4], strict=False):
            title, description = _sample_words(video)
            with column, st.container(border=True, height="stretch", vertical_alignment="distribute"):
                with st.container():
                    st.markdown(f"**{as_markdown(title)}**")
                    st.caption(as_markdown(description))
                if st.button("Analyse this", key=f"sample_{video.stem}", width="stretch"):
                    options = Options(person_id=sample_person().id)
                    _submit([partial(desk().submit, Video(title, video, owned=False))], options)


def _sample_words(video: Path) -> tuple[str, str]:
    name = clean_title(video.stem.replace("_", " ").removeprefix("sample ").capitalize())
    try:
        about = tomllib.loads(video.with_suffix(".toml").read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError):
        about = {}
    return str(about.get("title", name)), str(about.get("description", "A short rendered clip."))
