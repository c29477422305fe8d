"""A machine's versions: when each was published, how many executions start with it, how its release went, and back."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from orderflow.documents import at, text_at
from orderflow.errors import OrderflowError, aws_errors
from orderflow.machines import Machine
from orderflow.outputs import Deployment
from orderflow.text import one_line

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import ExecutionListItemTypeDef

Outcome: TypeAlias = Literal["SHIFTING", "RELEASED", "TAKEN_BACK", "SUPERSEDED", "BROKEN_OFF", ""]
"""How the release of a version went. `SUPERSEDED`: another one, or a rollback, went before it. `BROKEN_OFF`: it failed
by itself, and the alias is as it left it. Empty where none is known: it was released all at once, or AWS has forgotten
its release, as it does 90 days after that ended."""

CALLS_END_SECONDS = 10
"""How long a call may go on that a release made before it was stopped."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version: `share` is the percentage of executions that start with it now. `ended_at` and `why` are its
    release's."""

    number: int
    published_at: datetime
    share: int
    outcome: Outcome
    ended_at: datetime | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Releases:
    """The versions of a machine, newest first; `told` is the one that the stack says was deployed last. `gradual` says
    whether a version takes over by a release."""

    machine: str
    gradual: bool
    told: int | None
    versions: Sequence[Version]

    @property
    def shifting(self) -> Version | None:
        """The version that is being released."""
        return next((one for one in self.versions if one.outcome == "SHIFTING"), None)

    @property
    def deployed(self) -> Version | None:
        """The version that was deployed last."""
        return next((one for one in self.versions if one.number == self.told), None)


@dataclass(frozen=True, slots=True)
class Share:
    """The percentage of executions that start with a version."""

    version: int
    share: int


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a rollback did: executions of `machine` start with `version`, and started as `before` says. `stopped` is the
    version whose release it ended."""

    machine: str
    version: int
    before: Sequence[Share]
    stopped: int | None


def released_machines(deployment: Deployment) -> list[Machine]:
    """The machines of a stack, without those that release the others."""
    told = at(deployment.outputs, "machines")
    releasing = {text_at(told, name, "releasesArn") for name in deployment.machines}
    machines = [Machine(name, starts) for name, starts in deployment.machines.items()]
    return [machine for machine in machines if machine.arn not in releasing]


class Aliased:
    """One machine of a stack behind its alias.

    Every method raises OrderflowError where AWS refuses or cannot be reached.
    """

    def __init__(self, deployment: Deployment, machine: Machine) -> None:
        """Raises OrderflowError where executions of the machine do not start through an alias."""
        qualifier = machine.read.name
        if not qualifier or qualifier.isdecimal():
            raise OrderflowError(f"{machine.starts} is no alias; name the machine's stack with --stack, or its alias")
        told = at(deployment.outputs, "machines", machine.name)
        self.name, self._machine, self._alias = machine.name, machine.arn, machine.starts
        self._releases = text_at(told, "releasesArn")
        version = text_at(told, "versionArn")
        self._told = _number(version) if version else None
        self._client: SFNClient = deployment.connect("stepfunctions")

    def releases(self, limit: int = 20) -> Releases:
        """The newest `limit` versions, and those that the alias leads to."""
        shares, executions = self._shares(), self._executions()
        with aws_errors():
            pages = self._client.list_state_machine_versions(stateMachineArn=self._machine, maxResults=1000)
            listed = pages["stateMachineVersions"]
        published = {_number(one["stateMachineVersionArn"]): one["creationDate"] for one in listed}
        shown = sorted({*sorted(published, reverse=True)[:limit], *(shares.keys() & published.keys())}, reverse=True)
        versions = [
            Version(number, published[number], shares.get(number, 0), *self._ended(executions.get(number)))
            for number in shown
        ]
        return Releases(self.name, self._releases is not None, self._told, versions)

    def rollback(self, to: int | None = None) -> RolledBack:
        """Lead the alias to version `to`, at once, and stop a release that is under way. Without `to` to the version
        that ran before: in the middle of a release to the one that it came from.

        Executions that have started stay on the version that they started with.
        """
        found, before = self.releases(limit=1000), self._shares()
        target = _there(found, to) if to is not None else _previous(found, before)
        stopped = self._stop(found.shifting, target)
        self._lead(target)
        if stopped is not None:
            # A call that the release had made just before may come after ours.
            time.sleep(CALLS_END_SECONDS)
            if self._shares() != {target: 100}:
                self._lead(target)
        return RolledBack(self.name, target, [Share(*one) for one in sorted(before.items())], stopped)

    def _lead(self, number: int) -> None:
        route = {"stateMachineVersionArn": f"{self._machine}:{number}", "weight": 100}
        with aws_errors():
            self._client.update_state_machine_alias(stateMachineAliasArn=self._alias, routingConfiguration=[route])  # type: ignore[list-item]

    def _stop(self, shifting: Version | None, target: int) -> int | None:
        if shifting is None:
            return None
        for number, execution in self._executions().items():
            if execution["status"] == "RUNNING":
                cause = f"rolled back to version {target} while version {number} was released"
                with aws_errors():
                    self._client.stop_execution(executionArn=execution["executionArn"], error="Superseded", cause=cause)
        return shifting.number

    def _shares(self) -> dict[int, int]:
        with aws_errors():
            alias = self._client.describe_state_machine_alias(stateMachineAliasArn=self._alias)
        return {
            _number(route["stateMachineVersionArn"]): route["weight"]
            for route in alias.get("routingConfiguration", ())
            if route["weight"]
        }

    def _executions(self) -> dict[int, ExecutionListItemTypeDef]:
        """The releases by their versions: an execution is called `NUMBER-…` after its own."""
        if not self._releases:
            return {}
        with aws_errors():
            listed = self._client.list_executions(stateMachineArn=self._releases, maxResults=1000)["executions"]
        numbered = [(one["name"].partition("-")[0], one) for one in reversed(listed)]
        return {int(number): one for number, one in numbered if number.isdecimal()}

    def _ended(self, execution: ExecutionListItemTypeDef | None) -> tuple[Outcome, datetime | None, str | None]:
        if execution is None:
            return "", None, None
        ended, status = execution.get("stopDate"), execution["status"]
        if status in ("RUNNING", "SUCCEEDED"):
            return "SHIFTING" if status == "RUNNING" else "RELEASED", ended, None
        with aws_errors():
            told: Any = self._client.describe_execution(executionArn=execution["executionArn"])
        outcomes: Mapping[str, Outcome] = {"TakenBack": "TAKEN_BACK", "Superseded": "SUPERSEDED"}
        why = told.get("cause") or told.get("error") or status
        return outcomes.get(told.get("error", ""), "BROKEN_OFF"), ended, one_line(why, 400)


def _number(version_arn: str) -> int:
    return int(version_arn.rpartition(":")[2])


def _there(found: Releases, to: int) -> int:
    known = [one.number for one in found.versions]
    if to not in known:
        kept = ", ".join(map(str, known[:20]))
        raise OrderflowError(f"{found.machine} has no version {to}; 'orderflow releases' shows those kept: {kept}")
    return to


def _previous(found: Releases, shares: Mapping[int, int]) -> int:
    """The version to go back to: in the middle of a release where it came from, else the last that ran in earnest."""
    if len(shares) > 1:
        return min(shares)
    (now,) = shares
    good = [one.number for one in found.versions if one.number < now and one.outcome in ("RELEASED", "")]
    if not good:
        raise OrderflowError(
            f"{found.machine} has no version before {now} to go back to; 'orderflow releases' shows what there is, "
            "--to names one"
        )
    return good[0]
