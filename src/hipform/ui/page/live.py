"""The page "Live"."""

from hipform.ui.screens import live

live.show()
