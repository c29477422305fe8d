"""A stack that takes payments at Stripe, by its setting `payments`."""

from __future__ import annotations

import json

import pytest

from orderflow.testing.stack import Resource, Stack, Stacks
from tests.infra.conftest import policies

PAYING = {
    "charge-payment",
    "capture-payment",
    "refund-payment",
    "refund-return",
    "list-orders",
    "compare-orders",
    "payment-webhook",
}
"""The functions that speak with the provider."""


@pytest.fixture(scope="module")
def paying(stack: Stacks) -> Stack:
    return stack("dev", config={"orderflow:payments": "stripe"})


def environment(function: Resource) -> dict[str, str]:
    return function.inputs["environment"]["variables"]


def test_its_keys_are_secrets_of_which_the_program_knows_only_the_names(paying: Stack) -> None:
    secrets = {one.inputs["name"] for one in paying.resources("aws:secretsmanager/secret:Secret")}
    assert secrets == {"orderflow-dev-carrier-webhook", "orderflow-dev-stripe", "orderflow-dev-stripe-webhook"}
    assert not [
        one for one in paying.resources("aws:secretsmanager/secretVersion:SecretVersion") if "stripe" in one.name
    ]


def test_the_functions_that_pay_and_no_others_may_read_the_key_and_nobody_keeps_the_sandboxs_books(
    paying: Stack,
) -> None:
    functions = {one.name: environment(one) for one in paying.resources("aws:lambda/function:Function")}
    assert {name for name, variables in functions.items() if "STRIPE_SECRET" in variables} == PAYING
    roles = policies(paying)
    for name, variables in functions.items():
        allowed = roles[f"orderflow-dev-{name}"]["policy"]["Statement"]
        read = [r for one in allowed if "secretsmanager:GetSecretValue" in one["Action"] for r in one["Resource"]]
        stripe = {resource for resource in read if ":secret:orderflow-dev-stripe-AbCdEf" in resource}
        assert bool(stripe) == (name in PAYING), name
        assert "PAYMENTS_TABLE" not in variables, name
        assert "table/orderflow-dev-payments" not in json.dumps(allowed), name
    assert {variables["STRIPE_STACK"] for name, variables in functions.items() if name in PAYING} == {"orderflow-dev"}


def test_its_webhook_is_told_to_whoever_enters_it_at_stripe(paying: Stack) -> None:
    outputs = paying.exports
    assert set(outputs["webhooks"]) == {"carrier", "payment"}
    payment = outputs["webhooks"]["payment"]
    assert payment["url"].startswith("https://payment-webhook.")
    assert ":secret:orderflow-dev-stripe-webhook-" in payment["secretArn"]
    addresses = {name: one["url"] for name, one in outputs["functions"].items() if "url" in one}
    assert list(addresses) == ["decide"], "where people decide, which is no webhook"
    assert addresses["decide"].startswith("https://decide.")


def test_no_word_of_a_key_is_in_any_definition(paying: Stack) -> None:
    for machine in paying.machines():
        assert "stripe" not in json.dumps(machine.definition).lower(), machine.resource.name
