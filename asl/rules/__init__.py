"""Every rule, in the order of its id. A new rule goes into the file of its subject and into no other place."""

from asl.findings import Rule
from asl.rules import (
    choices,
    data,
    errors,
    expressions,
    fields,
    integrations,
    loops,
    maps,
    paths,
    promises,
    sizes,
    structure,
    tasks,
    tasks_in_time,
    timing,
    variables,
)

_SUBJECTS = (
    choices,
    data,
    errors,
    expressions,
    fields,
    integrations,
    loops,
    maps,
    paths,
    promises,
    sizes,
    structure,
    tasks,
    tasks_in_time,
    timing,
    variables,
)

RULES: tuple[Rule, ...] = tuple(
    sorted((rule for subject in _SUBJECTS for rule in subject.RULES), key=lambda rule: rule.id)
)
