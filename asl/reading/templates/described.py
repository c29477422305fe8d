"""The state machine of a Pulumi program, in the file in which a preview described it (`asl.review.description`)."""

from __future__ import annotations

from asl.reading.building import Text
from asl.reading.templates.parts import Part, TemplateMachine

_FIELDS = {"name", "type", "definition", "assumed", "findings", "permissions"}


def is_description(document: Part) -> bool:
    """Whether `document` describes a machine."""
    return {name for name, _ in document.items()} >= _FIELDS


def machine(document: Part) -> TemplateMachine:
    """The machine that `document` describes."""
    definition = document.get("definition")
    return TemplateMachine(
        document.get("name").text, document.get("type").text, "", Text(definition.value, lambda: definition.place)
    )
