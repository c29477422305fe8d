"""The ARNs of Step Functions: of machines with their versions and aliases, of executions, and of Map Runs.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, cast

from orderflow.errors import OrderflowError
from orderflow.text import one_line

Kind: TypeAlias = Literal["stateMachine", "execution", "express", "mapRun"]

NAME = r"[^\s:/#]{1,80}"
"""A name as AWS takes it, as far as an ARN's own signs go."""

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):states:(?P<region>[a-z0-9-]+):(?P<account>\d{12})"
    rf":(?P<kind>stateMachine|execution|express|mapRun):(?P<machine>{NAME})(?:/(?P<label>{NAME}))?"
    rf"(?P<rest>(?::{NAME}){{0,2}})"
)
_PARTS = {"stateMachine": (0, 1), "execution": (1,), "express": (2,), "mapRun": (1,)}
"""How many names may follow the machine's: a version or an alias; an execution, and of Express its id, too; an id."""


@dataclass(frozen=True, slots=True)
class StatesArn:
    """An ARN of Step Functions.

    `label` is that of the Distributed Map whose children it is about. `name` is what follows the machine: a version or
    alias, an execution's name, or a Map Run's id; empty where nothing does.
    """

    partition: str
    region: str
    account: str
    kind: Kind
    machine: str
    label: str = ""
    name: str = ""

    def __str__(self) -> str:
        label, name = f"/{self.label}" if self.label else "", f":{self.name}" if self.name else ""
        return f"arn:{self.partition}:states:{self.region}:{self.account}:{self.kind}:{self.machine}{label}{name}"

    @property
    def machine_arn(self) -> str:
        """The ARN of the machine itself, without version or alias."""
        return str(replace(self, kind="stateMachine", label="", name=""))

    def execution(self, name: str) -> StatesArn:
        """That of the machine's execution `name`."""
        return replace(self, kind="execution", label="", name=name)


def read_arn(text: str) -> StatesArn | None:
    """What the ARN is about; None where `text` is none of Step Functions'."""
    found = _ARN.fullmatch(text)
    if found is None or found["rest"].count(":") not in _PARTS[found["kind"]]:
        return None
    partition, region, account, machine = (found[name] for name in ("partition", "region", "account", "machine"))
    return StatesArn(
        partition, region, account, cast(Kind, found["kind"]), machine, found["label"] or "", found["rest"][1:]
    )


def machine_arn(text: str) -> StatesArn:
    """The ARN of a machine, a version or an alias.

    Raises:
        OrderflowError: when `text` is none.
    """
    found = read_arn(text)
    if found is None or found.kind != "stateMachine":
        raise OrderflowError(
            f"not a state machine's ARN: {one_line(text)!r}; "
            "expected arn:aws:states:REGION:ACCOUNT:stateMachine:NAME or that and :ALIAS"
        )
    return found
