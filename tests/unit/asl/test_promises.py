"""Promises are proven on every way: through errors, out of branches, around loops."""

from __future__ import annotations

from typing import Any

import pytest

import asl

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


def task(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 3, **fields}


def caught(to: str, *errors: str) -> list[dict[str, Any]]:
    return [{"ErrorEquals": list(errors) or ["States.ALL"], "Next": to}]


def machine(**changes: Any) -> dict[str, Any]:
    """Charge, ship; a failure is refunded; a refund that fails goes to a person."""
    states = {
        "Charge": task(Catch=[*caught("Declined", "CardDeclined"), *caught("Refund")], Next="Ship"),
        "Ship": task(Catch=caught("Refund"), Next="Delivered"),
        "Delivered": {"Type": "Succeed"},
        "Refund": task(Catch=caught("Person"), Next="Refunded"),
        "Refunded": {"Type": "Succeed"},
        "Person": {"Type": "Fail", "Error": "NeedsAPerson"},
        "Declined": {"Type": "Fail", "Error": "CardDeclined"},
    }
    return {"StartAt": "Charge", "States": {**states, **changes}}


ENDS = frozenset({"Delivered", "Refund", "Person"})


def problems(
    definition: dict[str, Any],
    ends: frozenset[str] = ENDS,
    state: str = "Charge",
    unless: tuple[str, ...] = ("CardDeclined",),
) -> dict[str, str]:
    promise = asl.MustReach(state, ends, frozenset(unless))
    found = asl.check(definition, promises=[promise])
    return {one.path: one.message for one in found if one.rule.id in ("ASL070", "ASL071")}


def parallel(*branches: dict[str, Any], **fields: Any) -> dict[str, Any]:
    scopes = [{"StartAt": next(iter(branch)), "States": branch} for branch in branches]
    return {"Type": "Parallel", "Branches": scopes, **fields}


def test_a_machine_that_refunds_or_asks_keeps_its_promise() -> None:
    assert problems(machine()) == {}


def test_a_declined_charge_owes_nothing_but_any_other_failure_of_it_may() -> None:
    uncertain = task(Catch=[*caught("Declined", "CardDeclined"), *caught("Declined")], Next="Ship")
    assert problems(machine(Charge=uncertain)) == {
        "States.Declined": (
            "Charge → Declined and the execution fails with CardDeclined, without Delivered, Person or Refund"
        )
    }


def test_a_task_without_a_catch_all_may_end_the_execution() -> None:
    found = problems(machine(Ship=task(Catch=caught("Refund", "Lost"), Next="Delivered")))
    assert found["States.Ship"].startswith("Charge → Ship fails with an error that nothing catches")


def test_a_refund_counts_when_it_succeeds_and_not_when_it_is_tried() -> None:
    found = problems(machine(Refund=task(Catch=caught("GiveUp"), Next="Refunded"), GiveUp={"Type": "Succeed"}))
    assert found["States.GiveUp"].startswith("Charge → Refund → GiveUp and the execution ends")


def test_the_way_told_is_the_shortest() -> None:
    detour = {"Type": "Pass", "Next": "Lost"}
    choice = {"Type": "Choice", "Default": "Detour", "Choices": [
        {"Variable": "$.a", "IsPresent": True, "Next": "Lost"}]}  # fmt: skip
    lost = {"Type": "Fail"}
    found = problems(machine(Ship=task(Catch=caught("Refund"), Next="Which"), Which=choice, Detour=detour, Lost=lost))
    assert found["States.Lost"].startswith("Charge → Ship → Which → Lost and the execution fails,")


def test_a_choice_without_default_may_fail() -> None:
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "Delivered"}]}
    found = problems(machine(Ship=task(Catch=caught("Refund"), Next="Which"), Which=choice))
    assert "fails with States.Runtime, which nothing catches" in found["States.Which"]


def test_a_loop_that_nothing_leads_out_of_never_gets_there() -> None:
    wait = {"Type": "Wait", "Seconds": 3, "Next": "Again"}
    again = {"Type": "Pass", "Next": "Wait"}
    found = problems(machine(Ship=task(Catch=caught("Refund"), Next="Wait"), Wait=wait, Again=again))
    assert "goes round for ever" in found["States.Wait"]


def test_leaving_a_branch_leads_on_behind_its_parallel_and_into_its_catchers() -> None:
    both = parallel({"Charge": task(End=True)}, {"Pack": task(End=True)}, Catch=caught("Sorry"), Next="Delivered")
    definition = {
        "StartAt": "Both",
        "States": {"Both": both, "Delivered": {"Type": "Succeed"}, "Sorry": {"Type": "Fail", "Error": "Sorry"}},
    }
    found = problems(definition, frozenset({"Delivered"}))
    assert found == {"States.Sorry": "Charge → Sorry and the execution fails with Sorry, without Delivered"}


def beside(sibling: dict[str, Any]) -> dict[str, Any]:
    """A branch that charges and then delivers or refunds, beside `sibling`; the Parallel's catcher says sorry."""
    branch = {
        "Charge": task(Catch=caught("Refund"), Next="Ship"),
        "Ship": task(Catch=caught("Refund"), Next="Shipped"),
        "Shipped": {"Type": "Pass", "End": True},
        "Refund": task(Catch=caught("Person"), Next="Person"),
        "Person": {"Type": "Pass", "End": True},
    }
    both = parallel(branch, sibling, Catch=caught("Sorry"), End=True)
    return {"StartAt": "Both", "States": {"Both": both, "Sorry": {"Type": "Succeed"}}}


