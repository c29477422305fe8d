"""Every rule, in the order of its id. A new rule goes into the file of its subject and into no other place."""

from asl.findings import Rule
from asl.rules import errors, fields, integrations, structure, timing

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (*structure.RULES, *fields.RULES, *errors.RULES, *integrations.RULES, *timing.RULES), key=lambda rule: rule.id
    )
)
