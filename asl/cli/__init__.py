"""The command line: the only part of this package that reads files or needs more than the standard library."""

from asl.cli.commands import main

__all__ = ["main"]
