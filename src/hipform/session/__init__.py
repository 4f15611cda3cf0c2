"""The brain: one pose in, what changed out; the same for live and recorded."""
