"""Wrong settings stop the program with the key, what is wrong, and an example of a right value."""

from __future__ import annotations

import pytest

from components import SettingsError
from emulator.program import run_program
from tests.infra.conftest import Recorder

WRONG = [
    ("logRetentionDays", "31", "31, which AWS does not offer", "pulumi config set logRetentionDays 30"),
    ("logRetentionDays", "soon", "'soon', no whole number", "pulumi config set logRetentionDays 60"),
    ("pollSeconds", "0", "is 0, not 1 s to a year", "pulumi config set pollSeconds 21600"),
    (
        "deliveryDeadlineSeconds",
        "30",
        "not between one poll (60 s)",
        "pulumi config set deliveryDeadlineSeconds 1209600",
    ),
    ("pollSeconds", "14", "asked for more than 250 times in its deadline of 3600 s", "config set pollSeconds 15"),
    ("logLevel", "error", "'error', not one of ALL, ERROR, FATAL, OFF", "pulumi config set logLevel ERROR"),
    ("production", "yes", "'yes', neither true nor false", "pulumi config set production true"),
    ("production", "true", "alarmEmail: is no address", "pulumi config set alarmEmail oncall@example.com"),
    ("reservedConcurrency", "0", "stops every function", "pulumi config set reservedConcurrency 10"),
    ("orderLimitCents", "-5", "no order could pass", "pulumi config set orderLimitCents 1000000"),
    (
        *("permissionsBoundary", "boundary-orderflow-dev", "not the ARN of an IAM policy"),
        "config set permissionsBoundary arn:aws:iam::111122223333:policy/boundary-orderflow-dev",
    ),
    ("permissionsBoundary", "arn:aws:iam::111122223333:role/r", "not the ARN of an IAM policy", "config set"),
    ("owner", "", "is empty", "pulumi config set owner orders-team"),
]


@pytest.mark.parametrize(("key", "value", "problem", "example"), WRONG)
def test_a_wrong_setting_is_named_with_an_example(key: str, value: str, problem: str, example: str) -> None:
    recorder = Recorder()
    with pytest.raises(SettingsError) as raised:
        run_program(recorder, "dev", config={f"orderflow:{key}": value})
    assert problem in str(raised.value)
    assert example in str(raised.value)
    assert not [resource for resource in recorder.resources if resource.type.startswith("aws:")]


def test_all_wrong_settings_are_told_at_once_and_each_key_once() -> None:
    with pytest.raises(SettingsError) as raised:
        run_program(Recorder(), "dev", config={"orderflow:pollSeconds": "often", "orderflow:logLevel": "LOUD"})
    message = str(raised.value)
    assert "2 wrong setting(s)" in message
    assert message.count("pollSeconds:") == 1


def test_the_stack_named_prod_cannot_be_made_unprotected() -> None:
    with pytest.raises(SettingsError, match="must be kept"):
        run_program(Recorder(), "prod", config={"orderflow:production": "false"})


def test_a_stack_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(FileNotFoundError, match="dev, local, prod, staging"):
        run_program(Recorder(), "production")
