"""The page "Exercises"."""

from hipform.ui.screens import exercises

exercises.show()
