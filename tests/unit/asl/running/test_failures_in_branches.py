"""What a failure in a branch or an iteration leaves in the history, as histories read at AWS."""

from __future__ import annotations

import json
from typing import Any

from asl.running.execution import Execution
from asl.testing.outcomes import Never, Raises, Returns
from asl.testing.run import run
from tests.unit.asl.running.machines import each, machine, task

DONE = {"Type": "Pass", "End": True}
BOOM = {"Boom": {"Type": "Fail", "Error": "Late", "Cause": "rain"}}
LACKS = {"Lacks": {"Type": "Pass", "Parameters": {"a.$": "$.a"}, "End": True}}
"""Fails with States.Runtime where there is no `a`."""
UNDEFINED = {"Undefined": {"Type": "Pass", "Output": {"v": "{% $states.input.a %}"}, "End": True}}


def parallel(*branches: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": [machine(one) for one in branches], "End": True, **fields}


def after_a_task(state: dict[str, Any], input: Any, tasks: Any = None, **fields: Any) -> Execution:
    """An execution whose first state's result no check knows."""
    done = {"Done": DONE} if '"Next"' in json.dumps(state) else {}
    definition = machine({"First": task(Next="State"), "State": state, **done}, **fields)
    return run(definition, {}, {"First": [Returns(input)], **(tasks or {})})


def history(execution: Execution) -> list[tuple[str, int]]:
    """The events after the first state's, each with the one that led to it; their numbers begin with 7."""
    return [(event.type, event.previous) for event in execution.events[6:]]


def test_states_runtime_in_a_branch_ends_the_execution_without_a_word_of_the_parallel() -> None:
    execution = after_a_task(parallel(LACKS), {})
    assert history(execution) == [
        ("ParallelStateEntered", 6),
        ("ParallelStateStarted", 7),
        ("PassStateEntered", 8),
        ("ExecutionFailed", 9),
    ]
    assert (execution.cause or "").startswith(
        "An error occurred while executing the state 'Lacks' (entered at the event id #9). The JSONPath '$.a'"
    )


def test_states_runtime_in_a_branch_s_task_tells_of_no_aborted_task_and_of_no_other_branch() -> None:
    lacks = {"Work": task(Parameters={"a.$": "$.a"})}
    execution = after_a_task(parallel({"Long": task()}, lacks), {}, {"Long": Never(), "Work": 1})
    assert [type for type, _ in history(execution)][-2:] == ["TaskStateEntered", "ExecutionFailed"]
    assert execution.events[-1].previous == execution.events[-2].id


def test_states_runtime_in_an_iteration_ends_the_execution_without_a_word_of_the_map() -> None:
    execution = after_a_task(each(LACKS, MaxConcurrency=1), [1, 2])
    assert history(execution) == [
        ("MapStateEntered", 6),
        ("MapStateStarted", 7),
        ("MapIterationStarted", 8),
        ("PassStateEntered", 9),
        ("ExecutionFailed", 10),
    ]


def test_a_failed_branch_leads_to_the_failed_parallel() -> None:
    assert history(after_a_task(parallel(BOOM), {})) == [
        ("ParallelStateEntered", 6),
        ("ParallelStateStarted", 7),
        ("FailStateEntered", 8),
        ("ParallelStateFailed", 9),
        ("ExecutionFailed", 10),
    ]


def test_a_failed_task_of_a_branch_is_aborted_and_passed_by() -> None:
    state = parallel({"Work": task()}, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Done"}])
    assert history(after_a_task(state, {}, {"Work": Raises("Late")}))[:9] == [
        ("ParallelStateEntered", 6),
        ("ParallelStateStarted", 7),
        ("TaskStateEntered", 8),
        ("LambdaFunctionScheduled", 9),
        ("LambdaFunctionStarted", 10),
        ("LambdaFunctionFailed", 11),
        ("TaskStateAborted", 12),
        ("ParallelStateFailed", 12),
        ("ParallelStateExited", 14),
    ]


def test_a_parallel_that_is_tried_again_starts_again_and_fails_once() -> None:
    state = parallel(BOOM, Retry=[{"ErrorEquals": ["Late"], "MaxAttempts": 1}])
    assert history(after_a_task(state, {})) == [
        ("ParallelStateEntered", 6),
        ("ParallelStateStarted", 7),
        ("FailStateEntered", 8),
        ("ParallelStateStarted", 9),
        ("FailStateEntered", 10),
        ("ParallelStateFailed", 11),
        ("ExecutionFailed", 12),
    ]


def test_a_parallel_s_own_error_comes_after_its_branches_succeeded() -> None:
    execution = after_a_task(parallel({"Only": DONE}, ResultSelector={"a.$": "$[0].a"}), {})
    assert history(execution)[-3:] == [
        ("PassStateExited", 9),
        ("ParallelStateSucceeded", 10),
        ("ExecutionFailed", 11),
    ]
    assert "executing the state 'State' (entered at the event id #7)" in (execution.cause or "")


def test_a_failed_iteration_is_passed_by() -> None:
    execution = after_a_task(each(UNDEFINED, MaxConcurrency=1), [{}, {}], QueryLanguage="JSONata")
    assert history(execution)[3:] == [
        ("PassStateEntered", 9),
        ("EvaluationFailed", 10),
        ("MapIterationFailed", 11),
        ("MapStateFailed", 11),
        ("ExecutionFailed", 13),
    ]
    assert execution.events[10].details["location"] == "Output/v"


def test_items_that_cannot_be_computed_fail_the_map_before_it_starts() -> None:
    execution = after_a_task(each({"Only": DONE}, Items="{% $states.input.a %}"), {}, QueryLanguage="JSONata")
    assert history(execution) == [
        ("MapStateEntered", 6),
        ("EvaluationFailed", 7),
        ("MapStateFailed", 8),
        ("ExecutionFailed", 9),
    ]


def test_a_catcher_whose_own_output_fails_lets_the_state_fail_a_second_time() -> None:
    catchers = [
        {"ErrorEquals": ["Other"], "Next": "Done"},
        {"ErrorEquals": ["States.ALL"], "Output": {"v": "{% $states.input.a %}"}, "Next": "Done"},
    ]
    execution = after_a_task(parallel(BOOM, Catch=catchers), {}, QueryLanguage="JSONata")
    assert history(execution)[2:] == [
        ("FailStateEntered", 8),
        ("ParallelStateFailed", 9),
        ("EvaluationFailed", 9),
        ("ParallelStateFailed", 11),
        ("ExecutionFailed", 12),
    ]
    assert execution.events[10].details["location"] == "Catch[1]/Output/v"
    assert "specified for the field 'Catch[1]/Output/v' returned nothing (undefined)." in (execution.cause or "")


def test_a_rule_of_a_choice_is_told_by_its_place() -> None:
    never = {"Condition": "{% false %}", "Next": "Done"}
    for rule, location in (
        ({"Condition": "{% $states.input.a %}"}, "Choices[1]/Condition"),
        ({"Condition": "{% true %}", "Output": {"v": "{% $states.input.a %}"}}, "Choices[1]/Output/v"),
        ({"Condition": "{% true %}", "Assign": {"v": "{% $states.input.a %}"}}, "Choices[1]/Assign/v"),
    ):
        choice = {"Type": "Choice", "Choices": [never, {**rule, "Next": "Done"}], "Default": "Done"}
        execution = after_a_task(choice, {}, QueryLanguage="JSONata")
        assert execution.events[7].details["location"] == location
        assert f"specified for the field '{location}' returned nothing" in (execution.cause or "")


def test_a_result_without_a_place_and_a_path_without_items_conflict_with_the_data() -> None:
    """Reported of executions at AWS, whose pages do not have this error."""
    put = after_a_task({"Type": "Pass", "Result": 1, "ResultPath": "$.total", "End": True}, [1, 2])
    assert (put.error, put.cause) == ("States.ReferencePathConflict", 'Unable to apply step "total" to input [1,2]')
    scalar = after_a_task({"Type": "Pass", "Result": 1, "ResultPath": "$.total", "End": True}, "paid")
    assert scalar.cause == 'Unable to apply ReferencePath $.total to input "paid"'
    through = after_a_task(each({"Only": DONE}, ItemsPath="$.found.objects"), {"found": {"status": 500}})
    assert (through.error, through.cause) == (
        "States.ReferencePathConflict",
        'Unable to apply step "objects" to input {"found":{"status":500}}',
    )
