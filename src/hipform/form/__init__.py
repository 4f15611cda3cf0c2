"""Judging a measured rep by the rules of its exercise."""
