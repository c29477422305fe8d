"""Every rule fires on its own fixture and not on the one beside it; the file's name says which rule."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path

import pytest

import asl
from asl.rules import SUBJECTS, rules_for
from asl.rules.doc import rules_page
from asl.syntax.walk import walk

FIXTURES = Path(__file__).parents[3] / "asl" / "rules" / "examples"
FILES = sorted(FIXTURES.iterdir())
GOLDEN = Path(__file__).parent / "golden" / "findings.txt"
IDS = {rule.id for rule in asl.RULES}


def placed(file: Path) -> tuple[str, str, bool]:
    """The rule, the machine's type and the expectation that a fixture's name holds."""
    parts = file.name.split(".")
    assert parts[0] in IDS, f"{file.name}: there is no rule {parts[0]}"
    assert parts[-2:] in (["bad", "json"], ["good", "json"]), f"{file.name}: is it bad or good?"
    assert parts[1:-2] in ([], ["express"]), f"{file.name}: {parts[1:-2]} is no type of machine"
    return parts[0], "EXPRESS" if "express" in parts else "STANDARD", parts[-2] == "bad"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_rule_fires_on_the_bad_fixture_alone(file: Path) -> None:
    rule, type, bad = placed(file)
    found = asl.check(json.loads(file.read_text()), type=type)
    assert (rule in {finding.rule.id for finding in found}) is bad
    if not bad:
        errors = [str(finding) for finding in found if finding.rule.severity == "error"]
        assert errors == [], "AWS would take a good fixture, though it need not follow every advice"


def test_what_each_rule_says_of_its_bad_fixture_and_where_is_in_the_golden_file() -> None:
    said: list[str] = []
    for file in FILES:
        rule, type, _ = placed(file)
        own = [one for one in asl.check(json.loads(file.read_text()), type=type) if one.rule.id == rule]
        said += [f"{file.name}: {one.path or 'the machine'}: {one.message}" for one in own]
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text("\n".join(said) + "\n")
    assert said == GOLDEN.read_text().splitlines(), "`make golden`, then read its diff"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_rules_left_out_for_their_subject_have_nothing_to_say(file: Path) -> None:
    machine = walk(json.loads(file.read_text()), type=placed(file)[1])
    asked = rules_for(machine.words)
    assert {rule.id for rule in asl.RULES if rule not in asked and list(rule.problems(machine))} == set()


def test_every_file_of_rules_has_a_subject() -> None:
    files = {file.stem for file in FIXTURES.parent.glob("*.py") if "\nRULES = (" in file.read_text()}
    assert set(SUBJECTS) == files


def _with_result(characters: int) -> dict[str, object]:
    state = {"Type": "Pass", "Result": "x" * characters, "End": True}
    return {"StartAt": "A", "States": {"A": state}}


def test_a_definition_of_more_than_a_megabyte_is_refused() -> None:
    """ASL016's pair, made here: files of that size have no place in a repository."""
    assert "ASL016" in {finding.rule.id for finding in asl.check(_with_result(1_048_576))}
    assert "ASL016" not in {finding.rule.id for finding in asl.check(_with_result(1_048_000))}


def test_a_large_constant_is_warned_of() -> None:
    """ASL064's pair."""
    assert "ASL064" in {finding.rule.id for finding in asl.check(_with_result(200_001))}
    assert "ASL064" not in {finding.rule.id for finding in asl.check(_with_result(100_000))}


# Promises stand beside a definition, not in it: test_promises.py has the pairs of ASL070 and ASL071.
@pytest.mark.parametrize("rule", sorted(IDS - {"ASL016", "ASL064", "ASL070", "ASL071"}))
def test_every_rule_has_both_fixtures(rule: str) -> None:
    expectations = {placed(file)[2] for file in FILES if file.name.startswith(rule)}
    assert expectations == {True, False}


def test_ids_are_unique_and_every_rule_cites_a_page() -> None:
    assert len(IDS) == len(asl.RULES)
    for rule in asl.RULES:
        assert rule.source.startswith(("https://docs.aws.amazon.com/", "https://states-language.net/")), rule.id


def test_the_generated_page_of_rules_is_in_step() -> None:
    page = Path(__file__).parents[3] / "docs" / "rules.md"
    assert page.read_text() == rules_page(), "`make docs` writes it anew"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_checking_changes_nothing_and_says_the_same_twice(file: Path) -> None:
    definition = json.loads(file.read_text())
    before = copy.deepcopy(definition)
    first = [str(finding) for finding in asl.check(definition)]
    assert [str(finding) for finding in asl.check(definition)] == first
    assert definition == before


ODDITIES = [
    {}, {"StartAt": 1, "States": []}, {"StartAt": "A", "States": {"A": []}}, {"StartAt": "A", "States": {"A": None}},
    {"StartAt": "A", "States": {"A": {"Type": ["Task"], "Catch": 3, "Retry": {"a": 1}, "Branches": "x"}}},
    {"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [None, 3, {"Next": {}}], "Default": 4}}},
    {"StartAt": "A", "States": {"A": {"Type": "Map", "ItemProcessor": [], "Iterator": 7, "End": "yes"}}},
    {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": 3, "Parameters": "$", "TimeoutSeconds": "1"}}},
    {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": -1, "Next": None}}, "TimeoutSeconds": True},
]  # fmt: skip


@pytest.mark.parametrize("definition", ODDITIES, ids=str)
def test_misshapen_definitions_are_findings_and_never_exceptions(definition: dict[str, object]) -> None:
    assert [finding for finding in asl.check(definition) if finding.rule.severity == "error"]


def test_all_errors_are_reported_with_path_and_nearest_name() -> None:
    definition = {
        "StartAt": "Fisrt",
        "States": {"First": {"Type": "Pass", "Next": "Secnod"}, "Second": {"Type": "Pass", "End": True}},
    }
    with pytest.raises(asl.DefinitionError) as raised:
        asl.require("orders", definition)
    message = str(raised.value)
    assert "orders: 2 errors" in message
    assert "StartAt: names 'Fisrt', and there is no such state (did you mean 'First'?)" in message
    assert "States.First.Next: names 'Secnod', and there is no such state (did you mean 'Second'?)" in message


def test_a_target_in_another_scope_is_told_apart_from_a_misspelt_one() -> None:
    definition = json.loads((FIXTURES / "ASL003.bad.json").read_text())
    (finding,) = [finding for finding in asl.check(definition) if finding.rule.id == "ASL003"]
    assert "stands in another scope" in finding.message
