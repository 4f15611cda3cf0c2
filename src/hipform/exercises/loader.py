"""Reads exercise files strictly: whatever is not understood is refused, naming the file and the key.

Exercises are found by listing folders: the package's own, then the user's. A file of the user's with the
name of a shipped one takes its place.
"""

import hashlib
import json
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hipform.errors import ExerciseError
from hipform.exercises.definition import Exercise
from hipform.exercises.vocabulary import NOT_EMPTY

# Words that stand for "any" or "no" exercise where one is asked for or reported.
RESERVED: Final = ("auto", "none", "mixed")
ADVICE: Final = (
    "docs/exercises.md explains every key; the shipped files, such as squat.toml, show them in use."
)


def load_all(extra: Path | None = None) -> dict[str, Exercise]:
    """Every exercise by its id: the shipped ones, the user's own, then the file `extra` if given.

    Raises:
        ExerciseError: one or more files break a rule; the text lists all problems of all files.

    """
    found: dict[str, Exercise] = {}
    problems: list[str] = []
    for source in [*_shipped(), *_own(), *([extra] if extra else [])]:
        try:
            exercise = _read(source)
        except _ProblemsError as error:
            problems += error.lines
        else:
            found[exercise.id] = exercise
    if problems:
        raise _refusal(problems)
    return found


def load_file(path: Path) -> Exercise:
    """The exercise in this file.

    Raises:
        ExerciseError: it cannot be read or breaks a rule; the text lists all its problems.

    """
    if not path.is_file():
        raise ExerciseError(f"There is no exercise file {path}. Check its name and folder.")
    try:
        return _read(path)
    except _ProblemsError as error:
        raise _refusal(error.lines) from None


def user_folder() -> Path:
    """Where a user's own exercise files are looked for; it need not exist."""
    home = os.environ.get("HIPFORM_HOME")
    if home:
        return Path(home) / "exercises"
    from platformdirs import user_config_path

    return user_config_path("hipform", appauthor=False) / "exercises"


class _ProblemsError(Exception):
    def __init__(self, file: str, problems: Sequence[str]) -> None:
        super().__init__(file)
        self.lines = [f"{file}: {problem}" for problem in problems]


def _refusal(lines: Sequence[str]) -> ExerciseError:
    return ExerciseError("\n".join([*lines, ADVICE]))


def _shipped() -> list[Traversable]:
    return sorted(
        (f for f in files("hipform.exercises").iterdir() if f.name.endswith(".toml")), key=lambda f: f.name
    )


def _own() -> list[Path]:
    return sorted(user_folder().glob("*.toml"))


def _read(source: Path | Traversable) -> Exercise:
    name = source.name
    data = _facts(source)
    stem = name.removesuffix(".toml")
    problems = list(_name_problems(stem))
    problems += [f"{key}: unknown key; the file's name says it" for key in ("id", "digest") if key in data]
    try:
        exercise = Exercise.model_validate({**data, "id": stem, "digest": _digest(data)})
    except ValidationError as error:
        problems += _explained(error, data)
    if problems:
        raise _ProblemsError(name, problems)
    return exercise


def _facts(source: Path | Traversable) -> dict[str, Any]:
    try:
        text = source.read_text(encoding="utf-8-sig")
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _ProblemsError(source.name, [f"is not a valid TOML file: {error}"]) from None
    except UnicodeDecodeError:
        raise _ProblemsError(source.name, ["is not text in UTF-8; save it as UTF-8"]) from None
    except OSError as error:
        raise _ProblemsError(source.name, [f"cannot be read: {error.strerror or error}"]) from None


def _name_problems(stem: str) -> Iterator[str]:
    if stem in RESERVED:
        yield f"the name '{stem}' has a meaning of its own; rename the file"


def _digest(data: Mapping[str, Any]) -> str:
    """SHA-256 of the facts alone: comments, order of keys and spacing do not change it."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()


def _explained(error: ValidationError, data: Mapping[str, Any]) -> list[str]:
    """One line per problem: where it is, in the words of the file, and what is wrong."""
    lines = []
    for detail in error.errors():
        table, key = _place(detail["loc"], data)
        for sub_key, text in _texts(detail):
            lines.append(": ".join([part for part in (table, key, sub_key, text) if part]))
    return lines


def _place(loc: tuple[int | str, ...], data: Mapping[str, Any]) -> tuple[str, str]:
    """(table, key) of a problem: ("rule", 2, "limit", "warn") is ("rule 'depth'", "warn")."""
    parts = list(loc)
    if not parts or parts == ["id"]:
        return "", "file name" if parts else ""
    if parts[0] in ("rule", "recognise") and len(parts) > 1 and isinstance(parts[1], int):
        table = _entry_name(str(parts[0]), parts[1], data)
        # After a rule's number pydantic names its kind.
        rest = parts[3:] if parts[0] == "rule" else parts[2:]
        return table, _dotted(rest)
    if len(parts) == 1:
        return "", str(parts[0])
    return str(parts[0]), _dotted(parts[1:])


def _entry_name(table: str, number: int, data: Mapping[str, Any]) -> str:
    entry = data[table][number]
    name = entry.get("id" if table == "rule" else "feature") if isinstance(entry, dict) else None
    return f"{table} '{name}'" if isinstance(name, str) else f"{table} number {number + 1}"


def _dotted(parts: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in parts)


def _texts(detail: ErrorDetails) -> list[tuple[str, str]]:
    """(key, text) of one validation error; the key is empty where its place says it already."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "inconsistent":
        return list(context["problems"])
    if kind == "string_pattern_mismatch":
        empty = context["pattern"] == NOT_EMPTY
        return [("", "must not be empty" if empty else "use small letters, digits and _, a letter first")]
    plain = {
        "extra_forbidden": "unknown key",
        "missing": "is missing",
        "union_tag_not_found": "kind is missing",
        "union_tag_invalid": "unknown kind {tag}; known are {expected_tags}",
    }
    if kind in plain:
        return [("", plain[kind].format(**context))]
    return [("", detail["msg"].replace("Input should be", "must be"))]


def digest_of(definitions: Mapping[str, Exercise], given: str | None) -> str:
    """The digests of the exercises that are looked for, joined by "+": all of them, or the given one."""
    used = [definitions[given]] if given else [definitions[name] for name in sorted(definitions)]
    return "+".join(exercise.digest for exercise in used)
