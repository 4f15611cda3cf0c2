"""The dashboard: screens that render and do not compute."""
