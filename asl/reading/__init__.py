"""From the text of a file to a definition, and to the line of each of its values."""

from __future__ import annotations

from asl.reading.building import Place, Text, UnreadableError
from asl.reading.json_text import read_json

LONGEST = 1_048_576
"""Characters that AWS takes: https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html"""


def read(text: str, *, yaml: bool = False) -> Text:
    """The value that `text` holds, as JSON or YAML.

    A value may be a placeholder that deployment tools replace, quoted or not: `"TimeoutSeconds": ${Timeout}`.

    Raises:
        UnreadableError: saying line, column, and what was expected there.
    """
    if len(text) > LONGEST:
        raise UnreadableError(1, 1, f"{len(text):,} characters, where AWS takes definitions of up to {LONGEST:,}")
    if not yaml:
        return read_json(text)
    from asl.reading.yaml_text import read_yaml  # checking a dict needs no YAML

    return read_yaml(text)


__all__ = ["LONGEST", "Place", "Text", "UnreadableError", "read"]
