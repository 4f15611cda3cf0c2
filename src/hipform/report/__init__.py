"""Writing results in the forms that people and other tools read."""
