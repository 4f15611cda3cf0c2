"""The page "Sets"."""

from hipform.ui.screens import sets

sets.show()
