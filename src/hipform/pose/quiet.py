"""Keeps the known start-up chatter of the pose library off the user's terminal.

The library writes it from native code, before its own log settings are read: environment variables
(GLOG_minloglevel, TF_CPP_MIN_LOG_LEVEL) and Python's logging do not reach it. So the process's error
output goes to a temporary file for the fraction of a second in which the library starts; afterwards
everything that is not known chatter is written to the real one, so that a true error is never lost.
What other threads write meanwhile arrives that much later.
"""

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

STDERR = 2
CHATTER = re.compile(
    rb"INFO: Created TensorFlow Lite XNNPACK delegate"
    rb"|WARNING: All log messages before absl::InitializeLog"
    rb"|I0000 .*"
    rb"|W0000 .*(inference_feedback_manager|landmark_projection_calculator)\.cc"
    rb"|Matplotlib is building the font cache"
)
_LOCK = threading.RLock()  # two libraries that start at once would give each other's file back


@contextmanager
def without_chatter() -> Iterator[None]:
    """Drops the known chatter that is written to the error output inside; everything else passes."""
    with _LOCK, ExitStack() as stack:
        try:
            real = os.dup(STDERR)
            stack.callback(os.close, real)
            sink = stack.enter_context(tempfile.TemporaryFile())
        except OSError:  # started without an error output, or no room for a temporary file
            yield
            return
        _flush()
        os.dup2(sink.fileno(), STDERR)
        try:
            yield
        finally:
            _flush()
            os.dup2(real, STDERR)
            sink.seek(0)
            news = b"".join(line for line in sink if not CHATTER.match(line))
            if news:
                os.write(STDERR, news)


def _flush() -> None:
    if sys.stderr is not None:  # None under a windowed Python
        sys.stderr.flush()
