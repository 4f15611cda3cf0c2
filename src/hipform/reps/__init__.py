"""Counting, recognising and measuring repetitions."""
