"""Releases as a program asks for them: what is registered, what is allowed, and what is refused in preview."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from components import Canary, Linear, ReleaseRefusedError
from components.release import require_release
from emulator.program import ROOT
from orderflow.testing.stack import Stack
from tests.infra.conftest import Run

PROGRAM = """
import pulumi_aws as aws
from components import *

definition = {"StartAt": "Done", "TimeoutSeconds": 60, "States": {"Done": {"Type": "Succeed"}}}
told = aws.sns.Topic("told").arn
StateMachine("steps", StateMachineArgs(definition, Logs(7), REST))
"""
ALIAS, INVOCATION = "aws:sfn/alias:Alias", "aws:lambda/invocation:Invocation"


@pytest.fixture
def made(run: Run) -> Any:
    return lambda rest, **options: run(PROGRAM.replace("REST", rest), **options)


def ignored(made: Stack, name: str) -> list[str]:
    return [*made.one(ALIAS, name).request.ignoreChanges]


def test_all_at_once_the_alias_is_pulumis_and_nothing_else_is_there(made: Any) -> None:
    found = made("release=AllAtOnce()")
    assert ignored(found, "steps") == []
    assert {one.name for one in found.resources("aws:sfn/stateMachine:StateMachine")} == {"steps"}
    assert found.resources(INVOCATION) == []


def test_gradually_the_alias_is_left_to_the_machine_that_releases(made: Any) -> None:
    found = made("release=Canary(10, 30, alarms=['failures'])")
    assert ignored(found, "steps") == ["routingConfigurations"]
    assert ignored(found, "steps-release") == [], "that one goes by Pulumi"
    states = found.machine("steps-release").definition["States"]
    assert states["FindStart"]["Assign"]["shares"] == [10, 100]
    assert states["FindStart"]["Assign"]["alarms"] == ["failures"]
    begun = json.loads(found.one(INVOCATION, "steps-release").inputs["input"])
    assert begun["input"]["version"].endswith("stateMachine:orderflow-dev-steps:4")
    assert begun["name"].startswith("4-"), "by which a newer release knows it"
    (role,) = [role for role in found.roles() if role.name == "orderflow-dev-steps-release"]
    started = [one for one in role.policy["Statement"] if one["Action"] == ["states:StartExecution"]]
    assert [one["Resource"] for one in started] == [
        ["arn:aws:states:us-east-1:000000000000:stateMachine:orderflow-dev-steps-release"]
    ]


def test_a_version_of_another_machine_of_the_same_name_is_another_release(made: Any) -> None:
    """AWS counts a new machine's versions from 1 again, and gives a name away once in 90 days."""

    def name(day: int) -> str:
        machine = {"aws:sfn/stateMachine:StateMachine": {"creationDate": f"2026-01-0{day}T00:00:00Z"}}
        found = made("release=Linear(10, 5, ['failures'])", outputs=machine)
        return json.loads(found.one(INVOCATION, "steps-release").inputs["input"])["name"]

    assert name(1) == name(1) != name(2)


def test_a_machine_brings_its_own_alarms_and_page_and_its_release_watches_them(made: Any) -> None:
    found = made("release=Linear(25, 5, ['others']), alarm_topic=told, dashboard=True")
    alarms = {one.inputs["name"]: one.inputs for one in found.resources("aws:cloudwatch/metricAlarm:MetricAlarm")}
    own = [f"orderflow-dev-steps-{what}" for what in ("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionThrottled")]
    assert [*alarms] == [*own, "orderflow-dev-steps-release-failed"]
    topic = found.one("aws:sns/topic:Topic", "told").outputs["arn"]
    assert all(one["alarmActions"] == one["okActions"] == [topic] for one in alarms.values())
    watched = found.machine("steps-release").definition["States"]["FindStart"]["Assign"]
    assert watched["alarms"] == [*own, "others"]
    assert watched["shares"] == [25, 50, 75, 100]
    body = json.loads(found.one("aws:cloudwatch/dashboard:Dashboard", "steps").inputs["dashboardBody"])
    assert [widget["properties"]["title"] for widget in body["widgets"]] == [
        "Executions of steps",
        "Duration of steps",
    ]


