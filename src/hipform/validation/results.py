"""Reads what `hipform analyze` wrote for one video: the report and the frame table."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hipform.errors import InputError
from hipform.records import FloatArray, SetReport
from hipform.report.set_json import read_json


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """One analysed video. `columns` are those of the frame table, each (N,), NaN where a cell is empty."""

    report: SetReport
    columns: Mapping[str, FloatArray]

    @property
    def t_s(self) -> FloatArray:
        """Times of the frames, (N,), seconds."""
        return self.columns["t_s"]

    def column(self, name: str) -> FloatArray:
        """The column of this name; all NaN when the table has none."""
        found = self.columns.get(name)
        return np.full(len(self.t_s), np.nan) if found is None else found

    def at(self, name: str, t_s: FloatArray) -> FloatArray:
        """The column at other times: interpolated between frames, NaN beyond them and beside gaps."""
        if not len(self.t_s):
            return np.full(len(t_s), np.nan)
        return np.interp(t_s, self.t_s, self.column(name), left=np.nan, right=np.nan)


def read_result(folder: Path, name: str) -> Result:
    """The result called `name`.

    Raises:
        InputError: it is not there, or it cannot be read by this version.

    """
    report, frames = folder / f"{name}.json", folder / f"{name}.frames.csv"
    for path in (report, frames):
        if not path.is_file():
            raise InputError(f"{folder} has no {path.name}. Analyse the video into this folder.")
    return Result(read_json(report), _read_columns(frames))


def _read_columns(path: Path) -> dict[str, FloatArray]:
    damaged = InputError(f"{path.name} is damaged or not a frame table: analyse the video again.")
    try:
        with path.open(encoding="utf-8", newline="") as opened:
            names, *rows = csv.reader(opened)
        table = np.array([[_number(cell) for cell in row] for row in rows], dtype=float)
        table = table.reshape(len(rows), len(names))
    except (OSError, ValueError, csv.Error) as error:
        raise damaged from error
    columns = {name: table[:, i] for i, name in enumerate(names)}
    if "t_s" not in columns or not np.isfinite(columns["t_s"]).all():
        raise damaged
    return columns


def _number(cell: str) -> float:
    """The number in a cell; NaN for an empty one and for words."""
    try:
        return float(cell)
    except ValueError:
        return np.nan
