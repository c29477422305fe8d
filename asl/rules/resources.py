"""Rules about the texts that name resources: that they name the right kind, in the form that the parameter takes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from asl.analysis.all_texts import all_texts
from asl.analysis.caching import once
from asl.integrations.arguments import arguments, field_of, is_expression
from asl.integrations.resource_kinds import is_arn_of
from asl.integrations.resource_parameters import (
    DATA,
    KEYED,
    Wanted,
    mismatch,
    phrase,
    service_of,
    strange_account,
    wanted,
)
from asl.rules.findings import Problem, Rule
from asl.syntax.python_words import written_by_mistake
from asl.syntax.shapes import as_list, as_object, as_text
from asl.syntax.strings import MAX_DEPTH
from asl.syntax.walk import Machine

_PARAMETERS = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-parameters.html"
_ARNS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"
_ACCOUNT = "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html"
_QUEUES = (
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html"
)
_LANGUAGE = "https://states-language.net/spec.html#structure-of-a-state-machine"

_TO_FILL_IN = re.compile(r"[A-Z][A-Z0-9]*[_-][A-Z0-9_-]+|.*(?:[<{]|\.\.\.).*", re.DOTALL)
"""`TOPIC_ARN`, `<topic>`, `https://...`: what published samples have where everybody writes his own."""
_SAMPLE_ACCOUNTS = ("123456789", "1234567890")
"""Accounts of published samples, cut short as everybody can see."""


class _Named(NamedTuple):
    """One value that a definition gives to a parameter that names a resource."""

    path: str
    parameter: str
    wanted: Wanted
    value: object

    @property
    def is_name_as_url(self) -> bool:
        """Whether a queue is named where its URL belongs."""
        queue = all(one.kind == "queue" and one.form == "URL" for one in self.wanted)
        return queue and re.fullmatch(r"[\w-]{1,80}(?:\.fifo)?", as_text(self.value)) is not None


@once
def _named(machine: Machine) -> list[_Named]:
    found: list[_Named] = []
    for state in machine.of("Task"):
        _add(found, arguments(state), state.at(field_of(state)), "", service_of(state.resource), 0)
        _add(found, as_object(state.node.get("Credentials")), state.at("Credentials"), "", "", 0)
    for state in machine.of("Map"):
        for name in ("ItemReader", "ResultWriter"):
            node, field = as_object(state.node.get(name)), field_of(state)
            service = service_of(as_text(node.get("Resource")))
            _add(found, as_object(node.get(field)), state.at(f"{name}.{field}"), "", service, 0)
    return found


def _add(found: list[_Named], value: object, path: str, parameter: str, service: str, depth: int) -> None:
    """Add what `value`, that of `parameter`, and all inside it name."""
    if depth > MAX_DEPTH:
        return
    if given := as_object(value):
        for key, inner in given.items():
            if parameter in KEYED:
                found.append(_Named(f"{path}.{key}", parameter, wanted(service, parameter), key))
            if key not in DATA:
                _add(found, inner, f"{path}.{key}", key, service, depth + 1)
    elif elements := as_list(value):
        for index, element in enumerate(elements):
            _add(found, element, f"{path}[{index}]", parameter, service, depth + 1)
    elif (takes := wanted(service, parameter)) and parameter not in KEYED and not _is_made_later(value):
        found.append(_Named(path, parameter, takes, value))


def _is_made_later(value: object) -> bool:
    return is_expression(value) or (isinstance(value, str) and _TO_FILL_IN.fullmatch(value) is not None)


def _resources_are_of_the_right_kind(machine: Machine) -> Iterator[Problem]:
    for named in _named(machine):
        if (found := mismatch(named.wanted, named.value)) and not named.is_name_as_url:
            yield named.path, f"{found}, and {named.parameter} takes {phrase(named.wanted)}{_instead(named)}"


def _instead(named: _Named) -> str:
    """The name in an ARN of the right kind."""
    text = as_text(named.value)
    for one in named.wanted:
        if one.form in ("name", "id") and is_arn_of(one.kind, text):
            return f": '{re.split('[:/]', text)[-1]}'"
    return ""


def _queues_are_given_by_url(machine: Machine) -> Iterator[Problem]:
    for named in _named(machine):
        if named.is_name_as_url:
            yield named.path, f"is a name, and {named.parameter} takes {phrase(named.wanted)}"


def _accounts_have_twelve_digits(machine: Machine) -> Iterator[Problem]:
    texts = [(state.at("Resource"), state.resource) for state in machine.of("Task")]
    for path, value in (*texts, *((named.path, named.value) for named in _named(machine))):
        account = strange_account(value)
        if account and account not in _SAMPLE_ACCOUNTS:
            yield path, f"names the account {account}, which has {len(account)} digits"


def _texts_are_meant(machine: Machine) -> Iterator[Problem]:
    for scope in machine.scopes:
        for key in ("Comment", "StartAt"):
            if found := written_by_mistake(as_text(scope.node.get(key))):
                yield scope.at(key), f"holds {found}"
    if not written_by_mistake(all_texts(machine)):
        return
    for state in machine.states:
        fields = ((key, as_text(state.node.get(key))) for key in ("Resource", "Next"))
        keys = ((f"{path}.{key}", key) for path, given in state.contents.templates for key in given)
        texts = ((text.path, text.value) for text in state.contents.texts)
        for path, text in (*fields, *keys, *texts):
            if found := written_by_mistake(text):
                yield state.at(path), f"holds {found}"
        if found := written_by_mistake(state.name):
            yield state.path, f"is called by {found}"


def _numbers_are_json(machine: Machine) -> Iterator[Problem]:
    for state in machine.states:
        for path, number in state.contents.odd_numbers:
            what = "not a number (NaN)" if math.isnan(number) else "infinite"
            yield state.at(path), f"is {what}, which JSON cannot write"


RULES = (
    Rule(
        "ASL120",
        "error",
        "A parameter names a resource of its kind, in the form it takes",
        "Step Functions takes any text and hands it on; the service then knows no such resource, and the call fails.",
        "Write what the parameter takes, or the component itself: it stands for the right form.",
        _PARAMETERS,
        _resources_are_of_the_right_kind,
    ),
    Rule(
        "ASL121",
        "warning",
        "A queue is given by its URL",
        "SQS documents QueueUrl as a URL; that a name is taken today is written nowhere.",
        "Write https://sqs.REGION.amazonaws.com/ACCOUNT/NAME, or the queue's component.",
        _QUEUES,
        _queues_are_given_by_url,
    ),
    Rule(
        "ASL122",
        "error",
        "An account has twelve digits",
        "No account has any other number, so nothing can be reached there.",
        "Correct the account in the ARN or URL.",
        _ACCOUNT,
        _accounts_have_twelve_digits,
    ),
    Rule(
        "ASL123",
        "error",
        "Text is what somebody meant to write",
        "An Output or an object that is put into a text becomes a sentence about itself, which would be deployed.",
        "Write the Output itself as the value; within a text, pulumi.Output.format('…{0}…', output).",
        _ARNS,
        _texts_are_meant,
    ),
    Rule(
        "ASL124",
        "error",
        "Numbers are numbers of JSON",
        "A definition is JSON, which has no NaN and no Infinity; AWS refuses it.",
        "Write a number, or null.",
        _LANGUAGE,
        _numbers_are_json,
    ),
)
