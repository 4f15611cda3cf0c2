"""Everything that an analysis can be written as, in one place."""

from hipform.report.frames import write_frames_csv, write_parquet
from hipform.report.opensim import write_mot, write_trc
from hipform.report.schema import json_schema
from hipform.report.set_json import read_json, to_json, write_json

__all__ = [
    "json_schema",
    "read_json",
    "to_json",
    "write_frames_csv",
    "write_json",
    "write_mot",
    "write_parquet",
    "write_trc",
]
