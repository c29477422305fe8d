"""Wrong settings stop the program with the key, what is wrong, and an example of a right value."""

from __future__ import annotations

import re

import pytest

from components.orders import SettingsError
from components.orders.settings import OTHER_WORKFLOWS
from components.orders.sources import HANDLERS
from components.packaging import handler_names
from orderflow.testing.stack import Stack, Stacks

WRONG = [
    ("logRetentionDays", "31", "31, which AWS does not offer", "pulumi config set logRetentionDays 30"),
    ("logRetentionDays", "3300", "3300, which AWS does not offer", "pulumi config set logRetentionDays 3288"),
    ("logRetentionDays", "9999", "9999, which AWS does not offer", "pulumi config set logRetentionDays 3653"),
    ("logRetentionDays", "soon", "'soon', no whole number", "pulumi config set logRetentionDays 60"),
    ("pollSeconds", "0", "is 0, not 1 s to a year", "pulumi config set pollSeconds 21600"),
    (
        "deliveryDeadlineSeconds",
        "30",
        "not between one poll (60 s)",
        "pulumi config set deliveryDeadlineSeconds 1209600",
    ),
    ("pollSeconds", "14", "asked for more than 250 times in its deadline of 3600 s", "config set pollSeconds 15"),
    ("pollSeconds", "31536001", "not 1 s to a year", "pulumi config set pollSeconds 21600"),
    ("deliveryDeadlineSeconds", "3942001", "an eighth of a year", "config set deliveryDeadlineSeconds 1209600"),
    ("decisionSeconds", "2628001", "not 1 s to a month", "pulumi config set decisionSeconds 172800"),
    ("decisionSeconds", "0", "not 1 s to a month", "pulumi config set decisionSeconds 172800"),
    ("approvalLimitCents", "-1", "less than nothing", "pulumi config set approvalLimitCents 0"),
    ("carrierTransitSeconds", "-1", "less than nothing", "pulumi config set carrierTransitSeconds 172800"),
    ("payments", "cash", "'cash', not one of sandbox, stripe", "pulumi config set payments sandbox"),
    ("logLevel", "error", "'error', not one of ALL, ERROR, FATAL, OFF", "pulumi config set logLevel ERROR"),
    ("production", "yes", "'yes', neither true nor false", "pulumi config set production true"),
    ("production", "true", "alarmEmail: is no address", "pulumi config set alarmEmail oncall@example.com"),
    ("reservedConcurrency", "0", "stops every function", "pulumi config set reservedConcurrency 10"),
    ("webhookConcurrency", "0", "stops every webhook", "pulumi config set webhookConcurrency 10"),
    ("webhookConcurrency", "-2", "is -2", "pulumi config set webhookConcurrency -1 to reserve nothing"),
    ("webhookConcurrency", "901", "leaves 900", "pulumi config set webhookConcurrency -1"),
    ("accountConcurrency", "10", "10 (accountConcurrency) unreserved, which leaves 0", "set webhookConcurrency -1"),
    ("reservedConcurrency", "60", "concurrent calls for", "pulumi config set reservedConcurrency -1"),
    ("production", "true", "payments: is sandbox", "pulumi config set payments stripe"),
    ("orderLimitCents", "0", "no order could pass", "pulumi config set orderLimitCents 1000000"),
    (
        *("permissionsBoundary", "boundary-orderflow-dev", "not the ARN of an IAM policy"),
        "config set permissionsBoundary arn:aws:iam::111122223333:policy/boundary-orderflow-dev",
    ),
    ("permissionsBoundary", "arn:aws:iam::111122223333:role/r", "not the ARN of an IAM policy", "config set"),
    ("identityUrl", "http://identity.example.com", "https:// alone", "config set identityUrl https://identity"),
    ("identitySeconds", "61", "wait 1 to 60 s", "config set identitySeconds 30"),
    ("owner", "", "is empty", "pulumi config set owner orders-team"),
]


@pytest.mark.parametrize(("key", "value", "problem", "example"), WRONG)
def test_a_wrong_setting_is_named_with_an_example(
    key: str, value: str, problem: str, example: str, stack: Stacks
) -> None:
    with pytest.raises(SettingsError) as raised:
        stack("dev", config={f"orderflow:{key}": value})
    assert problem in str(raised.value)
    assert example in str(raised.value)
    assert stack.last
    assert not [resource for resource in stack.last.resources() if resource.type.startswith("aws:")]


