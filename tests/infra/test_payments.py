"""A stack that takes payments at Stripe, by its setting `payments`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.program import run_program
from tests.infra.conftest import Recorder, Registered, policies

PAYING = {
    "charge-payment",
    "capture-payment",
    "refund-payment",
    "list-orders",
    "compare-orders",
    "payment-webhook",
}
"""The functions that speak with the provider."""


@pytest.fixture(scope="module")
def stack() -> Any:
    recorder = Recorder()
    outputs = run_program(recorder, "dev", config={"orderflow:payments": "stripe"})
    return recorder, outputs


def environment(function: Registered) -> dict[str, str]:
    return function.inputs["environment"]["variables"]


def test_its_keys_are_secrets_of_which_the_program_knows_only_the_names(stack: Any) -> None:
    recorder, _ = stack
    secrets = {one.inputs["name"] for one in recorder.of("aws:secretsmanager/secret:Secret")}
    assert secrets == {"orderflow-dev-carrier-webhook", "orderflow-dev-stripe", "orderflow-dev-stripe-webhook"}
    assert not [one for one in recorder.of("aws:secretsmanager/secretVersion:SecretVersion") if "stripe" in one.name]


def test_the_functions_that_pay_and_no_others_may_read_the_key_and_nobody_keeps_the_sandboxs_books(stack: Any) -> None:
    recorder, _ = stack
    functions = {one.name: environment(one) for one in recorder.of("aws:lambda/function:Function")}
    assert {name for name, variables in functions.items() if "STRIPE_SECRET" in variables} == PAYING
    roles = policies(recorder)
    for name, variables in functions.items():
        allowed = roles[f"orderflow-dev-{name}"]["policy"]["Statement"]
        read = [r for one in allowed if "secretsmanager:GetSecretValue" in one["Action"] for r in one["Resource"]]
        stripe = {resource for resource in read if ":secret:orderflow-dev-stripe-AbCdEf" in resource}
        assert bool(stripe) == (name in PAYING), name
        assert "PAYMENTS_TABLE" not in variables, name
        assert "table/orderflow-dev-payments" not in json.dumps(allowed), name
    assert {variables["STRIPE_STACK"] for name, variables in functions.items() if name in PAYING} == {"orderflow-dev"}


def test_its_webhook_is_told_to_whoever_enters_it_at_stripe(stack: Any) -> None:
    _, outputs = stack
    assert set(outputs["webhooks"]) == {"carrier", "payment"}
    payment = outputs["webhooks"]["payment"]
    assert payment["url"].startswith("https://payment-webhook.")
    assert ":secret:orderflow-dev-stripe-webhook-" in payment["secretArn"]
    addresses = {name: one["url"] for name, one in outputs["functions"].items() if "url" in one}
    assert list(addresses) == ["decide"], "where people decide, which is no webhook"
    assert addresses["decide"].startswith("https://decide.")


def test_no_word_of_a_key_is_in_any_definition(stack: Any) -> None:
    recorder, _ = stack
    for machine in recorder.of("aws:sfn/stateMachine:StateMachine"):
        assert "stripe" not in machine.inputs["definition"].lower(), machine.name
