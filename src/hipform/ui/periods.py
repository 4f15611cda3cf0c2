"""The periods that lists and trends can be narrowed down to."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

# By the word that stands in addresses: the name for people, and how long it is (None: no end).
PERIODS: Final[Mapping[str, tuple[str, timedelta | None]]] = {
    "4w": ("4 weeks", timedelta(weeks=4)),
    "3m": ("3 months", timedelta(days=91)),
    "1y": ("1 year", timedelta(days=365)),
    "all": ("All", None),
}


def since(period: str) -> datetime | None:
    """When a period that ends now began; None for all."""
    length = PERIODS[period][1]
    return None if length is None else datetime.now(UTC) - length
