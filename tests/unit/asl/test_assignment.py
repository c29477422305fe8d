"""Variables that are read before they are assigned: on every way, on some way, and where that is well provided for.

https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html, and for what JSONata makes of an undefined
value https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import random
from typing import Any

import pytest

import asl
from asl.analysis.assignment.expressions import GIVING
from asl.running.jsonata import EvaluationError, evaluate
from asl.running.jsonata.library import LIBRARY
from asl.running.loop import Loop
from asl.testing.outcomes import Raises
from asl.testing.run import run
from tests.unit.asl.running.machines import distributed, each, jsonata, machine, task

Node = dict[str, Any]
ALL = ["States.ALL"]


def told(definition: Node) -> list[tuple[str, str]]:
    """The rule and the place of each finding about variables that are read."""
    return [(one.rule.id, one.path) for one in asl.check(definition) if one.rule.id in ("ASL045", "ASL171")]


def opening(**after: Node) -> Node:
    """A task that assigns `$id` and leads to `After`; so does its catcher, which assigns nothing."""
    catcher = {"ErrorEquals": ALL, "Next": "After"}
    return {"Open": task(Assign={"id": "{% $states.result %}"}, Catch=[catcher], Next="After"), **after}


def telling(output: Any, **fields: Any) -> Node:
    return {"Type": "Pass", "Output": output, "End": True, **fields}


def asking(condition: str, then: str, otherwise: str, **fields: Any) -> Node:
    return {"Type": "Choice", "Choices": [{"Condition": condition, "Next": then, **fields}], "Default": otherwise}


UNSURE: dict[str, Any] = {
    "the value itself": "{% $id %}",
    "a field of it": "{% $id.number %}",
    "an element of it": "{% $id[0] %}",
    "a sum": "{% $id + 1 %}",
    "what a function makes of it": "{% $uppercase($string($id)) %}",
    "both ends of a condition": "{% $states.input.a ? $id : $id.number %}",
    "a name for it": "{% ($known := $id; $known) %}",
    "a field of an object": {"id": "{% $id %}"},
}


@pytest.mark.parametrize("output", UNSURE.values(), ids=UNSURE)
def test_what_a_catcher_leaves_without_a_value_is_told_where_it_is_read(output: Any) -> None:
    definition = jsonata(opening(After=telling(output)))
    (found,) = [one for one in asl.check(definition) if one.rule.id == "ASL045"]
    assert found.path.startswith("States.After.Output")
    assert "by States.Open.Catch[0] nothing has assigned '$id', so that reading it fails" in found.message
    execution = run(definition, tasks={"Open": Raises("Late")})
    assert (execution.status, execution.error) == ("FAILED", "States.QueryEvaluationError")


SURE: dict[str, Any] = {
    "it is asked for": "{% $exists($id) ? $id : 'none' %}",
    "it is asked for by a name": "{% ($known := $id; $exists($known) ? $known : 'none') %}",
    "its lack is asked for": "{% $not($exists($id)) ? 'none' : $id %}",
    "its kind is asked for": "{% $type($id) = 'string' and $length($id) > 0 ? $id : 'none' %}",
    "it is compared": "{% $id = 'a' %}",
    "it is counted": "{% $count($id) %}",
    "it is appended to": "{% $append($id, 'b') %}",
    "the first of two": "{% [$id, 'none'][0] %}",
    "an object that drops what is undefined": "{% {'id': $id} %}",
    "the name is bound inside": "{% ($id := 1; $id) %}",
    "a parameter has the name": "{% $map([1, 2], function($id) { $id }) %}",
}


@pytest.mark.parametrize("output", SURE.values(), ids=SURE)
def test_what_jsonata_provides_for_is_not_told_and_runs(output: str) -> None:
    definition = jsonata(opening(After=telling(output)))
    assert told(definition) == []
    for outcome in ("a", Raises("Late")):
        assert run(definition, tasks={"Open": outcome}).status == "SUCCEEDED"


def test_a_text_that_goes_without_it_is_told_and_runs() -> None:
    definition = jsonata(opening(After=telling("{% 'account ' & $id %}")))
    (found,) = [one for one in asl.check(definition) if one.rule.id == "ASL045"]
    assert "so that the text goes without it" in found.message
    assert run(definition, tasks={"Open": Raises("Late")}).output == "account "


def test_a_text_that_grows_with_each_visit_may_begin_with_nothing() -> None:
    states = {
        "Add": {"Type": "Pass", "Assign": {"log": "{% $log & '.' %}"}, "Next": "Enough"},
        "Enough": asking("{% $length($log) > 2 %}", "Tell", "Add"),
        "Tell": telling("{% $log %}"),
    }
    assert told(jsonata(states)) == []
    assert run(jsonata(states)).output == "..."


CAUGHT = {"ErrorEquals": ALL, "Next": "Has"}
GUARDED: dict[str, Node] = {
    "a Choice asks for it": {
        **opening(After=asking("{% $exists($id) %}", "Tell", "Done")),
        "Tell": telling("{% $id %}"),
        "Done": {"Type": "Succeed"},
    },
    "a Choice asks for its lack": {
        **opening(After=asking("{% $not($exists($id)) or $states.input.a = 1 %}", "Done", "Tell")),
        "Tell": telling("{% $id %}"),
        "Done": {"Type": "Succeed"},
    },
    "a Choice compares it": {
        **opening(After=asking("{% $id = 'a' and $count($id) = 1 %}", "Tell", "Done")),
        "Tell": telling("{% $id %}"),
        "Done": {"Type": "Succeed"},
    },
    "a flag says so": {
        "Open": task(
            Assign={"id": "{% $states.result %}", "isOpen": True},
            Catch=[{**CAUGHT, "Assign": {"isOpen": "{% false %}"}}],
            Next="Has",
        ),
        "Has": asking("{% $isOpen %}", "Tell", "Done"),
        "Tell": telling("{% $id %}"),
        "Done": {"Type": "Succeed"},
    },
    "a word says so": {
        "Open": task(
            Assign={"id": "{% $states.result %}", "step": "OPEN"},
            Catch=[{**CAUGHT, "Assign": {"step": "NONE"}}],
            Next="Has",
        ),
        "Has": asking("{% $step != 'OPEN' %}", "Done", "Tell"),
        "Tell": telling("{% $id %}"),
        "Done": {"Type": "Succeed"},
    },
    "a word that was asked for otherwise says so": {
        "Open": task(
            Assign={"id": "{% $states.result %}", "step": "OPEN"},
            Catch=[{**CAUGHT, "Assign": {"step": "NONE"}}],
            Next="Has",
        ),
        "Has": asking("{% $step in ['OPEN', 'NONE'] %}", "IsOpen", "Done"),
        "IsOpen": asking("{% $step = 'OPEN' %}", "Tell", "Done"),
        "Tell": telling("{% $id %}"),
        "Done": {"Type": "Succeed"},
    },
    "the same question is asked again": {
        "IsNew": asking("{% $states.context.Execution.Input.isNew = true %}", "Open", "Wait"),
        "Open": {"Type": "Pass", "Assign": {"id": 1}, "Next": "Wait"},
        "Wait": task(Next="IsStillNew"),
        "IsStillNew": asking("{% $states.context.Execution.Input.isNew = true %}", "Tell", "Done"),
        "Tell": telling("{% $id %}"),
        "Done": {"Type": "Succeed"},
    },
    "the catcher assigns it": {
        "Open": task(
            Assign={"id": 1}, Catch=[{"ErrorEquals": ALL, "Assign": {"id": None}, "Next": "Tell"}], Next="Tell"
        ),
        "Tell": telling("{% $id %}"),
    },
    "all rules assign it": {
        "Kind": {**asking("{% $states.input.a = 1 %}", "Tell", "Tell", Assign={"id": 1}), "Assign": {"id": 2}},
        "Tell": telling("{% $id %}"),
    },
}


@pytest.mark.parametrize("states", GUARDED.values(), ids=GUARDED)
def test_what_choices_and_catchers_provide_for_is_not_told_and_runs(states: Node) -> None:
    assert told(jsonata(states)) == []
    for open_, is_new in (("a", True), (Raises("Late"), False)):
        tasks = {name: open_ if name == "Open" else 1 for name, node in states.items() if node["Type"] == "Task"}
        assert run(jsonata(states), {"isNew": is_new}, tasks).status == "SUCCEEDED"


def test_a_flag_that_changes_meanwhile_proves_nothing() -> None:
    states = {
        "Open": task(
            Assign={"id": 1, "isOpen": True},
            Catch=[{**CAUGHT, "Next": "Reset", "Assign": {"isOpen": False}}],
            Next="Has",
        ),
        "Reset": {"Type": "Pass", "Assign": {"isOpen": "{% $states.input != 1 %}"}, "Next": "Has"},
        "Has": asking("{% $isOpen %}", "Tell", "Done"),
        "Tell": telling("{% $id %}"),
        "Done": {"Type": "Succeed"},
    }
    assert told(jsonata(states)) == [("ASL045", "States.Tell.Output")]


def test_the_same_question_about_another_value_proves_nothing() -> None:
    states = {
        "Begin": {"Type": "Pass", "Assign": {"polls": "{% $states.input.polls %}"}, "Next": "Many"},
        "Many": asking("{% $polls > 3 %}", "Open", "Add"),
        "Open": {"Type": "Pass", "Assign": {"id": 1}, "Next": "Again"},
        "Add": {"Type": "Pass", "Assign": {"polls": "{% $polls + 1 %}"}, "Next": "Again"},
        "Again": asking("{% $polls > 3 %}", "Tell", "Done"),
        "Tell": telling("{% $id %}"),
        "Done": {"Type": "Succeed"},
    }
    assert told(jsonata(states)) == [("ASL045", "States.Tell.Output")]
    del states["Add"]["Assign"]
    assert told(jsonata(states)) == []


def test_the_same_question_about_other_data_proves_nothing() -> None:
    states = {
        "IsNew": asking("{% $states.input.isNew = true %}", "Open", "Work"),
        "Open": {"Type": "Pass", "Assign": {"id": 1}, "Next": "Work"},
        "Work": task(Next="IsStillNew"),
        "IsStillNew": asking("{% $states.input.isNew = true %}", "Tell", "Done"),
        "Tell": telling("{% $id %}"),
        "Done": {"Type": "Succeed"},
    }
    assert told(jsonata(states)) == [("ASL045", "States.Tell.Output")]
    states["Work"] = {"Type": "Wait", "Seconds": 1, "Next": "IsStillNew"}
    assert told(jsonata(states)) == []


NEVER: dict[str, tuple[str, Node]] = {
    "in the Assign that makes it": (
        "States.Add.Assign.polls",
        {"Add": {"Type": "Pass", "Assign": {"polls": "{% $polls + 1 %}"}, "End": True}},
    ),
    "in the task that assigns it": (
        "States.Open.Arguments.key",
        {"Open": task(Arguments={"key": "{% $key %}"}, Assign={"key": 1}, Next="Tell"), "Tell": telling("{% $key %}")},
    ),
    "behind the Parallel whose branch assigned it": (
        "States.Tell.Output",
        {
            "Both": {
                "Type": "Parallel",
                "Branches": [machine({"A": {"Type": "Pass", "Assign": {"own": 1}, "End": True}})],
                "Next": "Tell",
            },
            "Tell": telling("{% $own %}"),
        },
    ),
    "in a branch, before the Parallel assigns it": (
        "States.Both.Branches[0].States.A.Output",
        {
            "Both": {
                "Type": "Parallel",
                "Branches": [machine({"A": telling("{% $polls %}")})],
                "Assign": {"polls": 1},
                "Next": "Tell",
            },
            "Tell": telling("{% $polls %}"),
        },
    ),
    "in a branch, of another branch": (
        "States.Both.Branches[1].States.B.Output",
        {
            "Both": {
                "Type": "Parallel",
                "Branches": [
                    machine({"A": {"Type": "Pass", "Assign": {"own": 1}, "End": True}}),
                    machine({"B": telling("{% $own %}")}),
                ],
                "End": True,
            }
        },
    ),
    "in a Map's iteration, of an earlier one": (
        "States.Each.ItemProcessor.States.Add.Output",
        {"Each": each({"Add": telling("{% $last %}", Assign={"last": 1})})},
    ),
    "in a Choice": (
        "States.Ask.Choices[0].Condition",
        {"Ask": asking("{% $a > 1 %}", "D", "D"), "D": {"Type": "Succeed"}},
    ),
    "as what a Map goes through": (
        "States.Each.Items",
        {"Each": each({"A": {"Type": "Pass", "End": True}}, Items="{% $all %}")},
    ),
}


@pytest.mark.parametrize(("place", "states"), NEVER.values(), ids=NEVER)
def test_what_no_way_assigns_before_it_is_read_is_an_error(place: str, states: Node) -> None:
    assert told(jsonata(states)) == [("ASL171", place)]


def test_what_a_state_catches_itself_or_fails_with_anyway_is_warned_of() -> None:
    caught = {"Open": task(Arguments={"key": "{% $key %}"}, Catch=[{"ErrorEquals": ALL, "Next": "Done"}], Next="Done")}
    assert told(jsonata({**caught, "Done": {"Type": "Succeed"}})) == [("ASL045", "States.Open.Arguments.key")]
    caught["Open"]["Next"] = "Unread"
    after = {"Done": telling("{% $key %}"), "Unread": {"Type": "Succeed"}}
    assert ("ASL171", "States.Done.Output") in told(jsonata({**caught, **after}))
    failing = {"A": {"Type": "Fail", "Error": "{% $name %}"}}
    assert told(jsonata(failing)) == [("ASL045", "States.A.Error")]


def test_a_branch_and_an_iteration_read_what_was_assigned_before_them() -> None:
    inner = {"Tell": telling("{% $depot %}")}
    states = {"Set": {"Type": "Pass", "Assign": {"depot": 1}, "Next": "Each"}, "Each": each(inner)}
    assert told(jsonata(states)) == []
    states["Each"] = {"Type": "Parallel", "Branches": [machine(inner)], "End": True}
    assert told(jsonata(states)) == []


def test_children_of_a_distributed_map_begin_without_variables() -> None:
    """What they read of their parent is told by a rule of its own."""
    inner = {
        "Set": {"Type": "Pass", "Assign": {"mine": "{% $depot %}"}, "Next": "Tell"},
        "Tell": telling("{% $mine %}"),
    }
    states = {"Set": {"Type": "Pass", "Assign": {"depot": 1}, "Next": "Each"}, "Each": distributed(inner)}
    assert told(jsonata(states)) == []
    assert "ASL152" in {one.rule.id for one in asl.check(jsonata(states))}
    inner = {"Tell": telling("{% $depot %}", Assign={"depot": 2})}
    assert told(jsonata({**states, "Each": distributed(inner)})) == [
        ("ASL171", "States.Each.ItemProcessor.States.Tell.Output")
    ]


def test_a_loop_that_assigns_at_its_end_has_nothing_on_the_first_visit() -> None:
    states = {
        "Read": {"Type": "Pass", "Output": "{% $page %}", "Next": "More"},
        "More": asking("{% $states.input = 3 %}", "Done", "Read"),
        "Done": {"Type": "Succeed"},
    }
    states["More"]["Assign"] = {"page": 2}
    assert told(jsonata(states)) == [("ASL171", "States.Read.Output")]
    states["Read"]["Output"] = "{% $exists($page) ? $page : 1 %}"
    assert told(jsonata(states)) == []


def test_an_assign_that_deployment_fills_in_may_assign_anything() -> None:
    for assign in ("${Variables}", {"${Name}": 1}):
        states = {"Set": {"Type": "Pass", "Assign": assign, "Next": "Tell"}, "Tell": telling("{% $id %}")}
        assert "ASL171" not in [rule for rule, _ in told(jsonata(states))]


def keeping(state: Node) -> Node:
    """A JSONPath machine whose task assigns `$id`, and whose catcher leads past that to `After`."""
    catcher = {"ErrorEquals": ALL, "ResultPath": "$.error", "Next": "After"}
    work = task(Assign={"id.$": "$.id"}, ResultPath=None, Catch=[catcher], Next="After")
    return machine({"Work": work, "After": state, "Tell": {"Type": "Pass", "InputPath": "$id", "End": True}})


IN_JSONPATH: dict[str, tuple[str, Node]] = {
    "a template": ("Parameters.id.$", {"Type": "Pass", "Parameters": {"id.$": "$id"}, "Next": "Tell"}),
    "an argument": (
        "Parameters.to.$",
        {"Type": "Pass", "Parameters": {"to.$": "States.Format('{}', $id)"}, "Next": "Tell"},
    ),
    "a path": ("InputPath", {"Type": "Pass", "InputPath": "$id.open", "Next": "Tell"}),
    "another variable": ("Assign.other.$", {"Type": "Pass", "Assign": {"other.$": "$id"}, "Next": "Tell"}),
    "a comparison": (
        "Choices[0].Variable",
        {"Type": "Choice", "Choices": [{"Variable": "$id", "NumericEquals": 1, "Next": "Tell"}], "Default": "Tell"},
    ),
}


@pytest.mark.parametrize(("place", "state"), IN_JSONPATH.values(), ids=IN_JSONPATH)
def test_in_jsonpath_it_is_told_as_well(place: str, state: Node) -> None:
    """A state behind the read that failed is not told of: nothing gets there without the variable."""
    assert told(keeping(state)) == [("ASL045", f"States.After.{place}")]
    execution = run(keeping(state), tasks={"Work": Raises("Late")})
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")


def presence(wanted: bool, **more: Any) -> Node:
    return {"Variable": "$id", "IsPresent": wanted, **more}


IS_ONE = {"Variable": "$id", "NumericEquals": 1}
ASKED: dict[str, Node] = {
    "asked for": {"Type": "Choice", "Choices": [presence(True, Next="Tell")], "Default": "Done"},
    "asked for its lack": {"Type": "Choice", "Choices": [presence(False, Next="Done")], "Default": "Tell"},
    "asked for first": {
        "Type": "Choice",
        "Choices": [{"And": [presence(True), IS_ONE], "Next": "Tell"}],
        "Default": "Done",
    },
    "not there, or compared": {
        "Type": "Choice",
        "Choices": [{"Or": [presence(False), {"Not": IS_ONE}], "Next": "Done"}],
        "Default": "Tell",
    },
}


@pytest.mark.parametrize("state", ASKED.values(), ids=ASKED)
def test_in_jsonpath_a_choice_can_ask_first(state: Node) -> None:
    definition = keeping(state)
    definition["States"]["Done"] = {"Type": "Succeed"}
    assert told(definition) == []
    for outcome in ({"id": 1}, Raises("Late")):
        assert run(definition, tasks={"Work": outcome}).status == "SUCCEEDED"


def test_in_jsonpath_the_same_question_sends_the_same_way_as_long_as_the_data_stays() -> None:
    def asked(then: str, otherwise: str) -> Node:
        rule = {"Variable": "$.order.isNew", "BooleanEquals": True, "Next": then}
        return {"Type": "Choice", "Choices": [rule], "Default": otherwise}

    states = {
        "IsNew": asked("Open", "Work"),
        "Open": {"Type": "Pass", "Assign": {"id": 1}, "Next": "Work"},
        "Work": task(ResultPath="$.work", Next="IsStillNew"),
        "IsStillNew": asked("Tell", "Done"),
        "Tell": {"Type": "Pass", "InputPath": "$id", "End": True},
        "Done": {"Type": "Succeed"},
    }
    assert told(machine(states)) == []
    for other in (task(ResultPath="$.order"), {"Type": "Pass", "ResultPath": "$.order"}):
        states["Work"] = {**other, "Next": "IsStillNew"}
        assert told(machine(states)) == [("ASL045", "States.Tell.InputPath")]


def test_a_misspelt_name_is_told_with_the_one_that_is_meant() -> None:
    states = {"Set": {"Type": "Pass", "Assign": {"total": 1}, "Next": "Tell"}, "Tell": telling("{% $totl %}")}
    (found,) = [one for one in asl.check(jsonata(states)) if one.rule.id == "ASL171"]
    assert "(did you mean 'total'?)" in found.message


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_a_function_that_is_given_nothing_gives_something_only_where_it_is_listed(name: str) -> None:
    """Held against the interpreter, which is held against JSONata's own test suite."""

    def gives(arguments: str) -> bool:
        try:
            evaluate(f"{{% ${name}({arguments}) %}}", {"states": {}}, Loop(0.0), random.Random(1))
        except EvaluationError:
            return False
        return True

    more = ("", ", 1", ", 'a'", ", function($one) { $one }")
    assert any(gives(f"$lacking{rest}") for rest in more) <= (name in GIVING)


def test_many_ways_are_told_apart_no_longer_and_nothing_is_told_that_is_not_so() -> None:
    """Each flag doubles the ways; all of them assign `$id`, and none `$late`."""
    states: Node = {"Set": {"Type": "Pass", "Assign": {"id": 1}, "Next": "Ask0"}}
    for number in range(12):
        condition = f"{{% $states.context.Execution.Input.flag{number} %}}"
        after = f"Ask{number + 1}" if number < 11 else "Tell"
        states[f"Ask{number}"] = asking(condition, after, after, Assign={f"flag{number}": "{% $id %}"})
    flags = " & ".join(f"$string($exists($flag{number}))" for number in range(12))
    states["Tell"] = telling({"id": "{% $id %}", "flags": f"{{% {flags} %}}", "late": "{% $flag3 %}"})
    assert told(jsonata(states)) == [("ASL045", "States.Tell.Output.late")]
