"""The `[gauge]` table of an exercise file: the bar that shows during a rep how deep it is."""

from collections.abc import Iterator

from pydantic import Field

from hipform.exercises.facts import Facts
from hipform.exercises.vocabulary import GAUGED, GaugedSignal, Text, Unit
from hipform.kinematics.signals import SIGNALS


class GaugeTable(Facts):
    """A bar from `start` (in the file `from`), about where standing reads, to `end`, with a target between.

    All in the unit of `signal`; `name` is what its number is called on screen.
    """

    signal: GaugedSignal
    start: float = Field(alias="from")
    target: float
    end: float
    name: Text
    unit: Unit
    source: Text

    @property
    def measure(self) -> str:
        """The measure that tells, once the rep is over, how far it went on this scale."""
        return GAUGED[self.signal]

    def problems(self) -> Iterator[tuple[str, str]]:
        """The bar goes the way the signal goes on the way down, and meets its target before its end."""
        unit = SIGNALS[self.signal].unit
        if self.unit != unit:
            yield "unit", f"is '{unit}' for '{self.signal}', not '{self.unit}'"
        falls = "_min_" in self.measure
        if falls != (self.end < self.start):
            yield "end", f"must be {'less' if falls else 'more'} than from ({self.start:g})"
        elif not min(self.start, self.end) < self.target <= max(self.start, self.end):
            yield "target", f"must lie between from ({self.start:g}) and end ({self.end:g})"
