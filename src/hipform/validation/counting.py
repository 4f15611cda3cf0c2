"""Compares what was counted with what was there, and finds which reported rep is which true one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hipform.records import SetReport

# A reported rep belongs to the true one whose bottom is nearest, at most this far off: less than half of the
# shortest rep that counts would allow two. Ours.
MATCH_S: Final = 0.6


@dataclass(frozen=True, slots=True)
class Counted:
    """Reps of one clip. `accepted` is the range of counts that careful viewers accept.

    `partials_true` is None where nobody counted them, `matched_share` (0..1 of the true complete reps) where
    nobody wrote down when they were.
    """

    reps_true: int
    accepted: tuple[int, int]
    reps_found: int
    partials_true: int | None
    partials_found: int
    matched_share: float | None

    @property
    def right(self) -> bool:
        """Whether as many complete reps were found as viewers accept."""
        return self.accepted[0] <= self.reps_found <= self.accepted[1]

    @property
    def partials_right(self) -> bool | None:
        """Whether as many partial reps were listed as there were; None where nobody counted them."""
        return None if self.partials_true is None else self.partials_found == self.partials_true


def count(
    report: SetReport,
    full: int,
    partial: int | None,
    accepted: tuple[int, int] | None = None,
    matched_share: float | None = None,
) -> Counted:
    """What `report` counted beside `full` complete and `partial` partial reps."""
    complete = sum(rep.complete for rep in report.reps)
    return Counted(
        reps_true=full,
        accepted=accepted or (full, full),
        reps_found=complete,
        partials_true=partial,
        partials_found=len(report.reps) - complete,
        matched_share=matched_share,
    )


def matched(found_s: Sequence[float], true_s: Sequence[float]) -> list[tuple[int, int]]:
    """Pairs (true index, found index) of bottoms nearest to each other, within `MATCH_S`, each used once."""
    pairs: list[tuple[int, int]] = []
    for i, true in enumerate(true_s):
        free = set(range(len(found_s))) - {j for _, j in pairs}
        nearest = min(free, key=lambda j: (abs(found_s[j] - true), j), default=None)
        if nearest is not None and abs(found_s[nearest] - true) <= MATCH_S:
            pairs.append((i, nearest))
    return pairs
