"""What a command line declares that a definition does not say: `--allow 'STATE=RESOURCE: REASON'`."""

from __future__ import annotations

from collections.abc import Iterable

from asl.cli.usage import UsageError
from asl.permissions.grants import Allow
from asl.syntax.shapes import Object
from asl.syntax.walk import walk

FORM = "STATE=RESOURCE: REASON"
IN_A_PROGRAM = (
    f"Declare it here by --allow '{FORM}', or 'STATE:PARAMETER=RESOURCE: REASON' where more than one is open; "
    "in a program by StateMachineArgs(…, allow=[asl.Allow(…)]). The policy holds what is sure."
)
"""How what is asked for can be said."""


def declarations(texts: Iterable[str], definition: Object) -> list[Allow]:
    """A declaration for each text; without a resource, `STATE:PARAMETER=: REASON`, it says that there is nothing.

    Raises:
        UsageError: for a text of another form, and for a state that is not there.
    """
    states = {name for state in walk(definition).states for name in (state.name, state.path)}
    return [_declaration(text, states) for text in texts]


def _declaration(text: str, states: set[str]) -> Allow:
    # A name may hold what stands between: the longest that is a state's is meant.
    for name in sorted(states, key=len, reverse=True):
        rest = text.removeprefix(name)
        parameter, equals, said = rest.partition("=")
        if rest == text or not equals or (parameter and not parameter.startswith(":")):
            continue
        resource, colon, reason = f"{said} ".partition(": ")
        if not colon or not reason.strip():
            raise UsageError(f"'{text}' gives no reason: write '{FORM}'")
        return Allow(name, resource.strip() or (), reason.strip(), parameter[1:])
    raise UsageError(f"'{text}' names no state of the definition: write '{FORM}'")
