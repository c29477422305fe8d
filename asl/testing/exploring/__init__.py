"""All that can happen in a machine: `asl.explore`."""

from asl.testing.exploring.explorer import explore
from asl.testing.exploring.report import BrokenPromise, EndOfWays, Exploration, Figure, Uncaught
from asl.testing.exploring.ways import Visit, Way

__all__ = ["BrokenPromise", "EndOfWays", "Exploration", "Figure", "Uncaught", "Visit", "Way", "explore"]
