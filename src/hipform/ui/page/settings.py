"""The page "Settings"."""

from hipform.ui.screens import settings

settings.show()
