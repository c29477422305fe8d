"""What a reviewer sees of a change on a page: the machines before and after, and whether their promises are kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import asl
from asl import MustReach
from asl.review.description import Description, Stack, read
from asl.review.masking import Masks
from asl.viewer import Page, page
from asl.viewer.reviewed import review_page
from tests.unit.asl.command_line import run as run_command
from tests.unit.asl.test_review import ORDER, QUEUE, changed, machine, stack, written

ENDS = MustReach("Charge", frozenset({"Done", "Lost"}))
LEADS_TO_DONE = MustReach("Charge", frozenset({"Done"}), frozenset({"States.ALL"}))


def shown(before: Stack, after: Stack, **more: tuple[Stack, Stack]) -> Page:
    """The page of stacks whose descriptions were written and read."""
    masks = Masks()

    def told(side: Stack) -> Stack:
        return Stack({name: read(one.to_json(), masks) for name, one in side.machines.items()}, side.stopped)

    stacks = {"prod": (before, after), **more}
    old, new = ({name: told(sides[side]) for name, sides in stacks.items()} for side in (0, 1))
    return review_page(old, new, volume=1_000_000)


def test_a_change_has_both_machines_permissions_findings_and_prices() -> None:
    new = changed(Charge={"Next": "Audit", "Retry": None}, Audit=QUEUE)
    (view,) = shown(stack(machine()), stack(machine(new))).views
    assert view.change
    assert "Audit" in str(view.machine.definition)
    assert "Audit" not in str(view.change.before.definition)
    assert [(one.action, one.danger) for one in view.change.gained] == [("sqs:SendMessage", "")]
    assert view.change.lost == ()
    assert "123456789012" not in page(Page("t", (view,))), "accounts are masked, as in the comment"
    assert {one.path for one in view.change.new_findings} == {"States.Audit"}
    assert view.machine.price
    assert view.change.before.price
    assert view.machine.price.usd_per_execution > view.change.before.price.usd_per_execution
    (back,) = shown(stack(machine(new)), stack(machine())).views
    assert back.change
    assert back.change.gone_findings == view.change.new_findings, "what is mended is told, too"
    assert [one.action for one in back.change.lost] == ["sqs:SendMessage"]


def test_a_promise_that_the_change_breaks_is_told_with_the_way_and_one_given_up_is_noted() -> None:
    old = machine(promises=(ENDS, LEADS_TO_DONE))
    catchers = [{"ErrorEquals": ["Declined"], "Next": "Forgotten"}, *ORDER["States"]["Charge"]["Catch"]]
    new = machine(changed(Charge={"Catch": catchers}, Forgotten={"Type": "Succeed"}), promises=(ENDS,))
    (view,) = shown(stack(old), stack(new)).views
    assert view.change
    (promise,) = view.change.promises
    assert (promise.text, promise.kept, promise.before) == ("Charge is followed by Done or Lost", False, True)
    assert promise.explored is False
    assert promise.detail == "Charge: fails with Declined 3 times › Forgotten › SUCCEEDED", (
        "a way that an execution has taken"
    )
    assert view.notes == ("No longer promised: Charge is followed by Done, unless it fails with States.ALL",)


def test_what_exploration_found_is_told_of_every_machine_on_the_page() -> None:
    new = machine(changed(Wait={"Seconds": 61}), promises=(ENDS,))
    (view,) = shown(stack(machine(promises=(ENDS,))), stack(new)).views
    assert view.change
    assert [(one.kept, one.explored) for one in view.change.promises] == [(True, True)]
    found = view.exploration
    assert found
    assert {(one.state, one.status, one.shortest) for one in found.ends} == {
        ("States.Done", "SUCCEEDED", ("Charge", "Wait", "Done")),
        ("States.Lost", "FAILED: Lost", ("Charge", "Lost")),
    }
    assert (found.refused, found.cut, found.unreached) == ("", (), ())
    (same,) = shown(stack(new), stack(new)).views
    assert same.exploration == found, "of a machine that is as it was, too"


def test_a_way_that_only_the_graph_has_is_told_as_such() -> None:
    """The proof looks at no data: it takes the Default of a Choice that has an answer for both."""
    choices = [{"Variable": "$.paid", "IsPresent": is_there, "Next": "Done"} for is_there in (True, False)]
    states = changed(
        Charge={"Next": "IsPaid"},
        IsPaid={"Type": "Choice", "Choices": choices, "Default": "Forgotten"},
        Forgotten={"Type": "Succeed"},
        Wait=None,
    )
    (view,) = shown(stack(machine()), stack(machine(states, promises=(ENDS,)))).views
    assert view.change
    (promise,) = view.change.promises
    assert (promise.kept, promise.explored) == (False, True)


def test_what_exploration_would_need_is_told() -> None:
    """An error keeps it from running the machine; an expression over a result keeps it from going on."""
    broken = Description("orders", "STANDARD", changed(Wait={"Next": "Gone"}))
    (view,) = shown(stack(machine()), stack(broken)).views
    assert view.exploration
    assert view.exploration.refused == "it has errors"
    assert view.notes == ()
    wrong = replace(broken, findings=tuple(asl.check(broken.definition)))
    (view,) = shown(stack(machine()), stack(wrong)).views
    assert view.notes == ("It cannot be deployed: 1 error among its findings.",)
    asks = {"Type": "Choice", "Choices": [{"Condition": "{% $count($states.input.rows) > 2 %}", "Next": "Done"}]}
    counts = {**changed(Charge={"Next": "Many"}, Many={**asks, "Default": "Done"}), "QueryLanguage": "JSONata"}
    counts["States"].pop("Wait")
    never = MustReach("Done", frozenset({"Done"}))
    (view,) = shown(stack(machine()), stack(machine(counts, promises=(ENDS, never)))).views
    assert view.exploration
    assert view.exploration.unreached == ("States.Done",)
    (told,) = view.exploration.cut
    assert "States.Many reads $states.input.rows" in told
    assert "asl.Returns" in told
    assert view.change
    assert [one.explored for one in view.change.promises] == [True, None], "what was not come to is not called kept"


def test_machines_that_are_new_gone_or_alike_in_several_stacks_are_one_view_each() -> None:
    new = changed(Wait={"Seconds": 61})
    extra = machine(name="extra")
    found = shown(stack(machine()), stack(machine(new), extra), dev=(stack(machine(), extra), stack(machine(new))))
    titles = {view.title: view for view in found.views}
    assert set(titles) == {"orders (prod, dev)", "extra (prod)", "extra (dev)"}
    assert found.title == "2 of 2 machines changed"
    assert titles["extra (prod)"].notes == ("The machine is new.",)
    assert titles["extra (prod)"].change
    assert titles["extra (dev)"].change is None
    assert "the machine is removed" in titles["extra (dev)"].notes[0]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (stack(machine()), "No machine changed"),
        (stack(), "the machine is removed"),
        (stack(stopped="SettingsError: <b>no</b> region"), "The program after the change stops in prod"),
        (stack(Description("orders", "STANDARD", {"StartAt": "Gone", "States": {}}, refused=("no",))), "It cannot be"),
        (
            stack(machine(), machine({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, "new")),
            "The machine is new",
        ),
    ],
)
def test_there_is_a_page_whatever_has_become_of_the_machines(after: Stack, said: str) -> None:
    for before in (stack(machine()), stack(stopped="it did not start")):
        made = page(shown(before, after))
        assert "<b>no</b>" not in made
        if not before.stopped:
            assert said in made


def test_the_command_writes_the_page_beside_what_it_tells(tmp_path: Path) -> None:
    before = written(tmp_path / "before", prod=[machine()])
    after = written(tmp_path / "after", prod=[machine(changed(Wait={"Seconds": 61}))])
    result = run_command("review", str(before), str(after), "--page", str(tmp_path / "review.html"))
    assert result.exit_code == 0
    assert "1 of 1 changed" in result.stdout
    assert '"Seconds":61' in (tmp_path / "review.html").read_text()
