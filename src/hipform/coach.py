"""What is shown and said of a live set, whatever shows it: a terminal, a window, a page.

Pushed moment after moment, with no clock of its own. It speaks little: what to change before the set, a
count down, then one thing after each rep.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from types import MappingProxyType
from typing import Final

from hipform.exercises.definition import Exercise
from hipform.records import Update, View
from hipform.report.rep_line import rep_line
from hipform.report.summary import VIEW_WORDS, number_of
from hipform.session.live_set import Ending, Moment
from hipform.session.view_advice import advice, spoken_advice

# How long a hint must hold before it is shown or said, and how long before it is said again (ours).
HINT_HOLDS_S: Final = 1.0
HINT_AGAIN_S: Final = 8.0
# The last seconds of a countdown that are said one by one (ours).
COUNTED_DOWN: Final = 3

ENDINGS: Final[dict[Ending, str]] = {
    "reps": "All reps done: the set is over.",
    "quiet": "No rep for a while: the set is over.",
    "left": "You left the picture: the set is over.",
    "hand": "You raised your hand: the set is over.",
}


@dataclass(slots=True)
class Shown:
    """What is to be seen at a moment; empty where there is nothing to say.

    `advice`: what this view will not measure. `ready_in_s`: seconds left of the countdown, None without one.
    `phase_s`: how long this phase lasts by now.
    """

    stage: str = "get ready"
    view: str = ""
    advice: str = ""
    ready_in_s: float | None = None
    count: int = 0
    phase: str = ""
    phase_s: float = 0.0
    hint: str = ""
    last_rep: str = ""
    cue: str = ""


class Coach:
    """Turns moments of a live set into what is shown and said; holds hints back until they are steady.

    `tell` is given each line that is worth keeping on the screen, `say` what is to be heard. `exercises` and
    `given` are those of the set: with them it says what the camera's view will not measure.
    """

    def __init__(
        self,
        tell: Callable[[str], None],
        say: Callable[[str], None],
        exercises: Mapping[str, Exercise] = MappingProxyType({}),
        given: str | None = None,
    ) -> None:
        self.shown = Shown()
        self._tell = tell
        self._say = say
        self._exercises = exercises
        self._given = given
        self._hint_since_s = 0.0
        self._hint_said_s = -HINT_AGAIN_S
        self._pending = ""
        self._counted_down: int | None = None
        self._phase_since_s = 0.0

    def push(self, t_s: float, moment: Moment, remark: str = "") -> None:
        """Take what one pose came to at `t_s`.

        `remark` is what the picture itself says before a set (too dark, two people); it goes before the hint.
        """
        if moment.dropped:
            self.shown = Shown()
            self._counted_down = None
            self._tell("You left the picture before the first rep: the set begins again.")
        elif moment.stage == "getting ready":
            self._get_ready(t_s, moment, remark)
        elif moment.began:
            self._begin(t_s, moment.view)
        if moment.update is not None:
            self._take(t_s, moment.update, last=moment.ending is not None)
        if moment.ending is not None:
            self.shown.stage = "over"
            done = number_of(self.shown.count, "rep")
            self._announce(f"{done}. The set is over.", ENDINGS[moment.ending])

    def _get_ready(self, t_s: float, moment: Moment, remark: str) -> None:
        self._see(moment.view)
        self.shown.ready_in_s = moment.ready_in_s
        self._hint(t_s, remark or moment.hint or "")
        if moment.ready_in_s is None:
            return
        number = ceil(moment.ready_in_s)
        if 0 < number <= COUNTED_DOWN and number != self._counted_down:
            self._counted_down = number
            self._say(str(number))

    def _begin(self, t_s: float, view: View | None) -> None:
        self.shown = Shown(stage="go")
        self._see(view)
        self._phase_since_s = t_s
        heard = "Ready." if self._counted_down is None else "Go."
        short = spoken_advice(view, self._exercises, self._given) if view else ""
        self._announce(" ".join(filter(None, [heard, short])), f"Ready, {self.shown.view}.")
        if self.shown.advice:
            self._tell(self.shown.advice)

    def _see(self, view: View | None) -> None:
        self.shown.view = VIEW_WORDS[view.label] if view else ""
        self.shown.advice = advice(view, self._exercises, self._given) if view else ""

    def _take(self, t_s: float, update: Update, *, last: bool) -> None:
        if update.phase != self.shown.phase:
            self._phase_since_s = t_s
        self.shown.count, self.shown.phase = update.rep_count, update.phase
        self.shown.phase_s = t_s - self._phase_since_s
        for rep in update.finished:
            self.shown.last_rep, self.shown.cue = f"Rep {rep.number}: {rep_line(rep)}", ""
            self._tell(self.shown.last_rep)
        if update.cue:
            self.shown.cue = update.cue
            self._announce(update.cue, f"  {update.cue}")
        elif any(rep.complete for rep in update.finished) and not last:
            self._say(str(update.rep_count))

    def _announce(self, heard: str, read: str) -> None:
        self._say(heard)
        self._tell(read)

    def _hint(self, t_s: float, hint: str) -> None:
        if hint != self._pending:
            self._pending, self._hint_since_s = hint, t_s
        if hint and t_s - self._hint_since_s < HINT_HOLDS_S:
            return
        new = hint != self.shown.hint
        self.shown.hint = hint
        if not hint:
            return
        if new:
            self._tell(hint)
        if new or t_s - self._hint_said_s >= HINT_AGAIN_S:
            self._hint_said_s = t_s
            self._say(hint)
