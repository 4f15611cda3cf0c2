"""The system's own voice, in the background: nothing ever waits for it.

Each text is a process of its own, started without a shell; a new text cuts the one before short, so what is
heard is never late. A machine without a voice stays silent.
"""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

# PowerShell would run a text that is handed over as an argument; from the environment it only reads it.
_TEXT_VARIABLE: Final = "HIPFORM_SAY"
_SAPI: Final = (
    "Add-Type -AssemblyName System.Speech; "
    f"(New-Object System.Speech.Synthesis.SpeechSynthesizer).Speak($env:{_TEXT_VARIABLE})"
)
# The first that is installed speaks. `--wait` keeps its process alive while it does, so it can be stopped.
_SPEAKERS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "linux": (("spd-say", "--wait"), ("espeak-ng",), ("espeak",)),
    "darwin": (("say",),),
    "win32": (("powershell", "-NoProfile", "-NonInteractive", "-Command", _SAPI),),
}


class Voice:
    """Says one thing at a time; a context manager that lets the last one be said to its end."""

    def __init__(self, which: Callable[[str], str | None] = shutil.which) -> None:
        self._command = _installed(which)
        self._speaking: subprocess.Popen[bytes] | None = None

    @property
    def found(self) -> bool:
        """Whether this machine has a voice."""
        return self._command is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._hush()

    def say(self, text: str) -> None:
        """Begin to say it and come back at once; what is being said is cut short."""
        if self._command is None:
            return
        self._hush()
        # A dash in front would be read as an option.
        words = " ".join(text.split()).lstrip("-/ ")
        arguments = [] if sys.platform == "win32" else [words]
        try:
            self._speaking = subprocess.Popen(  # noqa: S603 (no shell, a program of the list above)
                [*self._command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=os.environ | {_TEXT_VARIABLE: words},
                start_new_session=True,
            )
        except OSError:  # removed or forbidden meanwhile: then the text on the screen must do
            self._command = None
        else:
            threading.Thread(target=self._speaking.wait, daemon=True).start()  # or it stays as a zombie

    def _hush(self) -> None:
        if self._speaking is not None and self._speaking.poll() is None:
            with suppress(OSError):
                self._speaking.terminate()
        self._speaking = None


def _installed(which: Callable[[str], str | None]) -> Sequence[str] | None:
    for program, *options in _SPEAKERS.get(sys.platform, ()):
        if (path := which(program)) is not None:
            return [path, *options]
    return None
