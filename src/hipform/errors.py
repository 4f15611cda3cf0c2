"""Every error that hipform raises on purpose.

HipformError
├── InputError (also a ValueError)
│   ├── VideoError      a file that cannot be analysed: not a video, cut off, empty, nobody in it
│   └── CameraError     a camera that is missing, busy or forbidden
├── ModelError          the pose model is missing, damaged, or its system libraries are
├── ExerciseError       an exercise file that breaks a rule: names the file and the key
├── OutputError         results cannot be written: folder, disk, permission
└── Cancelled           the user stopped the work

Each text says what happened and, after it, what to do. A person out of view is data, never an error.
"""


class HipformError(Exception):
    """Root of the tree: `str(error)` is fit to be shown to the user as it is."""


class InputError(HipformError, ValueError):
    """What was given cannot be worked with."""


class VideoError(InputError):
    """A file cannot be analysed as a video."""


class CameraError(InputError):
    """A camera cannot be used."""


class ModelError(HipformError):
    """The pose model cannot be loaded."""


class ExerciseError(HipformError):
    """An exercise file breaks a rule."""


class OutputError(HipformError):
    """Results cannot be written."""


class Cancelled(HipformError):
    """The user stopped the work."""
