"""Pass, Choice, Succeed, Fail and Wait: each field, by AWS's page of the state.

https://docs.aws.amazon.com/step-functions/latest/dg/workflow-states.html
"""

from __future__ import annotations

from typing import Any

import pytest

from asl.testing.run import STARTS_AT, run
from tests.unit.asl.running.machines import each, jsonata, machine, seconds_of, task, types


def output(state: dict[str, Any], input: Any) -> Any:
    execution = run(machine({"Only": state}), input)
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause)
    return execution.output


def test_a_pass_hands_its_input_on() -> None:
    assert output({"Type": "Pass", "End": True}, {"order": 1}) == {"order": 1}


def test_a_pass_puts_its_result_where_result_path_says_and_keeps_the_rest() -> None:
    state = {"Type": "Pass", "Result": {"by": "air"}, "ResultPath": "$.order.shipping", "End": True}
    given = {"order": {"id": 7}, "customer": "ada"}
    assert output(state, given) == {"order": {"id": 7, "shipping": {"by": "air"}}, "customer": "ada"}
    assert given == {"order": {"id": 7}, "customer": "ada"}


def test_a_null_result_path_discards_the_result() -> None:
    assert output({"Type": "Pass", "Result": 1, "ResultPath": None, "End": True}, {"kept": True}) == {"kept": True}


def test_input_path_parameters_result_path_and_output_path_follow_each_other() -> None:
    """InputPath chooses what Parameters read; ResultPath places into the raw input, not into what InputPath chose."""
    state = {
        "Type": "Pass",
        "InputPath": "$.order",
        "Parameters": {"number.$": "$.id", "fixed": "x"},
        "ResultPath": "$.made",
        "OutputPath": "$.made",
        "End": True,
    }
    assert output({**state, "OutputPath": "$"}, {"order": {"id": 7}}) == {
        "order": {"id": 7},
        "made": {"number": 7, "fixed": "x"},
    }
    assert output(state, {"order": {"id": 7}}) == {"number": 7, "fixed": "x"}


