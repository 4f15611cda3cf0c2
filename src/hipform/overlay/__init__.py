"""Drawing the analysis on the video: skeleton, angles, rep count, phase and findings."""

from hipform.overlay.picture import draw, write_still
from hipform.overlay.video import OverlayWriter, overlay_size

__all__ = ["OverlayWriter", "draw", "overlay_size", "write_still"]