def test_what_an_earlier_version_calls_stays_allowed(made: Any) -> None:
    rest = "release=Canary(10, 30, ['failures']), earlier_calls=[('sns:publish', told)]"
    statements = made(rest).machine("steps").policy["Statement"]
    kept = [one["Resource"] for one in statements if one["Action"] == ["sns:Publish"]]
    assert kept == [["arn:aws:sns:us-east-1:000000000000:told"]]
    assert not [one for one in made("").machine("steps").policy["Statement"] if one["Action"] == ["sns:Publish"]]


def test_an_earlier_call_that_no_integration_makes_is_refused(made: Any) -> None:
    with pytest.raises(Exception, match=r"steps: earlier_calls: 'sns:publsh' is no call .*did you mean 'sns:publish'"):
        made("earlier_calls=[('sns:publsh', told)]", preview=True)


def test_nothing_of_it_is_there_unless_asked_for(made: Any) -> None:
    found = made("")
    assert found.resources("aws:cloudwatch/metricAlarm:MetricAlarm") == []
    assert found.resources("aws:cloudwatch/dashboard:Dashboard") == []


def test_a_release_that_watches_nothing_is_warned_of(made: Any, caplog: pytest.LogCaptureFixture) -> None:
    made("release=Canary(10, 30)", preview=True)
    assert "steps: its release watches no alarm, so that nothing takes a bad version back" in caplog.text
    caplog.clear()
    made("release=Canary(10, 30), alarm_topic=told", preview=True)
    assert "watches no alarm" not in caplog.text


@pytest.mark.parametrize(
    ("release", "said"),
    [
        (Canary(0, 30), "percent is a whole number from 1 to 99, not 0"),
        (Canary(100, 30), "percent is a whole number from 1 to 99, not 100"),
        (Linear(cast(int, 12.5), 30), "percent is a whole number from 1 to 99, not 12.5"),
        (Canary(True, 30), "percent is a whole number from 1 to 99, not True"),
        (Canary(10, 0), "minutes is a whole number from 1 to 1,440, not 0"),
        (Canary(10, 1_441), "minutes is a whole number from 1 to 1,440, not 1441"),
        (Canary(10, 30, keep=0), "keep is a whole number from 1 to 999, not 0"),
        (Canary(10, 30, ["a"] * 101), "alarms are 100 at most, and these are 101: watch a composite alarm over them"),
        (Linear(10, 161), "it would take 1,449 minutes, and may take 1,440: raise percent, or lower minutes to 160"),
    ],
)
def test_what_cannot_be_carried_out_is_refused(release: Canary | Linear, said: str) -> None:
    with pytest.raises(ReleaseRefusedError, match="steps: its release cannot be carried out") as refused:
        require_release("steps", release)
    assert said in str(refused.value)


def test_what_is_no_release_is_told_what_is_one() -> None:
    with pytest.raises(
        ReleaseRefusedError, match=r"steps: release is an AllAtOnce\(\), a Canary or a Linear, not 'can"
    ):
        require_release("steps", cast(Canary, "canary"))


def test_it_is_refused_before_anything_is_registered(made: Any) -> None:
    with pytest.raises(ReleaseRefusedError, match="percent is a whole number"):
        made("release=Canary(0, 30)", preview=True)


@pytest.mark.parametrize("release", [Canary(1, 1), Canary(99, 1_440, keep=999), Linear(10, 160), Linear(99, 1)])
def test_the_bounds_themselves_are_taken(release: Canary | Linear) -> None:
    require_release("steps", release)
    assert release.shares[-1] == 100


def test_what_the_page_shows_is_a_program(run: Run) -> None:
    page = (ROOT / "docs" / "releases.md").read_text()
    made = run(page.partition("```python\n")[2].partition("```")[0])
    watched = made.machine("steps-release").definition["States"]["FindStart"]["Assign"]["alarms"]
    assert watched[-1] == "shop-orders-missing"
    told = made.exports["machines"]
    assert told["steps"]["releasesArn"] == told["steps-release"]["arn"]
