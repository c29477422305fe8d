"""All texts of a machine in one, to ask at once for what is nearly never there."""

from __future__ import annotations

from asl.analysis.caching import once
from asl.syntax.shapes import as_text
from asl.syntax.walk import Machine


@once
def all_texts(machine: Machine) -> str:
    """Every string of its states, their names and the keys of their templates, a line each."""
    found: list[str] = []
    for state in machine.states:
        found += (state.name, as_text(state.node.get("Resource")), as_text(state.node.get("Next")))
        found += [key for _, given in state.contents.templates for key in given]
        found += [text.value for text in state.contents.texts]
    return "\n".join(found)
