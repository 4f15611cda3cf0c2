"""Drawing the analysis on the video: skeleton, angles, rep count, phase and findings."""

from hipform.overlay.kept_video import KeptVideo
from hipform.overlay.picture import draw, write_still
from hipform.overlay.video import OverlayWriter, overlay_size

__all__ = ["KeptVideo", "OverlayWriter", "draw", "overlay_size", "write_still"]
