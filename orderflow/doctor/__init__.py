"""Is every part of a deployed stack there, and as the stack says it is? Everything is looked at, nothing is changed.

What the stack says stands in its outputs (docs/contract.md). Each output has the checks of its kind of part, a file for
each subject; a check says how it found the part, and what to do where something is wrong with it.
`orderflow.doctor.examination` goes through all of them.
"""

from __future__ import annotations

from orderflow.doctor.lines import HEALTHY, Line, State

__all__ = ["HEALTHY", "Line", "State"]
