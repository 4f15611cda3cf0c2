"""Who may fetch pictures and files: random tokens, one for each visit, known only to this server."""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

_MOST: Final = 256
_IDLE_LIMIT_S: Final = 12 * 3600.0


class Tokens:
    """The tokens that are valid now. Safe to use from several threads.

    A token is forgotten after twelve hours without use, when 256 younger ones are in use, or when the
    server stops. `clock` gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last_use_s: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def issue(self) -> str:
        """A new token of 256 random bits, valid from now on."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._last_use_s[token] = self._clock()
            while len(self._last_use_s) > _MOST:
                self._last_use_s.popitem(last=False)
        return token

    def accept(self, token: str) -> bool:
        """Whether the token is valid; counts as a use of it."""
        now_s = self._clock()
        with self._lock:
            last_s = self._last_use_s.pop(token, None)
            if last_s is None or now_s - last_s > _IDLE_LIMIT_S:
                return False
            self._last_use_s[token] = now_s
            return True


TOKENS: Final = Tokens()


def visit_token() -> str:
    """The token of the visit that is being served; made anew when the server has forgotten it."""
    import streamlit as st

    token = st.session_state.get("hipform_media_token")
    if not isinstance(token, str) or not TOKENS.accept(token):
        token = TOKENS.issue()
        st.session_state["hipform_media_token"] = token
    return token
