"""Exploration: all that can happen in a machine is tried, and what is told an execution has done."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

import pytest

import asl
from asl.running.execution import Execution
from asl.running.steps import Program
from asl.testing.exploring.explorer import Explorer
from asl.testing.exploring.graph import Edge
from asl.testing.exploring.visits import Quick
from asl.testing.exploring.ways import Way
from asl.testing.run import STARTS_AT, prepared
from tests.unit.asl.test_common_defects import COMMON
from workflows import ORDER_PROMISES, Decisions, Delivery, Functions, order_fulfillment

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:{}"
CHARGED = asl.MustReach("Charge", frozenset({"Confirm"}), frozenset({"PaymentDeclined"}))
ORDER = {"orderId": "o-1"}
RESULTS: Mapping[str, object] = {
    "ValidateOrder": [{"amountCents": 100}, {"amountCents": 999_999}],
    "ChargePayment": {"chargeId": "c-1"},
    "ReserveInventory": {"reservationId": "r-1"},
    "CreateShipment": {"trackingId": "t-1", "status": "IN_TRANSIT", "giveUpAt": "2099-01-01T00:00:00Z"},
    "WaitForShipping": {"status": "DELIVERED"},
    "CheckShipmentStatus": [{"status": "DELIVERED"}, {"status": "FAILED"}, {"status": "IN_TRANSIT"}],
}


def task(name: str = "work", **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": FUNCTION.format(name), **more}


def waiting(**more: Any) -> dict[str, Any]:
    resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
    parameters = {
        "QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/q",
        "MessageBody": {"token.$": "$$.Task.Token"},
    }
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, **more}


def machine(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def orders(polls: int = 2) -> Any:
    functions = Functions(**{name: FUNCTION.format(name) for name in Functions.__dataclass_fields__})
    return json.loads(json.dumps(order_fulfillment(functions, Delivery(60, 60 * polls), Decisions(500_000, 600))))


def taken(definition: Any, way: Way) -> Execution:
    """The execution that the way's own input and outcomes make, its delays at their shortest."""
    execution = prepared(Program.read(definition), way.input, way.outcomes, None, Quick(0), STARTS_AT, None)
    execution.loop.run(lambda: execution.status != "RUNNING")
    return execution


def ends(found: asl.Exploration) -> set[tuple[str, str]]:
    return {(end.state.rpartition(".")[2], end.status) for end in found.ends}


# The workflow as it is commonly written


def without_limit() -> dict[str, Any]:
    return {name: value for name, value in COMMON.items() if name != "TimeoutSeconds"}


def test_a_charge_without_delivery_or_refund_is_found_with_the_outcomes_that_lead_there() -> None:
    found = asl.explore(without_limit(), ORDER, must_reach=[CHARGED])
    ways = {one.way.states: one.way for one in found.broken}
    way = ways["Charge", "Fulfill", "WaitForShipping", "CheckShipment", "IsDelivered", "NotDelivered"]
    assert way.outcomes["States.CheckShipment"] == [asl.Returns({"orderId": "some orderId", "status": "FAILED"})] or (
        way.outcomes["States.CheckShipment"] == [asl.Returns({"status": "FAILED"})]
    )
    assert way.end == "FAILED: ShippingFailed"
    assert all(taken(without_limit(), one.way).status == "FAILED" for one in found.broken)
    assert not any("Declined" in states for states in ways), "a declined charge takes no money"


def test_a_day_between_polls_runs_into_a_machines_day() -> None:
    found = asl.explore(COMMON, ORDER, must_reach=[CHARGED])
    (way,) = found.out_of_time
    assert (way.states, way.end) == (("Charge", "Fulfill", "WaitForShipping"), "TIMED_OUT")
    assert way.open == ("Charge",)
    assert taken(COMMON, way).status == "TIMED_OUT"
    assert "States.CheckShipment" in found.unreached


def test_a_poll_without_end_is_found_as_a_way_that_ends_with_the_machines_own_time() -> None:
    found = asl.explore(without_limit(), ORDER)
    (way,) = found.out_of_time
    assert way.end == "TIMED_OUT"
    assert way.states[-3:] == ("IsDelivered", "WaitForShipping", "CheckShipment")
    assert "rounds" in way.visits[-1].came_to
    assert taken(without_limit(), way).status == "TIMED_OUT"
    assert found.endless
    assert found.most is None


