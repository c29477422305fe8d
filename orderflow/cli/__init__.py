"""The `orderflow` command: start orders, see where they stand and why, have them go on, and see whether all is well.

With --json a command writes nothing but JSON to standard output. Messages go to standard error.
"""

from __future__ import annotations

import io
import sys

from orderflow.cli.base import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # no terminal's encoding may stop a message
            stream.reconfigure(errors="backslashreplace")
    app()
