"""The workflow that releases a version, in virtual time, on an alias and alarms that answer as AWS's do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

import asl
from asl.running.execution import Execution, Names
from components.release import Canary, Linear
from components.releasing import releasing
from emulator.program import ROOT

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:steps"
RELEASES = f"{MACHINE}-release"
START = 1_000_000_000.0


@dataclass
class Aws:
    """A machine's alias and versions, its alarms, and releases that are under way; `at` the minute it is."""

    routes: dict[int, int]
    ringing: Callable[[float], Sequence[str]] = lambda at: ()
    alarms: Sequence[str] = ("failures", "timeouts")
    under_way: list[str] = field(default_factory=list[str])
    versions: int = 9
    meddling: Mapping[int, dict[int, int]] = field(default_factory=dict[int, dict[int, int]])
    shifts: list[tuple[float, dict[int, int]]] = field(default_factory=list[tuple[float, dict[int, int]]])
    stopped: list[str] = field(default_factory=list[str])
    looks: list[float] = field(default_factory=list[float])
    """The seconds at which the alias was looked at."""
    deleted: list[int] = field(default_factory=list[int])

    def describe(self, arguments: Any, context: Any) -> dict[str, Any]:
        assert arguments == {"StateMachineAliasArn": f"{MACHINE}:live"}
        self.looks.append(seconds(context))
        for minute, routes in self.meddling.items():
            if at(context) >= minute:
                self.routes = routes
        # In no order of its own, as AWS says of none.
        listed = [{"StateMachineVersionArn": version(n), "Weight": w} for n, w in reversed(self.routes.items())]
        return {"StateMachineAliasArn": f"{MACHINE}:live", "RoutingConfiguration": listed}

    def update(self, arguments: Any, context: Any) -> dict[str, Any]:
        routes = {number(r["StateMachineVersionArn"]): r["Weight"] for r in arguments["RoutingConfiguration"]}
        assert sum(routes.values()) == 100
        assert len(routes) <= 2
        self.routes = routes
        self.shifts.append((at(context), routes))
        return {"UpdateDate": "2026-01-01T00:00:00Z"}

    def look(self, arguments: Any, context: Any) -> dict[str, Any]:
        assert arguments["AlarmTypes"] == ["MetricAlarm", "CompositeAlarm"]
        ring = self.ringing(at(context))
        told = [
            {"AlarmName": name, "StateValue": "ALARM" if name in ring else "OK"}
            for name in arguments["AlarmNames"]
            if name in self.alarms
        ]
        return {"MetricAlarms": told[:1], "CompositeAlarms": told[1:]}

    def executions(self, arguments: Any, context: Any) -> dict[str, Any]:
        assert arguments == {"StateMachineArn": RELEASES, "StatusFilter": "RUNNING"}
        arn = RELEASES.replace("stateMachine", "execution")
        return {"Executions": [{"Name": name, "ExecutionArn": f"{arn}:{name}"} for name in self.under_way]}

    def stop(self, arguments: Any, context: Any) -> dict[str, Any]:
        self.stopped.append(arguments["ExecutionArn"].rpartition(":")[2])
        return {"StopDate": "2026-01-01T00:00:00Z"}

    def list_versions(self, arguments: Any, context: Any) -> dict[str, Any]:
        newest = range(self.versions, 0, -1)
        listed = [{"StateMachineVersionArn": version(n), "CreationDate": "2026-01-01T00:00:00Z"} for n in newest]
        return {"StateMachineVersions": listed[: arguments["MaxResults"]]}

    def delete(self, arguments: Any, context: Any) -> dict[str, Any]:
        found = number(arguments["StateMachineVersionArn"])
        assert found not in self.routes, "AWS refuses that"
        self.deleted.append(found)
        return {}

    def release(self, new: int, release: Canary | Linear, **tasks: Any) -> Execution:
        definition = releasing(
            MACHINE, f"{MACHINE}:live", RELEASES, release.shares, release.minutes, release.alarms, release.keep
        )
        calls: dict[str, Any] = {
            "FindOlderReleases": self.executions,
            "StopOlderRelease": self.stop,
            "FindStart": self.describe,
            "LookAtAlias": self.describe,
            "LookAtAlarms": self.look,
            "Shift": self.update,
            "TakeBack": self.update,
            "FindOldVersions": self.list_versions,
            "DeleteOldVersion": self.delete,
        }
        named = Names(f"{new}-0123abcd", "steps-release")
        return asl.run(definition, {"version": version(new)}, {**calls, **tasks}, now=START, names=named)


