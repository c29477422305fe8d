"""Every rule, in the order of its id. A new rule goes into the file of its subject and into no other place."""

from asl.findings import Rule
from asl.rules import (
    choices,
    errors,
    expressions,
    fields,
    integrations,
    maps,
    paths,
    sizes,
    structure,
    tasks,
    timing,
    variables,
)

_SUBJECTS = (
    choices,
    errors,
    expressions,
    fields,
    integrations,
    maps,
    paths,
    sizes,
    structure,
    tasks,
    timing,
    variables,
)

RULES: tuple[Rule, ...] = tuple(
    sorted((rule for subject in _SUBJECTS for rule in subject.RULES), key=lambda rule: rule.id)
)
