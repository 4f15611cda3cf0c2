"""Exercises as files of facts, and the reader that checks them."""
