"""The workflow that releases a version of a machine: shifts its alias share by share, and back where an alarm rings.

One execution releases one version. It writes the alias only after it has seen that the alias is as it was left, so that
it undoes nothing that a person or a newer release has done meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asl import Node, choice, retry, wait

LOOK_SECONDS = 60
"""How often alarms are looked at; their own periods are no shorter."""
CALLS_END_SECONDS = 10
"""How long a call may go on that an execution made before it was stopped."""
DELETED_AT_ONCE = 200
"""How many old versions a release deletes at most; the next one goes on."""
LISTED = 1_000
"""How many versions AWS lists at most: https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineVersions.html"""

TAKEN_BACK, SUPERSEDED = "TakenBack", "Superseded"
"""The errors of releases that did not come to their end: an alarm rang, or the alias was set by someone else."""


def releasing(
    machine: Any, alias: Any, releases: Any, shares: Sequence[int], minutes: int, alarms: Sequence[Any], keep: int
) -> Node:
    """The definition of the Standard machine `releases`, which releases versions of `machine` behind its `alias`.

    Its input is `{"version": ARN}`, and an execution is called `NUMBER-…` after that version's number. `shares` are the
    percentages that a version has one after the other, 100 at the end, and each but that for so many `minutes`.
    `alarms` are watched by name. All but the newest `keep` versions, and those that the alias leads to, are deleted.
    """
    return {
        "Comment": "Shift an alias to a new version, and back when an alarm rings",
        "QueryLanguage": "JSONata",
        "StartAt": "FindOlderReleases",
        "TimeoutSeconds": (len(shares) * (minutes + 10) + 120) * 60,
        "States": {
            **_alone(releases),
            **_found(alias, shares, alarms),
            **(_watching(minutes) if alarms else {"Pause": wait(minutes * 60, then="LookAtAlias")}),
            **_shifting(alias, minutes),
            **_released(machine, keep),
        },
    }


def _call(action: str, arguments: Node, **more: Any) -> Node:
    """A call that does no harm when it is made again."""
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::aws-sdk:{action}",
        "Arguments": arguments,
        "TimeoutSeconds": 60,
        "Retry": [retry("States.ALL", interval=2, attempts=6, longest=60)],
        **more,
    }


def _number(arn: str) -> str:
    """The number of a version."""
    return f"$number($split({arn}, ':')[-1])"


def _alone(releases: Any) -> Node:
    """A newer release ends the older ones. What it cannot stop stops by itself, before it next writes the alias."""
    numbered = "$states.result.Executions[$contains(Name, /^[0-9]+-/)]"
    stop = {
        "ExecutionArn": "{% $states.input %}",
        "Error": SUPERSEDED,
        "Cause": "{% 'version ' & $split($version, ':')[-1] & ' is released in its place' %}",
    }
    return {
        "FindOlderReleases": _call(
            "sfn:listExecutions",
            {"StateMachineArn": releases, "StatusFilter": "RUNNING"},
            Assign={
                "version": "{% $states.input.version %}",
                "older": f"{{% ($mine := {_number('$states.input.version')}; "
                f"[{numbered}[$number($split(Name, '-')[0]) < $mine].ExecutionArn]) %}}",
            },
            Next="IsAnyUnderWay",
        ),
        "IsAnyUnderWay": choice(
            {"Condition": "{% $count($older) > 0 %}", "Next": "StopOlderReleases"}, default="FindStart"
        ),
        "StopOlderReleases": {
            "Type": "Map",
            "Items": "{% $older %}",
            "ItemProcessor": {
                "StartAt": "StopOlderRelease",
                "States": {
                    "StopOlderRelease": _call(
                        "sfn:stopExecution", stop, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "HasEnded"}], End=True
                    ),
                    "HasEnded": {"Type": "Pass", "End": True},
                },
            },
            "Next": "LetCallsEnd",
        },
        "LetCallsEnd": wait(CALLS_END_SECONDS, then="FindStart"),
    }


def _as_text(routes: str) -> str:
    """Where an alias leads, in a text that is the same for the same routes in any order."""
    return f"$join($sort([{routes}.(StateMachineVersionArn & ' ' & $string(Weight))]), ', ')"


def _look(alias: Any, assigned: Node, **more: Any) -> Node:
    now = {"now": f"{{% {_as_text('$states.result.RoutingConfiguration')} %}}"}
    return _call("sfn:describeStateMachineAlias", {"StateMachineAliasArn": alias}, Assign={**now, **assigned}, **more)


def _found(alias: Any, shares: Sequence[int], alarms: Sequence[Any]) -> Node:
    """What was there before: in the middle of an older release, which leads to two versions, the one that it came from.
    That one has the lower number, for every release is of the newest version."""
    routes = "$states.result.RoutingConfiguration[Weight > 0]"
    numbers = f"{routes}.{_number('StateMachineVersionArn')}"
    return {
        "FindStart": _look(
            alias,
            {
                "left": f"{{% {_as_text('$states.result.RoutingConfiguration')} %}}",
                "before": f"{{% ($first := $min([{numbers}]); "
                f"{routes}[{_number('StateMachineVersionArn')} = $first].StateMachineVersionArn) %}}",
                "newest": f"{{% $max([{numbers}]) %}}",
                "shares": list(shares),
                "alarms": list(alarms),
                "step": 0,
                "minutesLeft": 0,
                "why": "",
            },
            Next="IsThereAnythingToDo",
        ),
        "IsThereAnythingToDo": choice(
            {"Condition": f"{{% $newest > {_number('$version')} %}}", "Next": "Superseded"},
            {"Condition": "{% $before = $version %}", "Next": "Released"},
            default="LookAtAlarms" if alarms else "LookAtAlias",
        ),
    }


def _watching(minutes: int) -> Node:
    """A look at the alarms every minute. An alarm that is not there would never ring, so that counts as ringing."""
    told = (
        "{% ($found := $append($states.result.MetricAlarms, $states.result.CompositeAlarms); "
        "$ringing := $found[StateValue = 'ALARM'].AlarmName; "
        "$missing := $alarms[$not($ in $found.AlarmName)]; "
        "$exists($ringing) ? 'these alarms ring: ' & $join($ringing, ', ') : "
        "$exists($missing) ? 'these alarms are not there: ' & $join($missing, ', ') : '') %}"
    )
    return {
        "Pause": {**wait(LOOK_SECONDS, then="LookAtAlarms"), "Assign": {"minutesLeft": "{% $minutesLeft - 1 %}"}},
        "LookAtAlarms": _call(
            "cloudwatch:describeAlarms",
            {"AlarmNames": "{% $alarms %}", "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]},
            Assign={"why": told},
            Catch=[_because("the alarms cannot be looked at", to="LookAtAlias")],
            Next="IsItTime",
        ),
        "IsItTime": choice(
            {"Condition": "{% $minutesLeft > 0 and $why = '' %}", "Next": "Pause"}, default="LookAtAlias"
        ),
    }


def _because(what: str, to: str) -> Node:
    why = f"{{% '{what}: ' & $states.errorOutput.Error %}}"
    return {"ErrorEquals": ["States.ALL"], "Assign": {"why": why}, "Next": to}


def _shifting(alias: Any, minutes: int) -> Node:
    """The next share, or all of it back."""
    shared = (
        "{% $shares[$step] = 100 ? [{'StateMachineVersionArn': $version, 'Weight': 100}] : "
        "[{'StateMachineVersionArn': $before, 'Weight': 100 - $shares[$step]}, "
        "{'StateMachineVersionArn': $version, 'Weight': $shares[$step]}] %}"
    )
    back = [{"StateMachineVersionArn": "{% $before %}", "Weight": 100}]
    update = "sfn:updateStateMachineAlias"
    return {
        "LookAtAlias": _look(
            alias,
            {"next": shared},
            Catch=[_because("the alias cannot be looked at", to="TakeBack")],
            Next="IsAliasAsItWasLeft",
        ),
        "IsAliasAsItWasLeft": choice(
            {"Condition": "{% $now != $left %}", "Next": "Superseded"},
            {"Condition": "{% $why != '' %}", "Next": "TakeBack"},
            default="Shift",
        ),
        "Shift": _call(
            update,
            {"StateMachineAliasArn": alias, "RoutingConfiguration": "{% $next %}"},
            Assign={
                "left": f"{{% {_as_text('$next')} %}}",
                "step": "{% $step + 1 %}",
                "minutesLeft": minutes,
            },
            Catch=[_because("the alias cannot be shifted", to="TakeBack")],
            Next="IsAllShifted",
        ),
        "IsAllShifted": choice(
            {"Condition": "{% $step = $count($shares) %}", "Next": "FindOldVersions"}, default="Pause"
        ),
        "TakeBack": _call(update, {"StateMachineAliasArn": alias, "RoutingConfiguration": back}, Next="TakenBack"),
        "TakenBack": {"Type": "Fail", "Error": TAKEN_BACK, "Cause": "{% $why %}"},
        "Superseded": {"Type": "Fail", "Error": SUPERSEDED, "Cause": "{% 'the alias leads to ' & $now %}"},
    }


def _released(machine: Any, keep: int) -> Node:
    """Old versions go; executions that run them go on. One that another alias leads to stays, as AWS has it."""
    kept = f"[{keep}..{LISTED - 1}]"
    return {
        "FindOldVersions": _call(
            "sfn:listStateMachineVersions",
            {"StateMachineArn": machine, "MaxResults": min(keep + DELETED_AT_ONCE, LISTED)},
            Assign={
                "old": f"{{% [$states.result.StateMachineVersions[{kept}]"
                ".StateMachineVersionArn[$ != $before and $ != $version]] %}"
            },
            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Released"}],
            Next="DeleteOldVersions",
        ),
        "DeleteOldVersions": {
            "Type": "Map",
            "Items": "{% $old %}",
            # Deletions at the same time collide: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineVersion.html
            "MaxConcurrency": 1,
            "ItemProcessor": {
                "StartAt": "DeleteOldVersion",
                "States": {
                    "DeleteOldVersion": _call(
                        "sfn:deleteStateMachineVersion",
                        {"StateMachineVersionArn": "{% $states.input %}"},
                        Catch=[{"ErrorEquals": ["States.ALL"], "Next": "IsInUse"}],
                        End=True,
                    ),
                    "IsInUse": {"Type": "Pass", "End": True},
                },
            },
            "Next": "Released",
        },
        "Released": {"Type": "Succeed", "Output": {"version": "{% $version %}", "before": "{% $before %}"}},
    }