def test_an_order_that_a_result_replaces_is_found_where_it_is_missed() -> None:
    found = asl.explore(without_limit(), ORDER)
    (lost,) = [one for one in found.uncaught if one.errors == ("States.Runtime",)]
    assert lost.state == "States.Confirm"
    assert lost.way.outcomes["States.CheckShipment"] == [asl.Returns({"status": "DELIVERED"})]
    execution = taken(without_limit(), lost.way)
    assert execution.error == "States.Runtime"
    assert "orderId" in (execution.cause or "")


def test_errors_that_nobody_retries_or_catches_are_told_for_each_state() -> None:
    found = asl.explore(without_limit(), ORDER)
    by_state: dict[str, set[str]] = {}
    for one in found.uncaught:
        by_state.setdefault(one.state, set()).update(one.errors)
    transient = set(asl.LAMBDA_TRANSIENT_ERRORS)
    assert {state for state, errors in by_state.items() if transient <= errors} == {
        "States.Charge", "States.Fulfill", "States.CheckShipment", "States.Confirm",
    }  # fmt: skip
    (retried,) = [one for one in found.uncaught if one.errors == ("Lambda.ServiceException",)]
    assert retried.way.outcomes == {"States.Charge": [asl.Raises("Lambda.ServiceException", "explored")] * 4}


# What is told, has happened


@pytest.mark.parametrize("polls", [1, 3])
def test_ways_through_the_graph_are_what_executions_do(polls: int) -> None:
    definition = orders(polls)
    explored = Explorer(asl.walk(definition), ORDER, RESULTS, ORDER_PROMISES, None, 10_000)
    chance = random.Random(polls)
    seen: set[str] = set()
    for _ in range(120):
        edges: list[Edge] = []
        node = explored.graph.start
        while node.ended is None:
            edges.append(chance.choice(node.edges))
            node = edges[-1].target
        way = explored.take(edges, node)
        assert way is not None, [edge.source.step and edge.source.step.name for edge in edges]
        execution = taken(definition, way)
        status = "SUCCEEDED" if node.ended.how == "succeeded" else "FAILED"
        assert (execution.status, execution.visited[-1]) == (status, node.ended.path)
        assert execution.error == (node.ended.failure.error if node.ended.failure else None)
        spent = explored.figures.cost[node]
        assert spent.transitions.least <= execution.transitions <= spent.transitions.most
        assert spent.events.least <= len(execution.events) - 2 <= spent.events.most
        seen.add(node.ended.path)
    assert len(seen) >= 6, seen


def test_the_order_workflow_keeps_its_promises_whatever_happens_and_reaches_every_state() -> None:
    found = asl.explore(orders(), must_reach=ORDER_PROMISES)
    assert found.broken == ()
    assert found.unreached == ()
    assert found.uncaught == ()
    assert found.cut == ()
    given = asl.explore(orders(), ORDER, RESULTS, must_reach=ORDER_PROMISES)
    assert given.ok
    assert given.ways > 50_000
    assert given.slowest < given.timeout


# Outcomes


def test_a_callback_is_answered_missed_and_answered_too_late() -> None:
    definition = machine(
        Ask=waiting(
            TimeoutSeconds=600,
            HeartbeatSeconds=60,
            Catch=[
                {"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Silent"},
                {"ErrorEquals": ["States.Timeout"], "Next": "Late"},
            ],
            End=True,
        ),
        Silent={"Type": "Succeed"},
        Late={"Type": "Succeed"},
    )
    explored = Explorer(asl.walk(definition), {}, {"Ask": {}}, (), None, 100)
    kinds = {(edge.target.step.name if edge.target.step else "", edge.cost.seconds.least) for edge in
             explored.graph.start.edges}  # fmt: skip
    assert {("Silent", 60.0), ("Late", 600.0), ("", 0.0)} == kinds
    assert explored.report(asl.Assumptions()).unreached == ()


def test_a_callback_without_a_limit_waits_until_the_machine_is_over() -> None:
    found = asl.explore(machine(Ask=waiting(End=True)) | {"TimeoutSeconds": 3600}, {})
    (way,) = found.out_of_time
    assert way.outcomes == {"States.Ask": [asl.Never()]}
    assert way.seconds == 3600


def test_an_error_is_tried_until_its_retrier_is_used_up() -> None:
    retriers = [{"ErrorEquals": ["Busy"], "MaxAttempts": 2}, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]
    found = asl.explore(machine(Work=task(Retry=retriers, End=True)), {}, {"Work": 1})
    counts = {one.errors[0]: len(one.way.outcomes["States.Work"]) for one in found.uncaught}
    assert counts["Busy"] == 3
    assert {many for error, many in counts.items() if error != "Busy"} == {2}
    # Busy up to twice, one of 6 other errors up to once, in any order; then the result, or what is retried no more.
    results = 1 + 6 + 1 + 2 * 6 + 1 + 3 * 6
    busy = 1 + 3 * 6
    others = 6 * 6 * (1 + 2 + 3)
    assert found.ways == results + busy + others


