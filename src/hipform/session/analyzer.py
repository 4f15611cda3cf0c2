"""The brain: push one pose, get back what it changed. It uses only the past and reads no clock.

Counting is done at once. A counted rep is measured a moment later, when enough of the standing after it
was seen; that moment is part of the poses' own time, so live and recorded do the same.
"""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from hipform.exercises.definition import Exercise, RepRule
from hipform.form.checker import Judgement, judge_rep
from hipform.form.cues import CuePolicy
from hipform.kinematics.bend import BendMeter
from hipform.kinematics.cuts import CutWatcher
from hipform.kinematics.swaps import with_legs_put_right
from hipform.records import Phase, Pose, PoseTrack, Rep, RepSpan, Update
from hipform.reps.counter import COMPONENTS, RepCounter, SizeJudge, components_of
from hipform.reps.doubts import Decision, doubts, is_pick_up
from hipform.reps.measure import MARGIN_S, Counted, measure_rep
from hipform.reps.recognise import (
    LEAST_SCORE_CUT_OFF,
    LEAST_SCORE_PARTIAL,
    describe_motion,
    is_sitting,
    lead_side,
    recognise,
    variant,
)

# How much standing after a rep is waited for before it is measured.
SETTLE_S = 0.4
# With so little of the movement's bend left when the recording ends it counts as back (ours): a labelled
# split squat that is complete to the eye has 0.10 to 0.21 left, squats and lunges that are cut off 0.38 and
# more.
NEARLY_BACK = 0.25
# Quiet standing that a rep is held against: at most this much, and not its last moment, in which the
# movement already begins.
STANDING_S = 2.0
NOT_STILL_S = 0.3


@dataclass(frozen=True, slots=True)
class _Waiting:
    span: RepSpan
    counted: Counted
    review: str | None
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
        self._components = components_of(rules)
        self._counter = RepCounter(self._rule, self._components)
        self._judge = SizeJudge()
        self._meter = BendMeter()
        self._cuts = CutWatcher()
        self._cues = CuePolicy()
        self._poses: deque[Pose] = deque()
        self._standing: deque[Pose] = deque()
        self._waiting: list[_Waiting] = []
        self._scores: list[float] = []
        self._usual: str | None = None
        self._usual_way: str | None = None
        self._before: str | None = None
        self._done: Counter[str] = Counter()
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
        before = self._start_anew() if self._cuts.push(pose) else None
        self._remember(pose)
        span = self._counter.push(pose.t_s, self._meter.push(pose))
        if self._counter.phase == "standing" and pose.found:
            self._standing.append(pose)
        if span is not None:
            self._count_if_recognised(span, pose.t_s + SETTLE_S)
        update = self._update(pose.t_s, until_s=pose.t_s)
        # What starts anew has nothing finished yet, so this is all of it.
        return replace(update, finished=before.finished, cue=before.cue) if before else update

    def finish(self) -> Update:
        """The recording is over: what was under way is closed and everything counted is measured."""
        last_s = self._poses[-1].t_s if self._poses else 0.0
        span = self._counter.finish()
        if span is not None:
            self._count_if_recognised(span, last_s)
        return self._update(last_s, until_s=float("inf"))

    def _start_anew(self) -> Update:
        """After a cut nothing seen before is a measure for what comes, not even the size of a leg."""
        finished = self.finish()
        self._counter = RepCounter(self._rule, self._components)
        self._meter = BendMeter()
        self._poses.clear()
        self._standing.clear()
        return finished

    def _update(self, t_s: float, until_s: float) -> Update:
        ready = [w for w in self._waiting if w.due_s <= until_s]
        self._waiting = [w for w in self._waiting if w.due_s > until_s]
        cue, finished = None, []
        for waiting in ready:
            rep, judgement = self._finished(waiting)
            review = "; ".join(filter(None, (waiting.review, rep.review))) or None
            finished.append(replace(rep, findings=judgement.findings, review=review))
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
        way, rule = variant(motion, name), self._exercises[name].rep
        if (name == "squat" and is_sitting(motion)) or self._puts_the_weight_down(span, way):
            return
        ended_early = self._is_nearly_back(span, rule)
        if ended_early:
            span = replace(span, end_s=self._poses[-1].t_s, reason=None)
        if is_pick_up(motion, name, self._done, self._before):
            span = replace(span, reason="looks like picking something up")
        size = self._judge.judge(span, motion.near_leg_deg[rule.signal], name, rule)
        if size.reason is not None and fit < LEAST_SCORE_PARTIAL:
            return
        decision = Decision(name, close=size.close, ended_early=ended_early)
        review = doubts(motion, decision, self._exercises, self._done)
        self._number += 1
        self._before = name
        if size.reason is None:
            self._count += 1
            self._usual, self._usual_way = name, way
            self._done[name] += 1
        self._scores.append(fit)
        lead = lead_side(motion) if name == "lunge" else None
        counted = Counted(self._number, size.reason, name, lead, way)
        self._waiting.append(_Waiting(span, counted, review, due_s))

    def _is_nearly_back(self, span: RepSpan, rule: RepRule) -> bool:
        """Whether the recording ended when nearly all of the way back was done."""
        counted = COMPONENTS[rule.signal]
        left_deg = max(rule.end_within_deg, NEARLY_BACK * max(span.excursions_deg[i] for i in counted))
        return bool(np.isnan(span.end_s)) and self._counter.away_deg(counted) <= left_deg

    def _puts_the_weight_down(self, span: RepSpan, way: str | None) -> bool:
        """A deadlift ends where it began, on the floor: the last way down belongs to the rep before."""
        return bool(np.isnan(span.end_s)) and way == "deadlift" and self._usual_way == "deadlift"

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
