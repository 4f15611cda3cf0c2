"""Why a user should look at a counted movement again: what was decided about it could as well be otherwise.

A doubt changes no count. It is told as the rep's `review`, in words for the user.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from hipform.exercises.definition import Exercise
from hipform.reps.recognise import Motion, may_be_sitting, reaches_the_floor, score

# Scores (0..1) below which, or nearer to the next best than which, the exercise is not sure. Ours: of the 200
# movements of the labelled and rendered clips it speaks of six, three of them shallow partials.
SURE_SCORE = 0.6
SURE_LEAD = 0.3
# So many reps before it, all of another exercise, make a movement worth a look (ours).
SAME_BEFORE = 2


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about a movement: which exercise it is taken for, and how narrowly.

    `close`: its size is near the limit between a full and a partial rep. `ended_early`: the recording ended
    just before it was quite back.
    """

    exercise: str
    close: bool
    ended_early: bool


def doubts(
    motion: Motion, decision: Decision, exercises: Mapping[str, Exercise], done: Mapping[str, int]
) -> str | None:
    """The doubts about a decision, or None; `done` are the complete reps before it, by exercise."""
    found = []
    if not _is_clear(motion, decision.exercise, exercises):
        found.append("it is not clear which exercise this was")
    if usual := _only_other(decision.exercise, done):
        found.append(f"the reps before it were {exercises[usual].plural}")
    if decision.close:
        found.append("its depth is close to the line between a full and a partial rep")
    if decision.exercise == "squat" and may_be_sitting(motion):
        found.append(f"you stayed down for {motion.held_s:.0f} s; if you were sitting, leave it out")
    if decision.ended_early:
        found.append("the recording ends before you were quite up")
    return "; ".join(found) or None


def is_pick_up(motion: Motion, exercise: str, done: Mapping[str, int], before: str | None) -> bool:
    """Whether a lift from the floor among reps of another exercise is no more than picking something up.

    `before` is the exercise of the movement before it: a second lift in a row is a set of lifts.
    """
    lifts = exercise == "hinge" and reaches_the_floor(motion)
    return lifts and before != exercise and _only_other(exercise, done) is not None


def _is_clear(motion: Motion, exercise: str, exercises: Mapping[str, Exercise]) -> bool:
    scores = {name: score(motion.features, e.recognise) for name, e in exercises.items()}
    fit = scores.pop(exercise)
    return fit >= SURE_SCORE and fit - max(scores.values(), default=0.0) >= SURE_LEAD


def _only_other(exercise: str, done: Mapping[str, int]) -> str | None:
    others = [name for name, count in done.items() if count and name != exercise]
    return (
        others[0] if len(others) == 1 and done[others[0]] >= SAME_BEFORE and not done.get(exercise) else None
    )
