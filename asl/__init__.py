"""Amazon States Language: plain dicts in, facts out. Knows nothing of Pulumi or any one workflow.

Each name is loaded when it is first asked for: a check needs no prices, and a price no pictures.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asl.analysis.durations import longest_seconds
    from asl.analysis.promises import MustReach
    from asl.differences import Change, Danger, Difference, difference, difference_mermaid, difference_svg
    from asl.integrations.arns import Account
    from asl.permissions.grants import Allow, PermissionsError, allow, grants
    from asl.permissions.policy import Condition, Reach, Statement, document
    from asl.pictures.mermaid import mermaid
    from asl.pictures.svg import svg
    from asl.pricing import Assumptions, Cost, cost
    from asl.rules import RULES
    from asl.rules.acceptance import Accepted
    from asl.rules.check import check, require
    from asl.rules.findings import DefinitionError, Finding, Rule
    from asl.syntax.builders import LAMBDA_TRANSIENT_ERRORS, Node, catch, choice, retry, retry_lambda, wait
    from asl.syntax.placeholders import fill
    from asl.syntax.sagas import Step, Undo, saga
    from asl.syntax.walk import Machine, Scope, State, walk
    from asl.testing.exploring import Exploration, explore
    from asl.testing.outcomes import Never, Raises, Returns
    from asl.testing.run import run

__all__ = [
    "LAMBDA_TRANSIENT_ERRORS",
    "RULES",
    "Accepted",
    "Account",
    "Allow",
    "Assumptions",
    "Change",
    "Condition",
    "Cost",
    "Danger",
    "DefinitionError",
    "Difference",
    "Exploration",
    "Finding",
    "Machine",
    "MustReach",
    "Never",
    "Node",
    "PermissionsError",
    "Raises",
    "Reach",
    "Returns",
    "Rule",
    "Scope",
    "State",
    "Statement",
    "Step",
    "Undo",
    "allow",
    "catch",
    "check",
    "choice",
    "cost",
    "difference",
    "difference_mermaid",
    "difference_svg",
    "document",
    "explore",
    "fill",
    "grants",
    "longest_seconds",
    "mermaid",
    "require",
    "retry",
    "retry_lambda",
    "run",
    "saga",
    "svg",
    "wait",
    "walk",
]

_HOMES = {
    "asl.analysis.durations": ("longest_seconds",),
    "asl.analysis.promises": ("MustReach",),
    "asl.differences": (
        "Change",
        "Danger",
        "Difference",
        "difference",
        "difference_mermaid",
        "difference_svg",
    ),
    "asl.integrations.arns": ("Account",),
    "asl.permissions.grants": (
        "Allow",
        "PermissionsError",
        "allow",
        "grants",
    ),
    "asl.permissions.policy": (
        "Condition",
        "Reach",
        "Statement",
        "document",
    ),
    "asl.pictures.mermaid": ("mermaid",),
    "asl.pictures.svg": ("svg",),
    "asl.pricing": (
        "Assumptions",
        "Cost",
        "cost",
    ),
    "asl.rules": ("RULES",),
    "asl.rules.acceptance": ("Accepted",),
    "asl.rules.check": (
        "check",
        "require",
    ),
    "asl.rules.findings": (
        "DefinitionError",
        "Finding",
        "Rule",
    ),
    "asl.syntax.builders": (
        "LAMBDA_TRANSIENT_ERRORS",
        "Node",
        "catch",
        "choice",
        "retry",
        "retry_lambda",
        "wait",
    ),
    "asl.syntax.placeholders": ("fill",),
    "asl.syntax.sagas": (
        "Step",
        "Undo",
        "saga",
    ),
    "asl.syntax.walk": (
        "Machine",
        "Scope",
        "State",
        "walk",
    ),
    "asl.testing.exploring": (
        "Exploration",
        "explore",
    ),
    "asl.testing.outcomes": (
        "Never",
        "Raises",
        "Returns",
    ),
    "asl.testing.run": ("run",),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            found: object = getattr(import_module(home), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module 'asl' has no attribute '{name}'")
