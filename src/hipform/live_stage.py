"""One live set of a page: what the page is told of each picture, and the report at the end."""

from collections.abc import Callable
from typing import Any

from hipform import live_wire
from hipform.api import PeopleLook, chosen_exercises
from hipform.capture.browser_camera import BrowserCamera
from hipform.coach import Coach
from hipform.errors import HipformError
from hipform.kinematics.view import estimate_view, near_side
from hipform.live import Settings, run
from hipform.live_checks import PictureChecks
from hipform.live_wire import Begin, Ended, Why, event, known
from hipform.records import Frame, Pose, PoseTrack
from hipform.session.gauge import Reading
from hipform.session.live_set import LiveRules, Moment
from hipform.store import preferences

# Is given the number of the picture and the message about it.
Look = Callable[[int, str], None]
Tell = Callable[[str], None]


def warm_up() -> PeopleLook | None:
    """Load what a set needs, so that one begins at once; what looks for other people."""
    from hipform.pose.mediapipe_landmarker import MediaPipeLandmarker, PeopleCounter
    from hipform.pose.models import find_model

    try:
        model = find_model(None)
        MediaPipeLandmarker(model).close()
        return PeopleCounter(model)
    except HipformError:
        return None  # a set will say what is wrong


class Stage:
    """Does one set with the pictures of a page. `people` looks for others in them, if it is not None.

    `look` is given the message about each analysed picture, `tell` all others.
    """

    def __init__(
        self, begin: Begin, camera: BrowserCamera, people: PeopleLook | None, look: Look, tell: Tell
    ) -> None:
        self._camera = camera
        self._look = look
        self._tell = tell
        self._ending: Ended | None = None
        self._settings = _settings(begin)
        exercises = chosen_exercises(self._settings.options)
        self._coach = Coach(lambda _line: None, self._say, *exercises)
        self._checks = PictureChecks(people, camera.notes, with_video=begin.keep_video)

    def do(self, why: Callable[[], Why | None]) -> str:
        """Do the set and keep it; what the page is told in the end. Raises what `hipform.live.run` raises.

        `why` says why it was ended from outside, None while it was not. A set that was begun again before its
        first rep is told of in no word.
        """
        done = run(self._camera, self._settings, self._show, self._work)
        outside = why()
        if done is None and outside == "again":
            return ""
        ending = self._ending or ("stopped" if outside is None or outside == "again" else outside)
        if done is None:
            return live_wire.over(ending, None, None)
        return live_wire.over(ending, done.set_id, done.analysis.report)

    def _show(self, frame: Frame, pose: Pose, moment: Moment) -> None:
        remark = self._checks.push(frame, getting_ready=moment.stage == "getting ready")
        self._coach.push(frame.t_s, moment, remark)
        if moment.gauge is not None and moment.gauge.reached:
            self._tell(event("tone"))
        if moment.update is not None:
            self._tell_reps(frame, moment)
        self._look(frame.index, self._look_text(frame, pose, moment))
        self._ending = moment.ending

    def _tell_reps(self, frame: Frame, moment: Moment) -> None:
        if moment.update is None:
            return
        ago_s = moment.kept[-1].t_s
        for rep in moment.update.finished:
            end_s = self._camera.page_s(frame.t_s) - (ago_s - rep.end_s)
            self._tell(live_wire.rep_done(rep, end_s))

    def _look_text(self, frame: Frame, pose: Pose, moment: Moment) -> str:
        shown = self._coach.shown
        return event(
            "look",
            number=frame.index,
            t=self._camera.page_s(frame.t_s),
            stage=moment.stage,
            points=live_wire.points(pose, self._camera.size),
            near=near_side(estimate_view(PoseTrack.of([pose]))) if pose.found else None,
            hint=shown.hint,
            view=shown.view,
            advice=shown.advice,
            readyIn=known(shown.ready_in_s),
            count=shown.count,
            phase=moment.update.phase if moment.update else "unknown",
            phaseS=known(shown.phase_s),
            gauge=_gauge(moment.gauge),
            lastRep=shown.last_rep,
            cue=shown.cue,
        )

    def _say(self, text: str) -> None:
        self._tell(event("say", text=text))

    def _work(self, what: str, share: float | None) -> None:
        self._tell(event("working", what=what, share=known(share)))


def _settings(begin: Begin) -> Settings:
    rules = LiveRules(countdown_s=begin.countdown, reps=begin.reps, quiet_end_s=begin.quiet)
    targets = preferences.load().targets
    return Settings(
        begin.exercise,
        rules=rules,
        targets=targets,
        keep_video=begin.keep_video,
        person_id=begin.person,
    )


def _gauge(reading: Reading | None) -> dict[str, Any] | None:
    if reading is None:
        return None
    return {
        "share": known(reading.share),
        "target": known(reading.target),
        "ghost": known(reading.ghost),
        "text": reading.text,
    }
