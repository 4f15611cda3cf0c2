"""Which one thing to say after a rep, and when to say nothing.

A cue is said when its rule has fired in two of the last three reps, the most important one first and only
one at a time; then there is quiet for a rep, and the same cue waits longer. A cue that helped is answered
with a word of praise, once the fault is clear of its limit and not merely just inside it. Numbers:
docs/method.md; the waits are our own choice.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

from hipform.records import Finding

NEEDED, AMONG = 2, 3
# Reps after any cue in which nothing is said, and reps before the same cue may be said again.
QUIET_REPS: Final = 1
REPEAT_REPS: Final = 4
PRAISE: Final = "That is better. Keep it like this."

# Most important first: balance, heels, knees, depth and standing up, trunk and hinge, tempo. A rule that
# is not listed (of a user's own exercise) comes after all of these.
ORDER: Final = (
    "balance",
    "heel_rise",
    "knees_in",
    "pelvic_drop",
    "hip_shift",
    "side_lean",
    "knees_past_toes",
    "depth",
    "hinge_depth",
    "rear_knee_height",
    "lockout",
    "hips_rise_first",
    "trunk_lean",
    "trunk_vs_shin",
    "squatty_hinge",
    "hip_knee_ratio",
    "shin_moves",
    "front_shin",
    "knees_locked",
    "step_length",
    "bar_path",
    "neck",
    "too_fast",
)


class CuePolicy:
    """Push the findings of one rep after the other; back comes the cue to say now, or None."""

    def __init__(self) -> None:
        self._recent: deque[set[str]] = deque(maxlen=AMONG)
        self._said: dict[str, int] = {}
        self._reps = 0
        self._last_cue = -QUIET_REPS - 1

    def push(self, findings: Sequence[Finding], cleared: frozenset[str] = frozenset()) -> str | None:
        """The cue after a rep with these findings.

        `cleared` are the rules that were judged in this rep and are well inside their limits
        (`checker.judge_rep`); a rule that is just inside, or was not seen, is neither fault nor better.
        Findings of severity "info" are never said.
        """
        self._reps += 1
        serious = [f for f in findings if f.severity != "info"]
        self._recent.append({f.rule for f in serious})
        better = [rule for rule in self._said if rule in cleared]
        for rule in better:
            del self._said[rule]
            for rules in self._recent:
                rules.discard(rule)
        chosen = self._most_important(serious)
        if chosen is not None:
            self._said[chosen.rule] = self._last_cue = self._reps
            return chosen.cue
        return PRAISE if better and not serious else None

    def _most_important(self, serious: Sequence[Finding]) -> Finding | None:
        if self._reps - self._last_cue <= QUIET_REPS:
            return None
        due = [f for f in serious if self._is_due(f.rule)]
        return min(due, key=_rank, default=None)

    def _is_due(self, rule: str) -> bool:
        if rule in self._said:
            return self._reps - self._said[rule] >= REPEAT_REPS
        return sum(rule in rules for rules in self._recent) >= NEEDED


def _rank(finding: Finding) -> tuple[int, bool, float]:
    """Order of importance; between two of one rule the fault, then the one further past its limit."""
    place = ORDER.index(finding.rule) if finding.rule in ORDER else len(ORDER)
    return place, finding.severity != "fault", -abs(finding.measured - finding.limit)