def test_errors_that_a_parallels_catchers_name_are_tried_in_its_branches() -> None:
    branches = [{"StartAt": name, "States": {name: task(End=True)}} for name in ("One", "Two")]
    definition = machine(
        Both={"Type": "Parallel", "Branches": branches, "Catch": [{"ErrorEquals": ["SoldOut"], "Next": "Undo"}],
              "Next": "Done"},
        Undo={"Type": "Succeed"},
        Done={"Type": "Succeed"},
    )  # fmt: skip
    found = asl.explore(definition, {})
    assert ends(found) >= {("Undo", "SUCCEEDED"), ("Done", "SUCCEEDED")}
    assert {one.state for one in found.uncaught} == {"States.Both"}


def test_what_a_branch_has_begun_is_open_when_another_fails() -> None:
    branches = [
        {"StartAt": "Reserve", "States": {"Reserve": task(Next="Pack"), "Pack": task(End=True)}},
        {"StartAt": "Ship", "States": {"Ship": task(End=True)}},
    ]
    definition = machine(Both={"Type": "Parallel", "Branches": branches, "Next": "Done"}, Done={"Type": "Succeed"})
    outcomes = {"Reserve": 1, "Pack": 1, "Ship": [1, asl.Raises("NoCarrier")]}
    found = asl.explore(definition, {}, outcomes, must_reach=[asl.MustReach("Pack", frozenset({"Done"}))])
    (way,) = [one.way for one in found.broken if one.way.end == "FAILED: NoCarrier"]
    assert taken(definition, way).visited == [
        "States.Both",
        "States.Both.Branches[0].States.Reserve",
        "States.Both.Branches[0].States.Pack",
        "States.Both.Branches[1].States.Ship",
    ]


@pytest.mark.parametrize("items", [0, 1, 3])
def test_each_item_of_a_map_may_fail(items: int) -> None:
    definition = machine(
        Each={"Type": "Map", "ItemProcessor": machine(Work=task(End=True)), "Catch": [
            {"ErrorEquals": ["States.ALL"], "Next": "Undo"}], "Next": "Done"},
        Undo={"Type": "Succeed"}, Done={"Type": "Succeed"},
    )  # fmt: skip
    found = asl.explore(definition, [{"n": n} for n in range(items)], {"Work": "done"})
    reached = {("Done", "SUCCEEDED"), ("Undo", "SUCCEEDED")} if items else {("Done", "SUCCEEDED")}
    assert ends(found) == reached
    # Every item succeeds, or one of them fails in one of 6 ways.
    assert found.ways == 1 + 6 * items


def test_a_distributed_map_tolerates_what_it_says() -> None:
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **machine(W=task(End=True))}
    each = {"Type": "Map", "ItemProcessor": processor, "End": True}
    strict = asl.explore(machine(Each=each), [1, 2], {"W": 1})
    assert {one.errors for one in strict.uncaught} == {("States.ExceedToleratedFailureThreshold",)}
    tolerant = asl.explore(machine(Each={**each, "ToleratedFailureCount": 1}), [1, 2], {"W": 1})
    assert tolerant.uncaught == ()


# Data


def choice(rule: dict[str, Any], **more: Any) -> dict[str, Any]:
    rules = [{**rule, "Next": "Yes"}]
    ends = {name: {"Type": "Succeed"} for name in ("Yes", "No")}
    return machine(Which={"Type": "Choice", "Choices": rules, "Default": "No"}, **ends, **more)


@pytest.mark.parametrize(
    "rule",
    [
        {"Variable": "$.kind", "StringEquals": "A"},
        {"Variable": "$.kind", "StringMatches": "A*B"},
        {"Variable": "$.deep.amount", "NumericGreaterThan": 10},
        {"Variable": "$.kind", "IsPresent": True},
        {"Variable": "$.paid", "BooleanEquals": True},
        {"Variable": "$.at", "TimestampLessThan": "2025-06-01T00:00:00Z"},
        {"Variable": "$.kind", "IsNull": True},
        {"And": [{"Variable": "$.a", "IsPresent": True}, {"Not": {"Variable": "$.a", "StringEquals": "x"}}]},
        {"Variable": "$.left", "NumericLessThanPath": "$.right"},
        {"Variable": "$$.State.EnteredTime", "TimestampGreaterThanPath": "$.until"},
    ],
    ids=str,
)
def test_an_unknown_input_takes_both_branches(rule: dict[str, Any]) -> None:
    assert ends(asl.explore(choice(rule))) == {("Yes", "SUCCEEDED"), ("No", "SUCCEEDED")}


