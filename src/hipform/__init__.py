"""hipform: see how hips and knees really move, from one ordinary camera, on your own machine."""

from importlib.metadata import version

__version__ = version("hipform")