@pytest.mark.parametrize("field", ["InputPath", "OutputPath"])
def test_a_null_path_stands_for_an_empty_object(field: str) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html"""
    assert output({"Type": "Pass", field: None, "End": True}, {"order": 1}) == {}


def test_a_path_that_finds_nothing_fails_and_tells_the_state_and_the_event_it_was_entered_at() -> None:
    execution = run(machine({"Only": {"Type": "Pass", "InputPath": "$.missing", "End": True}}), {"order": 1})
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
    assert execution.cause is not None
    assert "'Only' (entered at the event id #2)" in execution.cause
    assert "$.missing" in execution.cause


def test_a_jsonata_pass_gives_its_output() -> None:
    state = {"Type": "Pass", "Output": {"sum": "{% $states.input.a + $states.input.b %}", "fixed": [1]}, "End": True}
    assert run(jsonata({"Only": state}), {"a": 1, "b": 2}).output == {"sum": 3, "fixed": [1]}


def choose(choices: list[dict[str, Any]], input: Any, **fields: Any) -> Any:
    """Where a Choice leads."""
    reached = {name: {"Type": "Pass", "Result": name, "End": True} for name in ("First", "Second", "Otherwise")}
    return run(machine({"Choose": {"Type": "Choice", "Choices": choices, **fields}, **reached}), input)


def test_the_first_rule_that_holds_decides() -> None:
    rules = [
        {"Variable": "$.amount", "NumericGreaterThan": 10, "Next": "First"},
        {"Variable": "$.amount", "NumericGreaterThan": 1, "Next": "Second"},
    ]
    assert choose(rules, {"amount": 20}, Default="Otherwise").output == "First"
    assert choose(rules, {"amount": 5}, Default="Otherwise").output == "Second"
    assert choose(rules, {"amount": 0}, Default="Otherwise").output == "Otherwise"


def test_a_choice_without_default_that_no_rule_holds_for_fails() -> None:
    rules = [
        {"Variable": "$.amount", "NumericEquals": 1, "Next": "First"},
        {"Variable": "$.amount", "NumericEquals": 2, "Next": "Second"},
        {"Variable": "$.amount", "NumericEquals": 3, "Next": "Otherwise"},
    ]
    execution = choose(rules, {"amount": 4})
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
    assert execution.cause == (
        "An error occurred while executing the state 'Choose' (entered at the event id #2). Failed to transition out "
        "of the state. The state does not point to a next state."
    )


def test_values_of_another_type_compare_to_nothing_and_a_missing_one_fails() -> None:
    rules = [
        {"Variable": "$.amount", "NumericEquals": 1, "Next": "First"},
        {"Variable": "$.amount", "StringEquals": "1", "Next": "Second"},
    ]
    assert choose(rules, {"amount": "1"}, Default="Otherwise").output == "Second"
    assert choose(rules, {"amount": True}, Default="Otherwise").output == "Otherwise"
    assert choose(rules, {}, Default="Otherwise").error == "States.Runtime"


def test_a_presence_test_keeps_the_rest_of_an_and_from_being_asked() -> None:
    both = [{"Variable": "$.name", "IsPresent": True}, {"Variable": "$.name", "StringMatches": "log-*.txt"}]
    rules = [{"And": both, "Next": "First"}, {"Not": {"Variable": "$.name", "IsPresent": True}, "Next": "Second"}]
    assert choose(rules, {"name": "log-7.txt"}, Default="Otherwise").output == "First"
    assert choose(rules, {"name": "log-7.csv"}, Default="Otherwise").output == "Otherwise"
    assert choose(rules, {}, Default="Otherwise").output == "Second"


def test_an_escaped_asterisk_of_a_pattern_stands_for_itself() -> None:
    rules = [
        {"Variable": "$", "StringMatches": "a\\*b", "Next": "First"},
        {"Variable": "$", "StringMatches": "a*b", "Next": "Second"},
    ]
    assert choose(rules, "a*b", Default="Otherwise").output == "First"
    assert choose(rules, "a.[b", Default="Otherwise").output == "Second"


@pytest.mark.parametrize(
    ("amount", "discount"), [("premium", 20), ("plain", "none"), ("other", 0)], ids=["its own", "none", "default"]
)
@pytest.mark.parametrize("language", ["JSONata", "JSONPath"])
def test_only_the_rule_that_holds_assigns_and_the_state_itself_only_on_its_default(
    language: str, amount: str, discount: Any
) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html#state-choice-assign"""

    def holds(value: str) -> dict[str, Any]:
        if language == "JSONata":
            return {"Condition": f"{{% $states.input.kind = '{value}' %}}"}
        return {"Variable": "$.kind", "StringEquals": value}

    choice = {
        "Type": "Choice",
        "Choices": [
            {**holds("premium"), "Assign": {"discount": 20}, "Next": "Tell"},
            {**holds("plain"), "Next": "Tell"},
        ],
        "Assign": {"discount": 0},
        "Default": "Tell",
    }
    told = {"Output": "{% $discount %}"} if language == "JSONata" else {"Parameters": {"it.$": "$discount"}}
    states = {
        "Before": {"Type": "Pass", "Assign": {"discount": "none"}, "Next": "Choose"},
        "Choose": choice,
        "Tell": {"Type": "Pass", **told, "End": True},
    }
    found: Any = run(machine(states, QueryLanguage=language), {"kind": amount}).output
    assert (found if language == "JSONata" else found["it"]) == discount


@pytest.mark.parametrize(("kind", "wanted"), [("own", "of the rule"), ("bare", {"kind": "bare"}), ("other", "of all")])
def test_only_the_rule_that_holds_gives_an_output_and_the_state_itself_only_on_its_default(
    kind: str, wanted: Any
) -> None:
    """The language's specification: https://states-language.net/#choice-state"""
    choice = {
        "Type": "Choice",
        "Choices": [
            {"Condition": "{% $states.input.kind = 'own' %}", "Output": "of the rule", "Next": "Done"},
            {"Condition": "{% $states.input.kind = 'bare' %}", "Next": "Done"},
        ],
        "Output": "of all",
        "Default": "Done",
    }
    assert run(jsonata({"Choose": choice, "Done": {"Type": "Succeed"}}), {"kind": kind}).output == wanted


def test_succeed_ends_with_what_its_paths_leave() -> None:
    execution = run(machine({"Done": {"Type": "Succeed", "InputPath": "$.a", "OutputPath": "$.b"}}), {"a": {"b": 2}})
    assert (execution.status, execution.output) == ("SUCCEEDED", 2)


def test_fail_ends_with_its_error_and_its_cause_from_paths_too() -> None:
    execution = run(
        machine({"Stop": {"Type": "Fail", "ErrorPath": "$.name", "CausePath": "$.why"}}),
        {"name": "Late", "why": "rain"},
    )
    assert (execution.status, execution.error, execution.cause) == ("FAILED", "Late", "rain")
    assert types(execution) == ["ExecutionStarted", "FailStateEntered", "ExecutionFailed"]


