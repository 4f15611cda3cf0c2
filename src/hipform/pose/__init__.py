"""Finding the person in a frame."""