def test_a_branch_that_fails_breaks_off_the_one_that_charged_before_it_can_refund() -> None:
    ends = frozenset({"Shipped", "Refund", "Person"})
    found = problems(beside({"Pack": task(End=True)}), ends)
    assert found == {
        "States.Sorry": "Charge → Sorry and the execution ends, without Person, Refund or Shipped",
    }
    assert problems(beside({"Pack": {"Type": "Pass", "End": True}}), ends) == {}, "what cannot fail breaks nothing off"
    assert problems(beside({"Pack": {"Type": "Wait", "Seconds": 3, "Next": "No"}, "No": {"Type": "Fail"}}), ends)


def test_an_item_that_fails_breaks_off_the_others() -> None:
    branch = beside({"Pack": {"Type": "Pass", "End": True}})["States"]["Both"]["Branches"][0]
    each = {"Type": "Map", "ItemProcessor": branch, "Catch": caught("Sorry"), "End": True}
    definition = {"StartAt": "Each", "States": {"Each": each, "Sorry": {"Type": "Succeed"}}}
    ends = frozenset({"Shipped", "Refund", "Person"})
    assert "States.Sorry" in problems(definition, ends)
    each["MaxConcurrency"] = 1
    assert problems(definition, ends) == {}, "one item after the other: none is under way when another fails"


def test_a_catcher_for_a_decline_and_more_does_not_say_that_nothing_was_charged() -> None:
    both = task(Catch=[*caught("Declined", "CardDeclined", "GatewayDown"), *caught("Refund")], Next="Ship")
    assert "States.Declined" in problems(machine(Charge=both))
    assert not problems(machine(Charge=both), unless=("CardDeclined", "GatewayDown"))


def test_an_error_raised_in_a_branch_goes_to_the_catcher_that_names_it() -> None:
    branch = {"Charge": task(Catch=caught("Broke"), Next="Ok"), "Ok": {"Type": "Succeed"},
              "Broke": {"Type": "Fail", "Error": "Broke"}}  # fmt: skip
    catches = [*caught("Undone", "Broke"), *caught("Person")]
    definition = {
        "StartAt": "Both",
        "States": {
            "Both": parallel(branch, Catch=catches, Next="Delivered"),
            "Delivered": {"Type": "Succeed"},
            "Person": {"Type": "Fail", "Error": "Person"},
            "Undone": {"Type": "Succeed"},
        },
    }
    assert "States.Undone" in problems(definition)
    assert problems(definition, (ENDS | {"Undone"}) - {"Refund"}) == {}


def test_a_refund_in_every_way_through_a_branch_counts() -> None:
    undo = {"Refund": task(Next="Note"), "Note": {"Type": "Pass", "End": True}}
    beside = {"Release": task(End=True)}
    kept = machine(Undo=parallel(undo, beside, Catch=caught("Person"), Next="Refunded"))
    kept["States"]["Ship"]["Catch"] = kept["States"]["Charge"]["Catch"][1:] = caught("Undo")
    del kept["States"]["Refund"]
    assert problems(kept) == {}
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "Refund"}],
              "Default": "Note"}  # fmt: skip
    kept["States"]["Undo"]["Branches"][0] = {"StartAt": "Which", "States": {"Which": choice, **undo}}
    assert "States.Refunded" in problems(kept)


@pytest.mark.parametrize(("ends", "state"), [({"Delivred"}, "Charge"), ({"Delivered"}, "Chrage")])
def test_a_promise_about_a_state_that_is_not_there_is_told(ends: set[str], state: str) -> None:
    assert "did you mean" in problems(machine(), frozenset(ends), state)[""]


def test_a_saga_undoes_in_reverse_and_hands_what_is_stuck_to_a_person() -> None:
    charge = asl.Step("Charge", task(), (asl.Undo("Refund", task()),))
    ship = asl.Step("Ship", task(), (asl.Undo("CancelShipment", task()), asl.Undo("Release", task())))
    states = asl.saga(charge, ship, then="Deliver", undone="Refunded", stuck="Person")
    assert [(name, state["Next"]) for name, state in states.items()] == [
        ("Charge", "Ship"), ("Ship", "Deliver"),
        ("CancelShipment", "Release"), ("Release", "Refund"), ("Refund", "Refunded"),
    ]  # fmt: skip
    assert (ship.undo_from, charge.undo_from) == ("CancelShipment", "Refund")
    assert all(states[name]["Catch"][-1]["Next"] == "Person" for name in ("CancelShipment", "Release", "Refund"))
    assert "Catch" not in charge.state, "what was declared stays as it is"


def test_a_step_without_undo_or_with_a_name_used_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="Charge has no undo"):
        asl.saga(asl.Step("Charge", task(), ()), then="a", undone="b", stuck="c")
    refund = asl.Undo("Refund", task())
    with pytest.raises(ValueError, match="called Refund"):
        asl.saga(asl.Step("A", task(), (refund,)), asl.Step("B", task(), (refund,)), then="a", undone="b", stuck="c")
