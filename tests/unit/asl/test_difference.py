"""The difference of two definitions: what a reviewer has to be told, and what is none."""

from __future__ import annotations

import copy
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

import asl

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:charge:live"
TABLE = "arn:aws:states:::dynamodb:getItem"
OLD: dict[str, Any] = {
    "Comment": "as it was",
    "StartAt": "Charge",
    "States": {
        "Charge": {
            "Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 30, "Next": "Big",
            "Retry": [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 2},
                      {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2}],
            "Catch": [{"ErrorEquals": ["Declined"], "Next": "Sorry"}],
        },
        "Big": {
            "Type": "Choice", "Default": "Done",
            "Choices": [{"Variable": "$.cents", "NumericGreaterThan": 100, "Next": "Look"},
                        {"Variable": "$.new", "BooleanEquals": True, "Next": "Look"}],
        },
        "Look": {"Type": "Task", "Resource": TABLE, "Parameters": {"TableName": "orders", "Key": {}}, "Next": "Done"},
        "Done": {"Type": "Succeed"},
        "Sorry": {"Type": "Fail", "Error": "Sorry"},
    },
}  # fmt: skip


def changed(edit: Any) -> list[str]:
    new = copy.deepcopy(OLD)
    edit(new["States"])
    return [str(change) for change in asl.difference(OLD, new).changes]


def put(state: str, **fields: Any) -> Any:
    return lambda states: states[state].update(fields)


def together(word: str) -> dict[str, Any]:
    """A rule that joins two conditions by `word`, the second one turned round."""
    parts = [{"Variable": "$.cents", "NumericGreaterThan": 5}, {"Not": {"Variable": "$.new", "BooleanEquals": True}}]
    return {word: parts, "Next": "Sorry"}


def test_the_order_of_keys_is_no_difference_and_a_comment_is_just_that() -> None:
    turned = {key: OLD[key] for key in reversed(OLD)}
    turned["States"] = {name: dict(reversed(OLD["States"][name].items())) for name in reversed(OLD["States"])}
    assert asl.difference(OLD, turned).changes == ()
    assert changed(put("Done", Comment="the end")) == ["Done: comment added"]


