"""How a command ends that could not do its work."""

from __future__ import annotations

FAILED, MISUNDERSTOOD = 1, 2
"""Exit codes: errors were found; the command was not understood."""


class UsageError(ValueError):
    """The command line asks for what is not there, or is not written as it has to be."""


class FailedError(Exception):
    """The command was understood, and its answer is that it cannot: the message says why."""
