"""From landmarks to named signals: geometry, camera view, smoothing, quality."""
