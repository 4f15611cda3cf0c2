"""Review: one set, rep by rep, with its video, its curves and what was not measured."""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from hipform.errors import ExerciseError, HipformError, InputError
from hipform.exercises.loader import load_all
from hipform.records import SetReport
from hipform.report.set_facts import judged_words, moment_words, said_words
from hipform.report.summary import VIEW_WORDS, not_measured, sentence
from hipform.store.history import Judgement, SetEntry, open_history
from hipform.store.set_folder import SetFolder, open_set
from hipform.ui import view
from hipform.ui.components import player
from hipform.ui.frame import SETS, error_card
from hipform.ui.routes import ZIP_NAME, media_url, plotly_url
from hipform.ui.screens.set_delete import bring_back, delete_button
from hipform.ui.screens.set_edit import edit_set
from hipform.ui.text import as_markdown
from hipform.ui.tokens import visit_token

_FILES: Final = {
    "report.json": "Report (JSON)",
    "frames.csv": "Every frame (CSV)",
    "overlay.mp4": "Video with the findings drawn in (MP4)",
    "poses.npz": "Poses (NumPy)",
}
_KINDS: Final = {
    ".parquet": "Every frame (Parquet)",
    ".trc": "Markers (OpenSim TRC)",
    ".mot": "Angles (OpenSim MOT)",
}


def show(set_id: str) -> None:
    """Draw one set; an error card when there is none of this id."""
    with st.container(key="back"):
        st.page_link(SETS, label="All sets", icon=":material/arrow_back:")
    try:
        folder = open_set(set_id)
        report = folder.report()
        entry = _entry(folder)
    except HipformError as error:
        error_card("This set cannot be shown", str(error), "")
        _deleted(set_id)
        return
    words = open_history().judgements(folder.id)
    _top(entry, report, words)
    told = player(player_data(folder, entry.title, words), key=f"player_{folder.id}")
    if told is not None:
        number, accepted = told
        open_history().judge_rep(folder.id, number, accepted, words[number].note if number in words else "")
        st.rerun()
    _not_measured(report)
    _downloads(folder)
    delete_button(folder.id, entry.title)


def _entry(folder: SetFolder) -> SetEntry:
    """What the history says of it; a set that it does not have yet is taken in."""
    try:
        return open_history().entry(folder.id)
    except InputError:
        return open_history().record(folder)


def _deleted(set_id: str) -> None:
    """The way back for a set that was deleted."""
    try:
        entry = open_history().entry(set_id)
    except InputError:
        return
    if entry.deleted_at is not None:
        bring_back(set_id, "Bring it back", "back")


def player_data(folder: SetFolder, title: str, words: Mapping[int, Judgement]) -> dict[str, Any]:
    """What the player needs.

    `version` changes with the set's content; `video` and `stills` (by rep number) are addresses, `rep` the
    rep that the page's address names. `reps`, `findings` and `table` are as in `hipform.ui.view`, `curves`
    has `t` in seconds and one line for each leg and joint in degrees. `accepted` holds the user's own word
    by rep number, where there is one.
    """
    token = visit_token()
    changed = folder.report_json.stat().st_mtime_ns
    content = _content(folder.id, changed)
    overlay = folder.overlay
    stills = {
        rep["number"]: media_url(token, folder.id, folder.still(rep["number"]).name)
        for rep in content["reps"]
        if folder.still(rep["number"]).is_file()
    }
    return {
        **content,
        "version": f"{folder.id}-{changed}",
        "label": f"Video of {title} with the findings drawn in",
        "video": media_url(token, folder.id, overlay.name) if overlay else None,
        "stills": stills,
        "plotly": plotly_url(),
        "rep": _asked_rep(),
        "accepted": {number: word.accepted for number, word in words.items() if word.accepted is not None},
    }


@st.cache_data(show_spinner="Opening the set …", max_entries=8)
def _content(set_id: str, _changed: int) -> dict[str, Any]:
    folder = open_set(set_id)
    report = folder.report()
    titles = _rule_titles()
    return {
        "reps": view.rep_views(report, titles),
        "findings": view.set_findings(report, titles),
        "table": view.rep_table(report, titles),
        "curves": view.curves(folder.frames_csv, view.near_side(report)),
    }


def _rule_titles() -> dict[str, str]:
    try:
        return {rule.id: rule.title for exercise in load_all().values() for rule in exercise.rules}
    except ExerciseError:
        return {}  # the Exercises page tells about it; a set stays readable without


def _asked_rep() -> int | None:
    text = st.query_params.get("rep", "")
    return int(text) if text.isdecimal() and len(text) < 6 else None


def _top(entry: SetEntry, report: SetReport, words: Mapping[int, Judgement]) -> None:
    st.header(as_markdown(sentence(report)), anchor=False)
    how = "recognised" if report.exercise_source == "auto" else "as you said"
    facts = [
        as_markdown(entry.title),
        moment_words(entry.done_at),
        f"{as_markdown(report.exercise)} ({how})" if report.reps else "no exercise",
        VIEW_WORDS[report.view.label],
    ]
    st.caption(" · ".join(facts))
    _said(entry)
    judged = judged_words({number: word.accepted for number, word in words.items()})
    if judged:
        st.markdown(f":material/person: {judged}")
    notes = [as_markdown(note) for note in report.quality.notes]
    if notes:
        st.info("\n\n".join(notes), icon=":material/info:")


def _said(entry: SetEntry) -> None:
    """What the user said about the set, and the way to say more."""
    people = open_history().people()
    facts = [one.name for one in people if one.id == entry.person_id and len(people) > 1]
    facts += said_words(entry.load_kg, entry.shoes, entry.pain)
    with st.container(horizontal=True, vertical_alignment="center"):
        if facts:
            st.markdown(" · ".join(as_markdown(fact) for fact in facts), width="content")
        if st.button(
            "Edit date, load, notes …", icon=":material/edit:", type="tertiary", key=f"edit_{entry.id}"
        ):
            edit_set(entry.id)
    if entry.notes:
        st.markdown("  \n".join(as_markdown(line) for line in entry.notes.splitlines()))


def _not_measured(report: SetReport) -> None:
    entries = not_measured(report)
    with st.expander(f"Not measured, and why ({len(entries)})"):
        if not entries:
            st.markdown("Everything that this exercise asks for was measured.")
        for measures, where, reason in entries:
            st.markdown(f"**{as_markdown(measures)}** ({where}): {as_markdown(reason)}")


def _downloads(folder: SetFolder) -> None:
    token = visit_token()
    with st.expander("Download"):
        st.link_button(
            "Everything (ZIP)",
            media_url(token, folder.id, ZIP_NAME, download=True),
            icon=":material/folder_zip:",
            type="primary",
        )
        with st.container(horizontal=True):
            for path in folder.files():
                label = _FILES.get(path.name) or _KINDS.get(path.suffix)
                if label:
                    url = media_url(token, folder.id, path.name, download=True)
                    st.link_button(label, url, icon=":material/download:")