def version(number: int) -> str:
    return f"{MACHINE}:{number}"


def number(arn: str) -> int:
    return int(arn.rpartition(":")[2])


def seconds(context: Any) -> float:
    """How long the release has taken."""
    return datetime.fromisoformat(context["State"]["EnteredTime"]).timestamp() - START


def at(context: Any) -> float:
    """The minute of the release."""
    return seconds(context) // 60


WATCHED = ("failures", "timeouts")
CANARY, LINEAR = Canary(10, 30, WATCHED), Linear(30, 5, WATCHED)


def test_a_canary_has_its_share_for_its_time_and_then_all() -> None:
    aws = Aws({5: 100})
    assert aws.release(6, CANARY).status == "SUCCEEDED"
    assert aws.shifts == [(0, {5: 90, 6: 10}), (30, {6: 100})]


def test_a_linear_release_goes_on_to_its_end() -> None:
    aws = Aws({5: 100})
    assert aws.release(6, LINEAR).status == "SUCCEEDED"
    assert aws.shifts == [(0, {5: 70, 6: 30}), (5, {5: 40, 6: 60}), (10, {5: 10, 6: 90}), (15, {6: 100})]


@pytest.mark.parametrize("ring", WATCHED)
def test_an_alarm_in_mid_shift_takes_all_of_it_back_within_a_minute(ring: str) -> None:
    aws = Aws({5: 100}, ringing=lambda at: [ring] if at >= 12 else [])
    ended = aws.release(6, CANARY)
    assert (ended.status, ended.error, ended.cause) == ("FAILED", "TakenBack", f"these alarms ring: {ring}")
    assert aws.shifts == [(0, {5: 90, 6: 10}), (12, {5: 100})]
    assert aws.deleted == []


def test_an_alarm_that_rings_already_keeps_every_execution_from_the_new_version() -> None:
    aws = Aws({5: 100}, ringing=lambda at: WATCHED)
    ended = aws.release(6, CANARY)
    assert (ended.error, ended.cause) == ("TakenBack", "these alarms ring: failures, timeouts")
    assert aws.routes == {5: 100}
    assert all(6 not in routes for _, routes in aws.shifts)


def test_an_alarm_that_is_not_there_is_no_leave_to_go_on() -> None:
    aws = Aws({5: 100}, alarms=("failures",))
    ended = aws.release(6, CANARY)
    assert (ended.error, ended.cause) == ("TakenBack", "these alarms are not there: timeouts")


def test_what_cannot_be_watched_is_taken_back() -> None:
    looks: list[float] = []

    def look(arguments: Any, context: Any) -> Any:
        looks.append(at(context))
        return aws.look(arguments, context) if looks[-1] < 5 else asl.Raises("CloudWatch.AccessDeniedException")

    aws = Aws({5: 100})
    ended = aws.release(6, CANARY, LookAtAlarms=look)
    assert ended.cause == "the alarms cannot be looked at: CloudWatch.AccessDeniedException"
    assert aws.routes == {5: 100}


@pytest.mark.parametrize("state", ["Shift", "LookAtAlias"])
def test_a_shift_that_keeps_failing_is_taken_back(state: str) -> None:
    """The first one works, those after it do not."""
    aws = Aws({5: 100})

    def fails(arguments: Any, context: Any) -> Any:
        if at(context) >= 5:
            return asl.Raises("Sfn.ThrottlingException")
        return (aws.update if state == "Shift" else aws.describe)(arguments, context)

    ended = aws.release(6, LINEAR, **{state: fails})
    assert ended.error == "TakenBack"
    assert "Sfn.ThrottlingException" in str(ended.cause)
    assert aws.routes == {5: 100}


def test_a_second_release_in_mid_shift_stops_the_first_and_begins_at_what_was_there_before_it() -> None:
    aws = Aws({5: 90, 6: 10}, under_way=["6-0123abcd", "7-0123abcd", "by-hand"])
    assert aws.release(7, CANARY).status == "SUCCEEDED"
    assert aws.stopped == ["6-0123abcd"], "nor itself, nor what someone else has started"
    assert aws.shifts == [(0, {5: 90, 7: 10}), (30, {7: 100})]
    assert aws.looks[0] >= 10, "a call of the first that was under way may come late"


