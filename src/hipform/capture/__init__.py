"""Getting frames: from files, cameras and recordings."""
