"""What a row of the integration table says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from asl.integrations.arns import ToArns

Pattern: TypeAlias = Literal["request-response", "callback", "sync", "activity"]

FUNCTIONS_ONLY: frozenset[Pattern] = frozenset()
"""No state can make the call; a function can, and its permission is derived from the same row."""

REQUEST: frozenset[Pattern] = frozenset({"request-response"})
REQUEST_OR_CALLBACK: frozenset[Pattern] = frozenset({"request-response", "callback"})


@dataclass(frozen=True, slots=True)
class Permission:
    """Actions that the caller's role needs on what `parameter` names; the state's `Resource` where it is empty."""

    actions: tuple[str, ...]
    parameter: str
    arns: ToArns


@dataclass(frozen=True, slots=True)
class Integration:
    """One service integration. `id` reads like the end of its resource ARN, `dynamodb:updateItem`.

    `standard` holds the patterns that a Standard machine may use; an Express one may use only request-response:
    https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html
    """

    id: str
    standard: frozenset[Pattern]
    required: tuple[str, ...]
    permissions: tuple[Permission, ...]
    source: str

    def patterns(self, type: str) -> frozenset[Pattern]:
        return self.standard if type == "STANDARD" else self.standard & REQUEST