def test_the_last_values_that_are_right_are_taken(stack: Stacks) -> None:
    """An execution runs for a year at most, of which a decision and a parcel may take a share."""
    longest = {"deliveryDeadlineSeconds": "3942000", "pollSeconds": "15768", "decisionSeconds": "2628000"}
    least = {"approvalLimitCents": "0", "orderLimitCents": "1", "carrierTransitSeconds": "0"}
    stack("dev", config={f"orderflow:{key}": value for key, value in (longest | least).items()})


def test_all_wrong_settings_are_told_at_once_and_each_key_once(stack: Stacks) -> None:
    with pytest.raises(SettingsError) as raised:
        stack("dev", config={"orderflow:pollSeconds": "often", "orderflow:logLevel": "LOUD"})
    message = str(raised.value)
    assert "2 wrong setting(s)" in message
    assert message.count("pollSeconds:") == 1


def test_the_stack_named_prod_cannot_be_made_unprotected(stack: Stacks) -> None:
    with pytest.raises(SettingsError, match="must be kept"):
        stack("prod", config={"orderflow:production": "false"})


@pytest.mark.parametrize("name", ["Feature_x", "Dev", "a.b", "a_b"])
def test_a_stack_whose_name_aws_refuses_somewhere_is_told_where_and_what_would_do(name: str, stack: Stacks) -> None:
    with pytest.raises(SettingsError) as raised:
        stack(name, configured_as="dev", preview=True)
    said = str(raised.value)
    assert f"(the stack's name): is '{name}', and " in said
    assert "a bucket takes lower-case letters, digits and hyphens" in said
    assert ("a function takes letters, digits, hyphens and underscores" in said) == ("." in name)
    assert re.search(r"pulumi stack rename (feature-x|dev|a-b)$", said)
    assert stack.last
    assert not stack.last.resources("aws:dynamodb/table:Table")


MACHINES = {"bulk": "bulk-intake", "onboarding": "onboarding", "quote": "quote", "returns": "returns"}
"""By workflow beside those of orders, its machine."""
WAITS = "wait"
"""What answers for an API: a component brings it, and it reserves nothing."""


def test_what_is_reserved_is_what_the_functions_ask_for(every_stack: dict[str, Stack]) -> None:
    """The settings add it up before there is a function: a handler that is deployed twice, or not, shows here."""
    for stack, registered in every_stack.items():
        functions = registered.resources("aws:lambda/function:Function")
        deployed = sorted({one.inputs["handler"].split(".")[1] for one in functions} - {WAITS})
        stripe = any(one.name == "stripe" for one in registered.resources("aws:secretsmanager/secret:Secret"))
        machines = {one.name for one in registered.resources("aws:sfn/stateMachine:StateMachine")}
        others = {one for of, handlers in OTHER_WORKFLOWS.items() if MACHINES[of] not in machines for one in handlers}
        left_out = others if stripe else {*others, "payment_webhook"}
        assert deployed == [one for one in handler_names(HANDLERS) if one not in left_out], stack


def test_just_what_lambda_leaves_may_be_reserved(stack: Stacks) -> None:
    right = {"orderflow:reservedConcurrency": "5", "orderflow:webhookConcurrency": "8"}
    made = stack("dev").resources("aws:lambda/function:Function")
    functions = sum(one.inputs["handler"].split(".")[1] != WAITS for one in made)
    reserved = (functions - 1) * 5 + 8  # one of them is a webhook
    stack("dev", config={**right, "orderflow:accountConcurrency": str(100 + reserved)})
    with pytest.raises(
        SettingsError, match=f"{reserved} concurrent calls for {functions} functions.* leaves {reserved - 1};"
    ):
        stack("dev", config={**right, "orderflow:accountConcurrency": str(99 + reserved)})


def test_production_reserves_for_its_webhooks(stack: Stacks) -> None:
    with pytest.raises(SettingsError, match="webhookConcurrency: is -1, and whoever knows a webhook's address"):
        stack("prod", config={"orderflow:webhookConcurrency": "-1"})
    stack("dev", config={"orderflow:webhookConcurrency": "-1", "orderflow:accountConcurrency": "10"})


def test_a_stack_that_does_not_exist_is_told_with_those_that_do(stack: Stacks) -> None:
    with pytest.raises(FileNotFoundError, match="dev, local, prod, staging"):
        stack("production")
