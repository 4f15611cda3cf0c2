"""Every frame's numbers as a table: CSV and Parquet, the same columns and rows in both."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from hipform.atomic import replacing
from hipform.kinematics.signals import SIGNALS, family, signal_names
from hipform.records import SCHEMA, Analysis, FloatArray

_DECIMALS = {"s": 4, "deg": 2, "ratio": 4}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its unit ("" for words and counts), its meaning, the signal that it holds."""

    name: str
    unit: str
    meaning: str
    signal: str | None = None
    uncertainty: bool = False


@cache
def frame_columns() -> tuple[Column, ...]:
    """All columns, always the same ones in the same order: a signal that was not measured stays empty."""
    return (*_frame_facts(), *(column for name in signal_names() for column in _signal_columns(name)))


def write_frames_csv(analysis: Analysis, path: Path) -> None:
    """Write one row for each processed frame, also without a pose; an empty cell is not known.

    Raises:
        OutputError: the file cannot be written.

    """
    columns = [_texts(column, analysis) for column in frame_columns()]
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(column.name for column in frame_columns()) + "\n")
        file.writelines(",".join(row) + "\n" for row in zip(*columns, strict=True))


def write_parquet(analysis: Analysis, path: Path) -> None:
    """Write the same table as Parquet; what is not known is null, and columns carry unit and meaning.

    Raises:
        OutputError: the file cannot be written.

    """
    import pyarrow as pa
    from pyarrow import parquet

    arrays, fields = [], []
    for column in frame_columns():
        values = _values(column, analysis)
        unknown = ~np.isfinite(values) if values.dtype.kind == "f" else None
        array = pa.array(values, mask=unknown)
        arrays.append(array)
        fields.append(pa.field(column.name, array.type, metadata=_facts(column)))
    metadata = {"schema": SCHEMA, "hipform": version("hipform"), "file": analysis.report.source.file}
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=_encoded(metadata)))
    with replacing(path) as part:
        parquet.write_table(table, part, compression="zstd")


def _frame_facts() -> Iterator[Column]:
    yield Column("t_s", "s", "time since the first frame of the video")
    yield Column("pose_found", "", "1 where a person was found, else 0")
    yield Column("phase", "", "unknown, standing, lowering, bottom or lifting")
    yield Column("rep", "", "number of the rep that the frame belongs to, 0 between reps")


def _signal_columns(name: str) -> Iterator[Column]:
    spec = SIGNALS[family(name)]
    ending = "_deg" if spec.unit == "deg" else ""
    side = f" ({name.rsplit('_', 1)[1]})" if spec.sided else ""
    yield Column(f"{name}{ending}", spec.unit, f"{spec.meaning}{side}", name)
    meaning = f"half-width that holds 90 % of the errors of {name}{ending}"
    yield Column(f"{name}_uncertainty{ending}", spec.unit, meaning, name, uncertainty=True)


def _values(column: Column, analysis: Analysis) -> "np.ndarray[Any, Any]":
    if column.name == "t_s":
        return analysis.track.t_s
    if column.name == "pose_found":
        return np.isfinite(analysis.track.image_px[:, 0, 0]).astype(np.int8)
    if column.name == "phase":
        return np.array(analysis.phase, dtype=object)
    if column.name == "rep":
        return analysis.rep.astype(np.int32)
    return _signal(column, analysis)


def _signal(column: Column, analysis: Analysis) -> FloatArray:
    signals = analysis.signals
    table = signals.uncertainty if column.uncertainty else signals.values
    found = table.get(column.signal or "")
    return np.full(len(analysis.track), np.nan) if found is None else np.asarray(found, dtype=float)


def _texts(column: Column, analysis: Analysis) -> list[str]:
    values = _values(column, analysis)
    if values.dtype.kind != "f":
        return [str(value) for value in values.tolist()]
    form = f"{{:.{_DECIMALS[column.unit]}f}}".format
    known = np.isfinite(values).tolist()
    return [form(v) if k else "" for v, k in zip(values.tolist(), known, strict=True)]


def _facts(column: Column) -> dict[bytes, bytes]:
    return _encoded({"unit": column.unit, "meaning": column.meaning})


def _encoded(texts: dict[str, str]) -> dict[bytes, bytes]:
    return {key.encode(): text.encode("utf-8", "backslashreplace") for key, text in texts.items()}