def test_fail_makes_its_cause_by_an_intrinsic_function() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html: of ErrorPath and CausePath."""
    state = {"Type": "Fail", "ErrorPath": "States.Format('Late{}', $.days)", "CausePath": "States.JsonToString($.why)"}
    execution = run(machine({"Stop": state}), {"days": 2, "why": {"it": "rains"}})
    assert (execution.error, execution.cause) == ("Late2", '{"it":"rains"}')


def test_fail_needs_neither_an_error_nor_a_cause() -> None:
    execution = run(machine({"Stop": {"Type": "Fail"}}))
    assert (execution.status, execution.error, execution.cause) == ("FAILED", None, None)


@pytest.mark.parametrize(
    ("fields", "input", "seconds"),
    [
        ({"Seconds": 90}, {}, 90),
        ({"SecondsPath": "$.pause"}, {"pause": 3}, 3),
        ({"SecondsPath": "$.pause"}, {"pause": "3"}, 3),
        ({"Timestamp": "2025-01-02T00:00:00Z"}, {}, 86_400),
        ({"TimestampPath": "$.at"}, {"at": "2025-01-01T02:00:00+01:00"}, 3_600),
        ({"Timestamp": "2024-01-01T00:00:00Z"}, {}, 0),
        ({"Seconds": 0}, {}, 0),
    ],
    ids=["seconds", "path", "text", "timestamp", "timestamp path", "past", "none"],
)
def test_wait_takes_its_time_and_hands_its_input_on(fields: dict[str, Any], input: Any, seconds: float) -> None:
    execution = run(machine({"Pause": {"Type": "Wait", **fields, "End": True}}), input)
    assert (execution.status, execution.output) == ("SUCCEEDED", input)
    assert seconds_of(execution, "WaitStateExited") == [seconds]


def test_a_wait_after_a_task_that_is_answered_at_once_takes_its_time_all_the_same() -> None:
    states = {"Work": task(Next="Pause"), "Pause": {"Type": "Wait", "Seconds": 90, "End": True}}
    assert seconds_of(run(machine(states), {}, {"Work": 1}), "WaitStateExited") == [90]


@pytest.mark.parametrize(
    ("pause", "told"),
    [
        (-1, "references a negative value: $.pause == -1"),
        (1.5, "cannot be parsed as a long value: $.pause == 1.5"),
        ("soon", 'cannot be parsed as a long value: $.pause == "soon"'),
        ({"raw": "3"}, 'cannot be parsed as a long value: $.pause == {"raw":"3"}'),
        (None, "cannot be parsed as a long value: $.pause == null"),
    ],
)
def test_wait_refuses_what_is_no_whole_number_of_seconds(pause: Any, told: str) -> None:
    execution = run(machine({"Pause": {"Type": "Wait", "SecondsPath": "$.pause", "End": True}}), {"pause": pause})
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
    assert (execution.cause or "").endswith(f" The SecondsPath parameter {told}")


@pytest.mark.parametrize("name", ["SecondsPath", "TimestampPath"])
def test_a_wait_whose_path_finds_nothing_says_which(name: str) -> None:
    """As executions ended at AWS."""
    definition = machine({"First": task(Next="Pause"), "Pause": {"Type": "Wait", name: "$.until", "End": True}})
    execution = run(definition, {}, {"First": lambda arguments, context: {}})
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
    assert execution.cause == (
        "An error occurred while executing the state 'Pause' (entered at the event id #7). "
        f"The {name} parameter does not reference an input value: $.until"
    )


def test_seconds_of_an_expression_are_a_number() -> None:
    execution = run(
        jsonata({"Pause": {"Type": "Wait", "Seconds": "{% $states.input.pause %}", "End": True}}), {"pause": "3"}
    )
    assert (execution.status, execution.error) == ("FAILED", "States.QueryEvaluationError")
    assert (execution.cause or "").endswith("Expected 'number', but was 'string' for value: \"3\"")


def test_wait_makes_its_output_and_its_variables_when_it_is_over() -> None:
    """Output transforms what a state gives when it completes: the clock shows the time of leaving."""
    state = {"Type": "Wait", "Seconds": 60, "Assign": {"left": "{% $millis() %}"}, "Output": "{% $millis() %}"}
    states = {
        "Pause": {**state, "Next": "Tell"},
        "Tell": {"Type": "Pass", "Output": "{% [$states.input, $left] %}", "End": True},
    }
    over = (STARTS_AT + 60) * 1000
    assert run(jsonata(states)).output == [over, over]


def test_what_cannot_be_retried_in_place_is_caught_by_the_state_around_it() -> None:
    """Any state can fail its scope: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    inner = {"Only": {"Type": "Pass", "Output": "{% $states.input + 1 %}", "End": True}}
    around = each(inner, Catch=[{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Caught"}])
    states = {"Each": around, "Caught": task()}
    assert run(jsonata(states), [1, "two"], {"Caught": "handled"}).output == "handled"
