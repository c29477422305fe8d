"""Amazon States Language: plain dicts in, facts out. Knows nothing of Pulumi or any one workflow."""

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
    "Finding",
    "Machine",
    "MustReach",
    "Node",
    "PermissionsError",
    "Reach",
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
    "fill",
    "grants",
    "longest_seconds",
    "mermaid",
    "require",
    "retry",
    "retry_lambda",
    "saga",
    "svg",
    "wait",
    "walk",
]