def test_a_second_release_that_is_taken_back_leads_to_what_was_there_before_the_first() -> None:
    aws = Aws({5: 40, 6: 60}, under_way=["6-0123abcd"], ringing=lambda at: WATCHED if at >= 3 else ())
    assert aws.release(7, CANARY).error == "TakenBack"
    assert aws.routes == {5: 100}


def test_a_release_that_could_not_be_stopped_sees_the_newer_one_and_leaves_the_alias_to_it() -> None:
    aws = Aws({5: 100}, meddling={7: {5: 90, 7: 10}})
    ended = aws.release(6, LINEAR)
    assert (ended.status, ended.error) == ("FAILED", "Superseded")
    assert aws.shifts == [(0, {5: 70, 6: 30}), (5, {5: 40, 6: 60})]
    assert aws.routes == {5: 90, 7: 10}


def test_a_rollback_by_hand_in_mid_shift_stands_whatever_alarms_do() -> None:
    aws = Aws({5: 100}, meddling={3: {4: 100}}, ringing=lambda at: WATCHED if at >= 4 else ())
    assert aws.release(6, CANARY).error == "Superseded"
    assert aws.routes == {4: 100}


def test_an_older_version_never_takes_over_from_a_newer_one() -> None:
    aws = Aws({7: 100})
    assert aws.release(6, CANARY).error == "Superseded"
    assert aws.shifts == []


def test_a_version_that_the_alias_leads_to_is_released() -> None:
    """As in the first `up`, where Pulumi makes the alias."""
    aws = Aws({1: 100})
    assert aws.release(1, CANARY).status == "SUCCEEDED"
    assert aws.shifts == []


def test_what_has_no_share_was_not_there_before() -> None:
    aws = Aws({4: 0, 5: 100})
    aws.release(6, CANARY)
    assert aws.shifts[0] == (0, {5: 90, 6: 10})


def test_old_versions_are_kept_by_number_and_what_ran_before_is_kept_too() -> None:
    aws = Aws({2: 100}, versions=9)
    assert aws.release(9, Canary(10, 30, WATCHED, keep=4)).status == "SUCCEEDED"
    assert aws.deleted == [5, 4, 3, 1], "9 to 6 are the newest four, and 2 is what a rollback goes to"


def test_an_old_version_that_is_in_use_stays_and_fails_nothing() -> None:
    def refuses(arguments: Any, context: Any) -> Any:
        return asl.Raises("Sfn.ConflictException")

    aws = Aws({8: 100}, versions=9)
    assert aws.release(9, Canary(10, 30, WATCHED, keep=1), DeleteOldVersion=refuses).status == "SUCCEEDED"


def test_without_alarms_it_only_takes_its_time() -> None:
    aws = Aws({5: 100}, ringing=lambda at: WATCHED)
    assert aws.release(6, Linear(50, 5)).status == "SUCCEEDED"
    assert aws.shifts == [(0, {5: 50, 6: 50}), (5, {6: 100})]


@pytest.mark.parametrize("release", [Canary(50, 1_440, WATCHED), Linear(1, 14, WATCHED)], ids=["canary", "linear"])
def test_the_longest_release_ends_before_its_time_and_its_history_do(release: Canary | Linear) -> None:
    """An execution has 25,000 events at most: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
    aws = Aws({5: 100}, versions=999)
    ended = aws.release(999, release)
    assert ended.status == "SUCCEEDED"
    assert len(ended.events) < 25_000
    assert len(aws.deleted) == 200, "all that a release deletes at most, beside"


def test_aws_would_take_the_definition() -> None:
    for alarms in (WATCHED, ()):
        found = asl.check(releasing(MACHINE, f"{MACHINE}:live", RELEASES, CANARY.shares, 30, alarms, 100))
        assert [finding for finding in found if finding.rule.severity == "error"] == []


def test_the_page_shows_the_machine_as_it_is() -> None:
    """Where it fails: put what `asl.mermaid` draws into the page."""
    picture = asl.mermaid(releasing(MACHINE, f"{MACHINE}:live", RELEASES, CANARY.shares, 30, WATCHED, 100))
    assert picture.strip() in (ROOT / "docs" / "releases.md").read_text()
