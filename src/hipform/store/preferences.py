"""What the user chose once for all sets: voice, picture, how a live set goes, own targets.

One file, `<user data>/preferences.json`, on this machine only. Whoever has none gets the defaults.
"""

from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hipform.atomic import output_error, replacing
from hipform.store.set_folder import data_folder

# Ours: long enough to walk round the room and back; beyond it the number is a slip of the keyboard.
LONGEST_COUNTDOWN_S: Final = 60.0
# Ours: a rep with a pause at the bottom takes up to 5 s, and no set waits longer than 2 minutes.
SHORTEST_QUIET_S: Final = 5.0
LONGEST_QUIET_S: Final = 120.0
# Ours: heavy sets are rested from for up to 10 minutes.
LONGEST_REST_S: Final = 600.0
# Ours: no set is longer.
MOST_REPS: Final = 200

_changing = Lock()

_Text = Annotated[str, Field(max_length=200)]
_Finite = Annotated[float, Field(allow_inf_nan=False)]


class Preferences(BaseModel):
    """The user's choices. An empty `voice` or `language` leaves the choice to the browser.

    `volume` is 0..1; `reps` and `rest_s` are None when a set has no chosen end and no rest is counted;
    `targets` holds the depth wanted for an exercise by its id, in the unit of that exercise's gauge, and only
    for those that have one of their own; `person` is the id of whom sets are kept for, None for the first.
    Building one with a value out of range, or an unknown one, raises pydantic's `ValidationError`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    speak: bool = True
    voice: _Text = ""
    language: _Text = ""
    volume: Annotated[float, Field(ge=0.0, le=1.0)] = 1.0
    tone: bool = True
    mirror: bool = True
    keep_video: bool = False
    exercise: _Text = "auto"
    reps: Annotated[int, Field(ge=1, le=MOST_REPS)] | None = None
    countdown_s: Annotated[float, Field(ge=0.0, le=LONGEST_COUNTDOWN_S)] = 0.0
    quiet_end_s: Annotated[float, Field(ge=SHORTEST_QUIET_S, le=LONGEST_QUIET_S)] = 15.0
    rest_s: Annotated[float, Field(gt=0.0, le=LONGEST_REST_S)] | None = None
    targets: dict[_Text, _Finite] = {}
    person: int | None = None


def load() -> Preferences:
    """The user's choices, the defaults when there are none.

    A file that cannot be read as choices is put aside (see `put_aside`), and the defaults are given.
    """
    path = _file()
    try:
        return Preferences.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Preferences()
    except (OSError, ValidationError):
        with suppress(OSError):  # a folder that cannot be changed: the defaults serve all the same
            path.replace(_damaged())
        return Preferences()


def save(preferences: Preferences) -> None:
    """Keep the choices in place of the earlier ones.

    Raises:
        OutputError: the file cannot be written; the earlier choices stay.

    """
    path = _file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(path, error) from error
    with replacing(path) as part:
        part.write_text(preferences.model_dump_json(indent=2), encoding="utf-8")


def change(**changes: Any) -> Preferences:
    """Change some of the kept choices and give all of them; the others stay as they are.

    Raises:
        ValidationError: a value is out of range, or there is no such choice; nothing is changed.
        OutputError: as for `save`.

    """
    with _changing:
        changed = Preferences.model_validate(load().model_dump() | changes)
        save(changed)
    return changed


def put_aside() -> Path | None:
    """The file of earlier choices that could not be read; None when there is none."""
    return _damaged() if _damaged().is_file() else None


def _file() -> Path:
    return data_folder() / "preferences.json"


def _damaged() -> Path:
    return data_folder() / "preferences.damaged.json"