def test_what_stands_behind_an_inputpath_or_in_a_variable_is_tried_too() -> None:
    asked = choice({"Variable": "$.kind", "StringEquals": "A"})
    asked["States"]["Which"]["InputPath"] = "$.order"
    assert ends(asl.explore(asked)) == {("Yes", "SUCCEEDED"), ("No", "SUCCEEDED")}
    look = task(Assign={"found.$": "$.result"}, ResultPath=None, Next="Which")
    asked = choice({"Variable": "$found.kind", "StringEquals": "A"})
    assert ends(asl.explore(machine(Look=look, **asked["States"]), {})) >= {("Yes", "SUCCEEDED"), ("No", "SUCCEEDED")}


def test_what_a_field_or_a_function_takes_stands_for_unknown_data_there() -> None:
    wait = {"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Add"}
    add = {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)", "of.$": "States.Format('{}', $.text)"}}
    found = asl.explore(machine(Wait=wait, Add=add | {"End": True}))
    assert (ends(found), found.cut) == ({("Add", "SUCCEEDED")}, ())
    found = asl.explore(machine(Add=add | {"InputPath": "$.order", "End": True}))
    assert (ends(found), found.cut) == ({("Add", "SUCCEEDED")}, ())
    look = task(ResultSelector={"n.$": "States.MathAdd($.n, 1)"}, End=True)
    found = asl.explore(machine(Look=look), {})
    assert (ends(found) >= {("Look", "SUCCEEDED")}, found.cut) == (True, ())


def test_an_unknown_array_of_a_map_has_no_items_and_has_one() -> None:
    none = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": machine(Done={"Type": "Succeed"}), "End": True}
    found = asl.explore(machine(Each=none))
    assert (found.ways, found.unreached, found.cut) == (2, (), ())


@pytest.mark.parametrize(
    "condition", ["$states.input.kind = 'A'", "$states.input.paid", "$states.input.n > 3 and $exists($states.input.x)"]
)
def test_an_expression_on_unknown_input_takes_both_branches(condition: str) -> None:
    definition = choice({"Condition": f"{{% {condition} %}}"}) | {"QueryLanguage": "JSONata"}
    assert ends(asl.explore(definition)) == {("Yes", "SUCCEEDED"), ("No", "SUCCEEDED")}


def test_given_data_take_one_branch_and_the_other_is_never_reached() -> None:
    found = asl.explore(choice({"Variable": "$.kind", "StringEquals": "A"}), {"kind": "A"})
    assert ends(found) == {("Yes", "SUCCEEDED")}
    assert found.unreached == ("States.No",)
    assert found.untaken == ("States.Which.Default",)


def test_what_does_not_follow_from_the_definition_is_asked_for() -> None:
    asked = choice({"Condition": "{% $count($states.input.rows) > 2 %}"})
    definition = machine(Look=task(Next="Which"), **asked["States"]) | {"QueryLanguage": "JSONata"}
    (told,) = asl.explore(definition, {}).cut
    assert "rows" in told
    assert "outcomes={'States.Look': [asl.Returns(...)]}" in told
    assert asl.explore(definition, {}, {"Look": {"rows": [1, 2, 3]}}).cut == ()


def test_of_many_errors_that_nothing_catches_the_first_are_told_and_that_there_are_more() -> None:
    """Each is told once an execution has gone there: of a chain of many states that would be as many long ones."""
    states: dict[str, Any] = {f"Work{n}": task(Next=f"Work{n + 1}") for n in range(120)}
    found = asl.explore({"StartAt": "Work0", "States": {**states, "Work120": {"Type": "Succeed"}}}, {})
    assert len(found.uncaught) == 100
    assert found.uncaught[0].state == "States.Work0"
    assert "only the first 100 errors that nothing catches are told" in found.cut


def test_a_counter_unrolls_a_loop_and_a_counter_that_does_not_count_goes_round_for_ever() -> None:
    def polling(step: int) -> dict[str, Any]:
        count = {"Type": "Pass", "Parameters": {"n.$": f"States.MathAdd($.n, {step})"}, "Next": "Enough"}
        enough = {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericGreaterThanEquals": 5, "Next": "Done"}],
                  "Default": "Look"}  # fmt: skip
        return machine(Look=task(ResultPath=None, Next="Count"), Count=count, Enough=enough, Done={"Type": "Succeed"})

    bounded = asl.explore(polling(1), {"n": 0})
    assert not bounded.endless
    assert bounded.too_long == ()
    assert bounded.most is not None
    assert bounded.most.transitions == 5 * 3 + 1
    endless = asl.explore(polling(0), {"n": 0})
    (way,) = endless.too_long
    assert "25000" in way.end
    assert endless.unreached == ("States.Done",)


