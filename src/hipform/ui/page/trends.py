"""The page "Trends"."""

from hipform.ui.screens import trends

trends.show()
