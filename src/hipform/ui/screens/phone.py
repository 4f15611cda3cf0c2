"""The card that brings a phone to this dashboard as its camera."""

from typing import Final
from urllib.parse import urlsplit

import segno
import streamlit as st

from hipform.ui.lan import Lan, offered

_QR_PX: Final = 220
_STEPS: Final = """
1. In the same Wi-Fi, scan this code with the phone.
2. The phone warns once that it does not know this computer, because hipform made the certificate itself.
   Open the details there and go on: the picture is encrypted and comes to this computer only.
3. The page Live opens on the phone. Stand it up and step back.
"""


def show() -> None:
    """Draw the card; one line when the dashboard answers this machine only, or on the phone itself."""
    lan = offered()
    if lan is None:
        st.caption("To film with your phone, start the dashboard with `hipform dashboard --lan`.")
    elif urlsplit(st.context.url or "").netloc in lan.hosts:
        st.caption("This device is paired with your computer: its camera can film you here.")
    else:
        _card(lan)


def _card(lan: Lan) -> None:
    first, *others = lan.links()
    with st.container(border=True, key="phone"):
        st.subheader("Use your phone as the camera", anchor=False)
        with st.container(horizontal=True, gap="medium"):
            picture = segno.make_qr(first).svg_data_uri(scale=4, dark="#000", light="#fff")
            st.html(
                f'<img src="{picture}" width="{_QR_PX}" height="{_QR_PX}" alt="Code to scan with the phone">',
                width="content",
            )
            st.markdown(_STEPS, width=480)
        with st.expander("It cannot be scanned, or you want to be sure"):
            st.markdown(
                "Open this address on the phone:" if not others else "Open one of these on the phone:"
            )
            st.code("\n".join([first, *others]), language=None, wrap_lines=True)
            st.markdown("The phone can show the certificate's SHA-256 fingerprint. It should be:")
            st.code(lan.certificate.fingerprint, language=None, wrap_lines=True)
            st.markdown("Only devices that used this code get in, until hipform is stopped.")
