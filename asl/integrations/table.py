"""What a row of the integration table says."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from asl.integrations.arns import ToArns

Pattern: TypeAlias = Literal["request-response", "callback", "sync", "activity"]

FUNCTIONS_ONLY: frozenset[Pattern] = frozenset()
"""No state can make the call; a function can, and its permission is derived from the same row."""

REQUEST: frozenset[Pattern] = frozenset({"request-response"})
REQUEST_OR_CALLBACK: frozenset[Pattern] = frozenset({"request-response", "callback"})
REQUEST_OR_SYNC: frozenset[Pattern] = frozenset({"request-response", "sync"})
EVERY: frozenset[Pattern] = frozenset({"request-response", "callback", "sync"})
SYNC: frozenset[Pattern] = frozenset({"sync"})


class Target(NamedTuple):
    """What actions reach: `template` with parameters in it, `job/{JobName}`, and how the text becomes ARNs.

    `{Overrides.TaskRoleArn}` is a parameter inside another, `{Entries[].EventBusName}` one of each element,
    `{WorkGroup|primary}` one that AWS takes for `primary` where it is left out.
    """

    template: str
    arns: ToArns


class Permission(NamedTuple):
    """Actions that the caller's role needs on `targets`, in some patterns only or `when` a parameter is there.

    `Name` is there, `!Name` is not, `Name=VALUE` has the value as far as is known, `Name~PATTERN` is known to fit.
    Without actions, a declaration has to say them.
    A condition is an operator, a key and a template. `reason` says why a target is wider than what is called.
    """

    actions: tuple[str, ...]
    targets: tuple[Target, ...]
    patterns: frozenset[Pattern] = EVERY
    when: str = ""
    conditions: tuple[tuple[str, str, str], ...] = ()
    reason: str = ""


class Integration(NamedTuple):
    """One service integration. `id` reads like the end of its resource ARN, `dynamodb:updateItem`.

    `required` are the parameters that a call needs, `A|B` where one of them will do. `standard` holds the patterns
    that a Standard machine may use; an Express one may use only request-response:
    https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html
    """

    id: str
    standard: frozenset[Pattern]
    required: tuple[str, ...]
    permissions: tuple[Permission, ...]
    source: str

    def patterns(self, type: str) -> frozenset[Pattern]:
        return self.standard if type == "STANDARD" else self.standard & REQUEST
