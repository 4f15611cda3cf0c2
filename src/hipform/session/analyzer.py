"""The brain: push one pose, get back what it changed. It uses only the past and reads no clock.

Counting is done at once. A counted rep is measured a moment later, when enough of the standing after it
was seen; that moment is part of the poses' own time, so live and recorded do the same.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from hipform.exercises.definition import Exercise, RepRule
from hipform.form.checker import Judgement, judge_rep
from hipform.form.cues import CuePolicy
from hipform.kinematics.bend import BendMeter
from hipform.kinematics.swaps import with_legs_put_right
from hipform.records import Phase, Pose, PoseTrack, Rep, RepSpan, Update
from hipform.reps.counter import RepCounter, SizeJudge, components_of
from hipform.reps.measure import MARGIN_S, Counted, measure_rep
from hipform.reps.recognise import LEAST_SCORE_CUT_OFF, describe_motion, lead_side, recognise, variant

# How much standing after a rep is waited for before it is measured.
SETTLE_S = 0.4
# Quiet standing that a rep is held against: at most this much, and not its last moment, in which the
# movement already begins.
STANDING_S = 2.0
NOT_STILL_S = 0.3


@dataclass(frozen=True, slots=True)
class _Waiting:
    span: RepSpan
    counted: Counted
    due_s: float


class Analyzer:
    """Counts, recognises, measures and judges the reps of one set.

    `exercises` are the definitions by id; with `given` only that one is counted, else each movement is
    recognised by itself.
    """

    def __init__(self, exercises: Mapping[str, Exercise], given: str | None = None) -> None:
        self._exercises = {given: exercises[given]} if given else dict(exercises)
        rules = [e.rep for e in self._exercises.values()]
        self._rule = _loosest(rules)
        self._counter = RepCounter(self._rule, components_of(rules))
        self._judge = SizeJudge()
        self._meter = BendMeter()
        self._cues = CuePolicy()
        self._poses: deque[Pose] = deque()
        self._standing: deque[Pose] = deque()
        self._waiting: list[_Waiting] = []
        self._scores: list[float] = []
        self._usual: str | None = None
        self._count = 0
        self._number = 0

    @property
    def phase(self) -> Phase:
        """The phase after the last pushed pose."""
        return self._counter.phase

    @property
    def confidence(self) -> float:
        """Mean recognition score of the reps, 0..1; 0 without any."""
        return sum(self._scores) / len(self._scores) if self._scores else 0.0

    def push(self, pose: Pose) -> Update:
        """Take the next pose; `t_s` must grow."""
        self._remember(pose)
        span = self._counter.push(pose.t_s, self._meter.push(pose))
        if self._counter.phase == "standing" and pose.found:
            self._standing.append(pose)
        if span is not None:
            self._count_if_recognised(span, pose.t_s + SETTLE_S)
        return self._update(pose.t_s, until_s=pose.t_s)

    def finish(self) -> Update:
        """The recording is over: what was under way is closed and everything counted is measured."""
        last_s = self._poses[-1].t_s if self._poses else 0.0
        span = self._counter.finish()
        if span is not None:
            self._count_if_recognised(span, last_s)
        return self._update(last_s, until_s=float("inf"))

    def _update(self, t_s: float, until_s: float) -> Update:
        ready = [w for w in self._waiting if w.due_s <= until_s]
        self._waiting = [w for w in self._waiting if w.due_s > until_s]
        cue, finished = None, []
        for waiting in ready:
            rep, judgement = self._finished(waiting)
            finished.append(replace(rep, findings=judgement.findings))
            cue = self._cues.push(judgement.findings, judgement.cleared) or cue
        return Update(t_s, self._counter.phase, self._count, tuple(finished), cue)

    def _remember(self, pose: Pose) -> None:
        kept_s = self._rule.duration_s[1] + 2 * MARGIN_S + SETTLE_S
        self._poses.append(pose)
        while self._poses[0].t_s < pose.t_s - kept_s:
            self._poses.popleft()
        while self._standing and self._standing[0].t_s < pose.t_s - 2 * kept_s:
            self._standing.popleft()

    def _count_if_recognised(self, span: RepSpan, due_s: float) -> None:
        motion = describe_motion(self._track(), span)
        if motion is None:
            return
        name, fit = recognise(motion, self._exercises, self._usual)
        if name is None or (span.reason == "cut off" and fit < LEAST_SCORE_CUT_OFF):
            return
        rule = self._exercises[name].rep
        reason = self._judge.reason(span, motion.near_leg_deg[rule.signal], name, rule)
        self._number += 1
        if reason is None:
            self._count += 1
            self._usual = name
        self._scores.append(fit)
        lead = lead_side(motion) if name == "lunge" else None
        counted = Counted(self._number, reason, name, lead, variant(motion, name))
        self._waiting.append(_Waiting(span, counted, due_s))

    def _finished(self, waiting: _Waiting) -> tuple[Rep, Judgement]:
        span, exercise = waiting.span, self._exercises[waiting.counted.exercise]
        poses = self._track()
        start_s = span.start_s if np.isfinite(span.start_s) else float(poses.t_s[0])
        end_s = span.end_s if np.isfinite(span.end_s) else float(poses.t_s[-1])
        window = poses.between(start_s - MARGIN_S, end_s + SETTLE_S + 1e-6)
        rep, evidence = measure_rep(
            window, self._standing_near(start_s, end_s), span, waiting.counted, exercise
        )
        return rep, judge_rep(rep, evidence, exercise)

    def _track(self) -> PoseTrack:
        return with_legs_put_right(PoseTrack.of(list(self._poses)))

    def _standing_near(self, start_s: float, end_s: float) -> PoseTrack:
        before = [p for p in self._standing if p.t_s < start_s - NOT_STILL_S]
        if before:
            recent = [p for p in before if p.t_s >= before[-1].t_s - STANDING_S]
            return PoseTrack.of(recent)
        return PoseTrack.of([p for p in self._standing if p.t_s >= end_s])


def _loosest(rules: list[RepRule]) -> RepRule:
    """One rule that lets through whatever any of these would; each exercise judges for itself after."""
    return rules[0].model_copy(
        update={
            "start_above_deg": min(r.start_above_deg for r in rules),
            "end_within_deg": max(r.end_within_deg for r in rules),
            "min_excursion_deg": min(r.min_excursion_deg for r in rules),
            "duration_s": (min(r.duration_s[0] for r in rules), max(r.duration_s[1] for r in rules)),
        }
    )
