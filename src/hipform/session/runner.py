"""From a frame to what it changed: the one place where the pose model meets the brain."""

from typing import Generic, Protocol, TypeVar

from hipform.records import Frame, Pose, PoseEstimator

Answer_co = TypeVar("Answer_co", covariant=True)


class Brain(Protocol[Answer_co]):
    """What is pushed one pose after the other: an `Analyzer`, or the `LiveSet` around one."""

    def push(self, pose: Pose) -> Answer_co:
        """Take the next pose; back comes what it changed."""
        ...


class Runner(Generic[Answer_co]):
    """Feeds frames through a pose estimator into a brain; the same for a camera and a file."""

    def __init__(self, estimator: PoseEstimator, brain: Brain[Answer_co]) -> None:
        self._estimator = estimator
        self._brain = brain

    def step(self, frame: Frame) -> tuple[Pose, Answer_co]:
        """The pose in this frame, and what it changed."""
        pose = self._estimator.estimate(frame)
        return pose, self._brain.push(pose)
