"""The page "Upload"."""

from hipform.ui.screens import upload

upload.show()