def test_an_enumeration_of_the_service_is_what_its_result_may_have() -> None:
    look = task(Next="Which") | {"Resource": "arn:aws:states:::aws-sdk:sfn:describeExecution",
                                 "Parameters": {"ExecutionArn": "arn"}}  # fmt: skip
    asked = choice({"Variable": "$.Status", "StringEquals": "SUCCEEDED"})
    explored = Explorer(asl.walk(machine(Look=look, **asked["States"])), {}, {}, (), None, 100)
    learned = {value for node in explored.graph.nodes.values() for edge in node.edges for _, value in edge.facts}
    assert learned == {"SUCCEEDED", "RUNNING"}, "a status that no execution has is not tried"


DESCRIBE = {
    "Resource": "arn:aws:states:::aws-sdk:sfn:describeExecution",
    "Parameters": {"ExecutionArn": "arn:aws:states:us-east-1:123456789012:execution:orders:o-1"},
}


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_an_enumeration_that_a_result_may_leave_out_is_tried_without_it(language: str) -> None:
    """AWS's model of the answer requires `status`, and not `redriveStatus`."""
    if language == "JSONata":
        look = {"Resource": DESCRIBE["Resource"], "Arguments": DESCRIBE["Parameters"]}
        asked = choice({"Condition": "{% $exists($states.input.RedriveStatus) %}"})
    else:
        look, asked = DESCRIBE, choice({"Variable": "$.RedriveStatus", "IsPresent": True})
    definition = machine(Look=task(Next="Which") | look, **asked["States"]) | {"QueryLanguage": language}
    assert ends(asl.explore(definition, {})) >= {("Yes", "SUCCEEDED"), ("No", "SUCCEEDED")}


def test_a_field_of_the_input_that_a_result_has_replaced_may_be_missed() -> None:
    use = {"Type": "Pass", "Parameters": {"status.$": "$.RedriveStatus"}, "End": True}
    definition = machine(Look=task(Next="Use") | DESCRIBE, Use=use)
    found = asl.explore(definition, {"RedriveStatus": "REDRIVABLE"})
    assert {one.state for one in found.uncaught if one.errors == ("States.Runtime",)} == {"States.Use"}
    assert ("Use", "SUCCEEDED") in ends(found)
    asked = choice({"Variable": "$.left", "NumericLessThanPath": "$.right"})
    found = asl.explore(machine(Look=task(Next="Which"), **asked["States"]), {"left": 1, "right": 2})
    assert {one.state for one in found.uncaught if one.errors == ("States.Runtime",)} == {"States.Which"}
    assert ends(found) >= {("Yes", "SUCCEEDED"), ("No", "SUCCEEDED")}


# Bounds and bad input


def test_a_definition_with_errors_is_refused_with_its_findings() -> None:
    with pytest.raises(asl.DefinitionError, match="'Nowhere'"):
        asl.explore(machine(A={"Type": "Pass", "Next": "Nowhere"}))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"Wrk": {}}, "outcomes: there is no task 'Wrk' (did you mean 'Work'?)"),
        ({"Done": {}}, "outcomes: Done is a Succeed state, which makes no calls"),
        ({"Work": lambda arguments, context: {}}, "outcomes: Work has a function"),
    ],
)
def test_outcomes_of_what_is_no_task_are_refused(given: Any, told: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 the text is compared
        asl.explore(machine(Work=task(Next="Done"), Done={"Type": "Succeed"}), {}, given)
    assert str(refused.value).startswith(told)


def test_a_promise_of_a_state_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'Wrk'.*did you mean 'Work'"):
        asl.explore(machine(Work=task(End=True)), {}, must_reach=[asl.MustReach("Wrk", frozenset({"Work"}))])


def test_a_bound_that_is_too_small_says_what_it_cut_off() -> None:
    found = asl.explore(orders(), ORDER, RESULTS, bound=30)
    (cut,) = found.cut
    assert cut.startswith("the bound of 30 visits was reached: ")
    assert "States." in cut
    assert cut.endswith("raise the bound")
    with pytest.raises(ValueError, match="bound: 0 visits try nothing"):
        asl.explore(orders(), bound=0)