CASES: list[tuple[str, Any, list[str]]] = [
    ("a retry is gone", put("Charge", Retry=OLD["States"]["Charge"]["Retry"][1:]),
     ["Charge: retries States.Timeout 3 times, was 2", "Charge: retry of States.Timeout: IntervalSeconds added: 2",
      "Charge: retries States.ALL and States.Timeout with one count of attempts together"]),
    ("fewer attempts", put("Charge", Retry=[OLD["States"]["Charge"]["Retry"][0],
                                            {"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 5}]),
     ["Charge: retries States.ALL 1 times, was 3", "Charge: retry of States.ALL: IntervalSeconds 2 → 5"]),
    ("a retry more", put("Look", Retry=[{"ErrorEquals": ["Busy"], "MaxAttempts": 4}]), ["Look: retries Busy 4 times"]),
    ("a retry that is none", put("Look", Retry=[{"ErrorEquals": ["Busy"], "MaxAttempts": 0}]),
     ["Look: never retries Busy"]),
    ("the retries turned round", put("Charge", Retry=OLD["States"]["Charge"]["Retry"][::-1]),
     ["Charge: retries States.Timeout 3 times, was 2", "Charge: retry of States.Timeout: IntervalSeconds added: 2",
      "Charge: retries States.ALL and States.Timeout with one count of attempts together"]),
    ("a catch more", put("Look", Catch=[{"ErrorEquals": ["Busy"], "Next": "Sorry"}]),
     ["Look: catches Busy and goes to Sorry"]),
    ("a catch that keeps the input", put("Charge", Catch=[
        {"ErrorEquals": ["Declined"], "Next": "Sorry", "ResultPath": "$.error"}]),
     ["Charge: catch of Declined: ResultPath added: '$.error'"]),
    ("a timeout more", put("Look", TimeoutSeconds=5), ["Look: TimeoutSeconds added: 5"]),
    ("no timeout any more", lambda states: states["Charge"].pop("TimeoutSeconds"), ["Charge: TimeoutSeconds removed"]),
    ("a longer timeout", put("Charge", TimeoutSeconds=60), ["Charge: TimeoutSeconds 30 → 60"]),
    ("the catch leads elsewhere", put("Charge", Catch=[{"ErrorEquals": ["Declined"], "Next": "Done"}]),
     ["Charge: after Declined goes to Done, was Sorry"]),
    ("the catch is gone", put("Charge", Catch=[]), ["Charge: no longer catches Declined (went to Sorry)"]),
    ("next", put("Look", Next="Sorry"), ["Look: goes to Sorry, went to Done before"]),
    ("otherwise", put("Big", Default="Sorry"), ["Big: otherwise goes to Sorry, was Done"]),
    ("no otherwise any more", lambda states: states["Big"].pop("Default"),
     ["Big: otherwise goes to no state, and fails, was Done"]),
    ("the rules turned round", put("Big", Choices=OLD["States"]["Big"]["Choices"][::-1]),
     ["Big: asks its rules in another order; the first that is true decides"]),
    ("a limit in a condition", put("Big", Choices=[
        {"Variable": "$.cents", "NumericGreaterThan": 500, "Next": "Look"}, OLD["States"]["Big"]["Choices"][1]]),
     ["Big: no longer asks whether $.cents NumericGreaterThan 100 (went to Look)",
      "Big: goes to Look when $.cents NumericGreaterThan 500"]),
    ("all of several conditions", put("Big", Choices=[*OLD["States"]["Big"]["Choices"], together("And")]),
     ["Big: goes to Sorry when ($.cents NumericGreaterThan 5 and not $.new BooleanEquals true)"]),
    ("one of several conditions", put("Big", Choices=[*OLD["States"]["Big"]["Choices"], together("Or")]),
     ["Big: goes to Sorry when ($.cents NumericGreaterThan 5 or not $.new BooleanEquals true)"]),
    ("true is not one", put("Look", Parameters={"TableName": "orders", "Key": {"a": True}}),
     ["Look: Parameters.Key.a added: true"]),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_change_is_one_line_in_words(edit: Any, expected: list[str]) -> None:
    assert changed(edit) == expected


def retrier(*errors: str, **more: Any) -> dict[str, Any]:
    return {"ErrorEquals": list(errors), "IntervalSeconds": 2, **more}


def catcher(*errors: str, to: str = "Sorry", **more: Any) -> dict[str, Any]:
    return {"ErrorEquals": list(errors), "Next": to, **more}


ALL, TASK_FAILED, TIMEOUT, LIMIT = "States.ALL", "States.TaskFailed", "States.Timeout", "States.DataLimitExceeded"
HANDLERS: dict[str, tuple[str, list[Any], list[Any], list[tuple[bool, str]]]] = {
    "one more error": ("Retry", [retrier("A")], [retrier("B", "A")], [(False, "retries B 3 times")]),
    "one error less": ("Retry", [retrier("A", "B")], [retrier("A")], [(True, "no longer retries B")]),
    "all in place of some": ("Retry", [retrier("A")], [retrier(ALL)], [(False, "retries States.ALL 3 times")]),
    "some in place of all": ("Retry", [retrier(ALL)], [retrier("A")], [(True, "no longer retries States.ALL")]),
    "more attempts": ("Retry", [retrier("A")], [retrier("A", MaxAttempts=6)], [(False, "retries A 6 times, was 3")]),
    "never": ("Retry", [retrier(ALL)], [retrier("A", MaxAttempts=0), retrier(ALL)], [(True, "no longer retries A")]),
    "never, and nothing did": ("Retry", [], [retrier("A", MaxAttempts=0)],
                               [(False, "never retries A")]),
    "split": ("Retry", [retrier("A", "B")], [retrier("A"), retrier("B")],
              [(False, "retries A and B with a count of attempts each")]),
    "merged": ("Retry", [retrier("A"), retrier("B")], [retrier("B", "A")],
               [(False, "retries A and B with one count of attempts together")]),
    "split, one weaker": ("Retry", [retrier("A", "B")], [retrier("A"), retrier("B", MaxAttempts=1)],
                          [(True, "retries B 1 times, was 3"),
                           (False, "retries A and B with a count of attempts each")]),
    "a default written out": ("Retry", [{"ErrorEquals": ["A"]}],
                              [{"ErrorEquals": ["A"], "MaxAttempts": 3, "IntervalSeconds": 1, "BackoffRate": 2}],
                              [(False, "writes its retriers otherwise, to the same effect")]),
    "back to a default": ("Retry", [retrier("A")], [{"ErrorEquals": ["A"]}],
                          [(False, "retry of A: IntervalSeconds removed, was 2")]),
    "turned round": ("Retry", [retrier("A"), retrier("B")], [retrier("B"), retrier("A")],
                     [(False, "writes its retriers in another order, to the same effect")]),
    "turned round before a wildcard": ("Catch", [catcher("A"), catcher(ALL, to="Done")],
                                       [catcher(ALL, to="Done"), catcher("A")],
                                       [(False, "after A goes to Done, was Sorry")]),
    "a catcher for more": ("Catch", [catcher("A")], [catcher(ALL)], [(False, "catches States.ALL and goes to Sorry")]),
    "no wildcard takes what is caught by name alone": (
        "Catch", [catcher(LIMIT)], [catcher(ALL)],
        [(True, "no longer catches States.DataLimitExceeded (went to Sorry)"),
         (False, "catches States.ALL and goes to Sorry")]),
    "a timeout is no failed task": ("Catch", [catcher(TIMEOUT)], [catcher(TASK_FAILED)],
                                    [(True, "no longer catches States.Timeout (went to Sorry)"),
                                     (False, "catches States.TaskFailed and goes to Sorry")]),
    "a failed task is any error": ("Catch", [catcher("A")], [catcher(TASK_FAILED)],
                                   [(False, "catches States.TaskFailed and goes to Sorry")]),
    "to one and the same": ("Catch", [catcher("A"), catcher("B")], [catcher("A", "B")],
                            [(False, "writes its catchers otherwise, to the same effect")]),
    "its error put elsewhere": ("Catch", [catcher("A", "B")], [catcher("A"), catcher("B", ResultPath="$.b")],
                                [(False, "catch of B: ResultPath added: '$.b'")]),
    "what all caught has its own way": ("Catch", [catcher(ALL)], [catcher("A", to="Done"), catcher(ALL)],
                                        [(False, "after A goes to Done, was Sorry")]),
}  # fmt: skip


@pytest.mark.parametrize(("key", "old", "new", "told"), HANDLERS.values(), ids=HANDLERS)
def test_handlers_are_compared_by_the_errors_that_they_cover(
    key: str, old: list[Any], new: list[Any], told: list[tuple[bool, str]]
) -> None:
    before, after = ({**OLD, "States": copy.deepcopy(OLD["States"])} for _ in range(2))
    before["States"]["Charge"][key], after["States"]["Charge"][key] = old, new
    found = asl.difference(before, after).changes
    assert [(one.danger is asl.Danger.PROTECTION_REMOVED, str(one)) for one in found] == [
        (weaker, f"Charge: {text}") for weaker, text in told
    ]


def inside(catch: list[Any], around: list[Any], **more: Any) -> dict[str, Any]:
    task = {"Type": "Task", "Resource": FUNCTION, "Catch": catch, "End": True}
    pay = {"StartAt": "Pay", "States": {"Pay": task, "Later": {"Type": "Pass", "End": True}}}
    pay |= {"ProcessorConfig": {"Mode": more.pop("mode", "INLINE")}}
    each = {"Type": "Map", "ItemProcessor": pay, "Catch": around, "End": True}
    return {"StartAt": "Each", "States": {"Each": each, "Sorry": {"Type": "Fail"}}}


def test_what_the_state_around_catches_now_is_not_lost_but_among_other_executions() -> None:
    own, around = [catcher("A", "B", to="Later")], [catcher("A")]
    assert [(one.danger, str(one)) for one in asl.difference(inside(own, []), inside([], around)).changes] == [
        (asl.Danger.PROTECTION_REMOVED, "Pay: no longer catches B (went to Later)"),
        (asl.Danger.PROTECTION_CHANGED, "Each: catches A and goes to Sorry"),
        (asl.Danger.PROTECTION_CHANGED, "Pay: leaves A to Each around it: goes to Sorry, went to Later"),
    ]
    apart = inside(own, [], mode="DISTRIBUTED"), inside([], around, mode="DISTRIBUTED")
    assert "Pay: no longer catches A, B (went to Later)" in map(str, asl.difference(*apart).changes)


def test_an_otherwise_that_comes_or_goes_or_leads_to_what_is_renamed_is_told_as_just_that() -> None:
    new = copy.deepcopy(OLD)
    del new["States"]["Big"]["Default"]
    found = asl.difference(new, OLD).changes
    assert [str(change) for change in found] == ["Big: otherwise goes to Done, was no state"]
    assert asl.difference(new, new).changes == ()

    def end(states: Any) -> None:
        states["Finished"] = states.pop("Done")
        states["Look"]["Next"] = states["Big"]["Default"] = "Finished"

    assert changed(end) == ["Done renamed to Finished"]


def test_the_picture_draws_an_otherwise_that_leads_elsewhere_as_gone_and_as_new() -> None:
    new = copy.deepcopy(OLD)
    new["States"]["Big"]["Default"] = "Sorry"
    drawn = asl.difference_mermaid(asl.difference(OLD, new))
    arrows = [line.strip() for line in drawn.splitlines() if "--" in line or ".->" in line]
    styles = dict(re.findall(r"linkStyle (\d+) stroke:(#\w+)", drawn))
    ways = {arrows[int(index)]: color for index, color in styles.items()}
    # Big is s1, Done s3 and Sorry s4; the first style is that of what came, the other of what went.
    assert list(ways) == ['s1 -- "otherwise" --> s4', 's1 -- "otherwise" --> s3']
    assert len(set(ways.values())) == 2
    assert re.search(r"linkStyle 7 \S*stroke-dasharray", drawn)


def test_what_takes_protection_away_is_told_before_what_adds_some() -> None:
    def weaken(states: Any) -> None:
        states["Charge"] |= {"TimeoutSeconds": 60, "Retry": [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 4}]}
        states["Look"] |= {"TimeoutSeconds": 5, "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 0}]}

    assert [line for line in changed(weaken) if "IntervalSeconds" not in line] == [
        "Charge: no longer retries States.ALL",
        "Charge: TimeoutSeconds 30 → 60",
        "Charge: retries States.Timeout 4 times, was 2",
        "Look: never retries Busy",
        "Look: TimeoutSeconds added: 5",
    ]


def test_another_table_is_a_permission_gained_and_told_first() -> None:
    assert changed(put("Look", Parameters={"TableName": "customers", "Key": {}})) == [
        "gains dynamodb:GetItem on arn:${Partition}:dynamodb:${Region}:${Account}:table/customers",
        "Look: Parameters.TableName 'orders' → 'customers'",
        "loses dynamodb:GetItem on arn:${Partition}:dynamodb:${Region}:${Account}:table/orders",
    ]


def test_a_permission_is_told_with_its_condition() -> None:
    training = {"TrainingJobName": "weekly", "RoleArn": "arn:aws:iam::123456789012:role/a"}
    look = {"Resource": "arn:aws:states:::sagemaker:createTrainingJob", "Parameters": training}
    old = {**OLD, "States": {**OLD["States"], "Look": {**OLD["States"]["Look"], **look}}}
    new = copy.deepcopy(old)
    new["States"]["Look"]["Parameters"]["RoleArn"] = "arn:aws:iam::123456789012:role/b"
    assert str(asl.difference(old, new).changes[0]) == (
        "gains iam:PassRole on arn:aws:iam::123456789012:role/b "
        'if {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}'
    )


def rename(states: Any) -> None:
    states["Fetch"] = states.pop("Look")
    for rule in states["Big"]["Choices"]:
        rule["Next"] = "Fetch"


def test_a_state_under_another_name_is_renamed_and_its_transitions_are_no_change() -> None:
    assert changed(rename) == ["Look renamed to Fetch"]


def test_two_in_a_row_are_renamed_together_and_a_state_with_another_body_is_another_state() -> None:
    def both(states: Any) -> None:
        rename(states)
        states["Finish"] = states.pop("Done")
        states["Fetch"]["Next"] = states["Big"]["Default"] = "Finish"

    assert set(changed(both)) == {"Look renamed to Fetch", "Done renamed to Finish"}

    def other(states: Any) -> None:
        rename(states)
        states["Fetch"]["TimeoutSeconds"] = 5

    assert changed(other)[:2] == [
        "Look (Task) removed",
        "Big: goes to Fetch, was Look, when $.cents NumericGreaterThan 100",
    ]


def each(start: str = "First", added: Any = None, **beside: Any) -> dict[str, Any]:
    states = {
        "First": {"Type": "Pass", "Result": 1, "Next": "Then"},
        "Then": {"Type": "Pass", "Result": 2, "End": True},
    }
    inner = {"StartAt": start, "States": states | (added or {}), **beside}
    return {"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": inner, "End": True}}}


def both(*names: str) -> dict[str, Any]:
    branches = [{"StartAt": name, "States": {name: {"Type": "Succeed"}}} for name in names]
    return {"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "Branches": branches, "End": True}}}


BESIDE: dict[str, tuple[dict[str, Any], dict[str, Any], list[tuple[str, str, str]]]] = {
    "another start": (OLD, {**OLD, "StartAt": "Big"},
                      [("TRANSITION", "StartAt", "the machine: starts at Big, was Charge")]),
    "another start inside": (each(), each("Then"),
                             [("TRANSITION", "States.Each.ItemProcessor.StartAt", "Each: starts at Then, was First")]),
    "a timeout": (OLD, {**OLD, "TimeoutSeconds": 60}, [("FIELD", "", "the machine: TimeoutSeconds added: 60")]),
    "how items are processed": (each(ProcessorConfig={"Mode": "INLINE"}), each(),
                                [("FIELD", "States.Each.ItemProcessor",
                                  "Each: ProcessorConfig removed, was an object of 1 fields")]),
    "another comment": (OLD, {**OLD, "Comment": "as it is"}, [("COMMENT", "", "the machine: comment reworded")]),
    "no comment": (each(Comment="of old"), each(),
                   [("COMMENT", "States.Each.ItemProcessor", "Each: comment removed")]),
    "a state": (each(), each(added={"Last": {"Type": "Succeed"}}),
                [("STATE_ADDED", "States.Each.ItemProcessor.States.Last", "Last (Succeed) added, in Each")]),
    "a branch": (both("A"), both("A", "B"),
                 [("FIELD", "States.Both", "Both: 1 → 2 branches"),
                  ("STATE_ADDED", "States.Both.Branches[1].States.B", "B (Succeed) added, in Both")]),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), BESIDE.values(), ids=BESIDE)
def test_what_stands_beside_the_states_and_what_is_added_inside_of_one_is_told_with_its_place(
    old: dict[str, Any], new: dict[str, Any], told: list[tuple[str, str, str]]
) -> None:
    assert [(one.danger.name, one.path, str(one)) for one in asl.difference(old, new).changes] == told


def test_a_start_that_is_renamed_is_where_it_was() -> None:
    new = each("Begin")
    inner = new["States"]["Each"]["ItemProcessor"]["States"]
    inner["Begin"] = inner.pop("First")
    assert list(map(str, asl.difference(each(), new).changes)) == ["First renamed to Begin"]


def test_a_state_that_moves_into_a_branch_is_moved_and_not_removed() -> None:
    def move(states: Any) -> None:
        look = {**states.pop("Look"), "End": True}
        del look["Next"]
        states["Both"] = {
            "Type": "Parallel",
            "Next": "Done",
            "Branches": [{"StartAt": "Look", "States": {"Look": look}}],
        }
        for rule in states["Big"]["Choices"]:
            rule["Next"] = "Both"

    found = changed(move)
    assert "Look moved on the outside → in Both" in found
    assert not [line for line in found if "removed" in line]


def test_what_the_permissions_cannot_be_derived_from_is_said() -> None:
    (first, *_) = changed(put("Look", Resource="arn:aws:states:::braket:createJob"))
    assert first.startswith("permissions not compared: States.Look.Resource:")


def test_the_picture_has_what_came_and_what_went() -> None:
    new = copy.deepcopy(OLD)
    look = new["States"].pop("Look")
    new["States"]["Other"] = {**look, "TimeoutSeconds": 5}
    for rule in new["States"]["Big"]["Choices"]:
        rule["Next"] = "Other"
    found = asl.difference(OLD, new)
    drawn = asl.difference_mermaid(found)
    ids = {line.split('"')[1]: line.split('["')[0].strip() for line in drawn.splitlines() if '["' in line}
    assert f"class {ids['Other']} added" in drawn
    assert f"class {ids['Look']} removed" in drawn
    texts = {text.text for text in ET.fromstring(asl.difference_svg(found)).iter("{http://www.w3.org/2000/svg}text")}
    assert {"Other", "Look"} <= texts


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"A": None},
        {"A": {"Type": "Choice", "Choices": [None, {"Next": {}}], "Default": 4}},
        {"Charge": {"Type": "Pass", "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": "2"}], "Catch": {}}},
    ],
)
def test_misshapen_definitions_are_compared_as_far_as_they_go(odd: Any) -> None:
    broken = {"StartAt": "A", "States": odd}
    assert asl.difference(broken, broken).changes == ()
    for pair in ((OLD, broken), (broken, OLD)):
        found = asl.difference(*pair)
        assert found.changes
        asl.difference_mermaid(found)
