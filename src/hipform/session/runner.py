"""From a frame to what it changed: the one place where the pose model meets the brain."""

from hipform.records import Frame, Pose, PoseEstimator, Update
from hipform.session.analyzer import Analyzer


class Runner:
    """Feeds frames through a pose estimator into an `Analyzer`; the same for a camera and a file."""

    def __init__(self, estimator: PoseEstimator, analyzer: Analyzer) -> None:
        self._estimator = estimator
        self._analyzer = analyzer

    def step(self, frame: Frame) -> tuple[Pose, Update]:
        """The pose in this frame, and what it changed."""
        pose = self._estimator.estimate(frame)
        return pose, self._analyzer.push(pose)
