"""The report of a set as JSON: the contract that other tools read (docs/data.md)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hipform.atomic import replacing
from hipform.errors import InputError
from hipform.records import SCHEMA, SetReport

_LINE = 110
_DIGITS = {"deg": 2, "s": 3}
_RATIO_DIGITS = 4


def write_json(report: SetReport, path: Path) -> None:
    """Write `report` to `path`: UTF-8, keys in the order of the records, times to a millisecond.

    Raises:
        OutputError: the file cannot be written.
        ValueError: a number in the report is not finite; that is a fault of hipform's own.

    """
    text = to_json(report)
    with replacing(path) as part:
        # A file name may hold bytes that are no text; "\udc80" is how JSON spells them.
        part.write_bytes(text.encode("utf-8", "backslashreplace"))


def to_json(report: SetReport) -> str:
    """The text that `write_json` writes, ending with a new line. Raises ValueError as it does."""
    # NumPy's numbers, which pydantic would warn about, become plain ones below.
    content = TypeAdapter(SetReport).dump_python(report, by_alias=True, warnings=False)
    return "".join(_pretty(_rounded(content, "report", _RATIO_DIGITS), 0)) + "\n"


def read_json(path: Path) -> SetReport:
    """The report in a file that `write_json` wrote.

    Raises:
        InputError: there is no such file, or it is not a set report that this version can read.

    """
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(
            f"{path.name} cannot be read ({error.strerror}): check its place and name."
        ) from error
    except ValueError as error:
        raise InputError(f"{path.name} is damaged or not a set report: analyse the video again.") from error
    found = content.get("schema") if isinstance(content, dict) else None
    if found != SCHEMA:
        raise InputError(
            f"{path.name} is not a set report of this version (schema {found!r} instead of {SCHEMA!r}): "
            "analyse the video again."
        )
    try:
        return TypeAdapter(SetReport).validate_python(content)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise InputError(f"{path.name} is damaged (at {where}): analyse the video again.") from error


def _rounded(value: Any, where: str, digits: int) -> Any:
    """`value` with plain numbers of a sensible length; raises ValueError at one that is not finite."""
    if isinstance(value, Mapping):
        own = _DIGITS.get(value.get("unit", ""), _RATIO_DIGITS)
        return {k: _rounded(v, f"{where}.{k}", _digits(k, own)) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(v, f"{where}[{i}]", digits) for i, v in enumerate(value)]
    if hasattr(value, "item"):  # a number of NumPy's
        value = value.item()
    if isinstance(value, float):
        if not isfinite(value):
            raise ValueError(f"{where} is {value}; a number that is not known must be left out")
        return round(value, digits) + 0.0  # no -0.0
    return value


def _digits(key: str, otherwise: int) -> int:
    return next((digits for unit, digits in _DIGITS.items() if key.endswith(f"_{unit}")), otherwise)


def _pretty(value: Any, indent: int) -> Iterator[str]:
    """JSON with one thing a line, where a thing that fits in a line is not broken up."""
    flat = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if len(flat) + indent <= _LINE or not isinstance(value, Mapping | Sequence) or isinstance(value, str):
        yield flat
        return
    inner, keyed = " " * (indent + 2), isinstance(value, Mapping)
    items = value.items() if isinstance(value, Mapping) else enumerate(value)
    yield "{" if keyed else "["
    for i, (key, item) in enumerate(items):
        name = f"{json.dumps(key)}: " if keyed else ""
        yield f"{',' if i else ''}\n{inner}{name}"
        yield from _pretty(item, indent + 2)
    yield f"\n{' ' * indent}" + ("}" if keyed else "]")
