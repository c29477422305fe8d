"""A function that this program does not deploy."""

from __future__ import annotations

import re

import pulumi

from asl import Account

from .references import Reference
from .role import account

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ARN = re.compile(r"arn:[a-z-]+:lambda:(?P<region>[a-z0-9-]+):\d{12}:function:[A-Za-z0-9_-]{1,64}")
_QUALIFIER = re.compile(r"[A-Za-z0-9_-]{1,128}")


class ExistingFunctionRefusedError(pulumi.RunError):
    """What names no function, which Pulumi shows as what the user has to mend.

    No ValueError: one that is raised while Outputs are resolved Pulumi wraps, and shows with a traceback.
    """


class ExistingFunction:
    """A function that exists already, by its name where this program deploys, or by its ARN. In a definition it stands
    for its `alias`, and without one for what was deployed last: then it changes under executions that are in flight.

    A function of another account has to allow the machine's role by a policy of its own, too:
    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html

    Raises:
        ExistingFunctionRefusedError: for what is neither a name nor an ARN, also when an Output turns out to be such.
    """

    arn: pulumi.Output[str]
    alias_arn: pulumi.Output[str]

    def __init__(self, name: str, function: pulumi.Input[str], alias: str | None = None) -> None:
        if alias is not None and not _QUALIFIER.fullmatch(alias):
            raise ExistingFunctionRefusedError(f"existing function '{name}': `alias` is no alias or version: {alias!r}")
        if isinstance(function, str):
            _require(name, function)
        self._name, self._suffix = name, f":{alias}" if alias else ""
        self.arn = pulumi.Output.all(function, account()).apply(lambda known: _arn(name, *known))
        self.alias_arn = self.arn.apply(lambda arn: f"{arn}{self._suffix}")

    def reference(self) -> Reference:
        """How a definition names this function."""
        region = self.arn.apply(lambda arn: arn.split(":")[3])
        return Reference(f"{self._name}.arn", self.arn, self._suffix, region=region)


def _require(name: str, function: str) -> str:
    if _NAME.fullmatch(function) or _ARN.fullmatch(function):
        return function
    mend = "give what follows the function's name as `alias`" if _ARN.match(function) else "write one of these"
    raise ExistingFunctionRefusedError(
        f"existing function '{name}': {function!r} is neither the name of a function nor its ARN: {mend}"
    )


def _arn(name: str, function: str, where: Account) -> str:
    known = _require(name, function)
    return known if known.startswith("arn:") else where.arn("lambda", f"function:{known}")
