"""Connections that HTTP Tasks sign in by: their credentials, and what a machine may do with them."""

from __future__ import annotations

import pytest

from components import ConnectionRefusedError
from orderflow.testing.stack import Stack
from tests.infra.conftest import Run

PROGRAM = """
import pulumi
from components import ApiKey, Basic, Connection, ConnectionArgs, Logs, OAuth, StateMachine, StateMachineArgs

identity = Connection("identity", ConnectionArgs(CREDENTIALS))
state = {
    "Type": "Task",
    "Resource": "arn:aws:states:::http:invoke",
    "Arguments": {
        "ApiEndpoint": "https://identity.example.com/checks",
        "Method": "POST",
        "Authentication": {"ConnectionArn": identity},
    },
    "TimeoutSeconds": 60,
    "End": True,
}
definition = {"QueryLanguage": "JSONata", "StartAt": "Check", "States": {"Check": state}}
StateMachine("onboarding", StateMachineArgs(definition, Logs(7), tracing=False))
"""
CONNECTION = "aws:cloudwatch/eventConnection:EventConnection"


def made(run: Run, credentials: str) -> Stack:
    return run(PROGRAM.replace("CREDENTIALS", credentials))


def test_a_machine_that_calls_by_it_may_read_its_credentials_and_no_other_secret(run: Run) -> None:
    stack = made(run, 'ApiKey("X-Api-Key", "k")')
    arn = stack.one(CONNECTION, "identity").outputs["arn"]
    call = stack.machine("onboarding").definition["States"]["Check"]["Arguments"]
    assert call["Authentication"]["ConnectionArn"] == arn
    found = {tuple(one["Action"]): one["Resource"] for one in stack.machine("onboarding").policy["Statement"]}
    assert found["events:RetrieveConnectionCredentials",] == [arn]
    secrets = found["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
    assert secrets == [
        "arn:aws:secretsmanager:us-east-1:000000000000:secret:events!connection/orderflow-dev-identity/*"
    ]


@pytest.mark.parametrize(
    ("credentials", "type", "parameters", "secret"),
    [
        ('ApiKey("X-Api-Key", "k")', "API_KEY", {"apiKey": {"key": "X-Api-Key", "value": "k"}}, "k"),
        ('Basic("shop", "p")', "BASIC", {"basic": {"username": "shop", "password": "p"}}, "p"),
        (
            'OAuth("https://login.example.com/token", "shop", "s", body={"scope": "checks"})',
            "OAUTH_CLIENT_CREDENTIALS",
            {
                "oauth": {
                    "authorizationEndpoint": "https://login.example.com/token",
                    "httpMethod": "POST",
                    "clientParameters": {"clientId": "shop", "clientSecret": "s"},
                    "oauthHttpParameters": {"bodies": [{"key": "scope", "value": "checks", "isValueSecret": False}]},
                }
            },
            "s",
        ),
    ],
)
def test_a_connection_signs_in_by_its_credentials_which_are_secret(
    run: Run, credentials: str, type: str, parameters: dict[str, object], secret: str
) -> None:
    connection = made(run, credentials).one(CONNECTION, "identity")
    assert (connection.inputs["name"], connection.inputs["authorizationType"]) == ("orderflow-dev-identity", type)
    assert connection.inputs["authParameters"] == parameters
    assert connection.secret_inputs == {"authParameters"}, f"{secret} is not to be in plain in the state"


@pytest.mark.parametrize(
    ("credentials", "stand_in"),
    [
        ('ApiKey("X-Api-Key", "k")', False),
        ('ApiKey("X-Api-Key", pulumi.Output.secret("k"))', False),
        ('ApiKey("X-Api-Key", "not-put-in")', True),
        ('Basic("shop", "not-put-in")', True),
        ('OAuth("https://login.example.com/token", "shop", "not-put-in")', True),
    ],
)
def test_a_connection_that_is_made_without_its_secret_says_so(run: Run, credentials: str, stand_in: bool) -> None:
    program = f"{PROGRAM}\nimport components\ncomponents.export(Logs(7), {{}}, identity)\n"
    stack = run(program.replace("CREDENTIALS", credentials))
    assert stack.exports["connections"]["identity"]["standIn"] is stand_in


def test_what_goes_with_each_call_goes_beside_the_credentials(run: Run) -> None:
    connection = made(run, 'Basic("shop", "p"), headers={"Accept-Language": "en"}').one(CONNECTION, "identity")
    assert connection.inputs["authParameters"]["invocationHttpParameters"] == {
        "headers": [{"key": "Accept-Language", "value": "en", "isValueSecret": False}]
    }


@pytest.mark.parametrize(
    ("credentials", "said"),
    [
        ('OAuth("http://login.example.com", "shop", "s")', "EventBridge sends credentials to https:// alone"),
        ('OAuth("https://login.example.com/to ken", "shop", "s")', "EventBridge sends credentials to https:// alone"),
        ('ApiKey("", "k")', "`name` is empty, too long or has a character that no header has"),
        ('ApiKey("X-Key:", "k")', "`name` is empty, too long"),
        ('ApiKey("X-Key", "")', "`value` is empty, too long"),
        (r'Basic("shop", "p\n")', "`password` is empty, too long"),
        ('"key"', "`credentials` are an ApiKey, Basic or OAuth, and this is of str"),
        ('OAuth("https://login.example.com", "shop", "s", "PATCH")', "`method` is GET, POST, PUT, not 'PATCH'"),
    ],
)
def test_a_connection_that_eventbridge_would_refuse_stops_the_preview(run: Run, credentials: str, said: str) -> None:
    with pytest.raises(ConnectionRefusedError, match=f"connection 'identity': .*{said}"):
        made(run, credentials)


def test_what_is_wrong_with_a_secret_is_told_without_it(run: Run) -> None:
    with pytest.raises(ConnectionRefusedError) as refused:
        made(run, r'ApiKey("X-Key", "s3cret:")')
    assert "s3cret" not in str(refused.value)


def test_an_endpoint_may_be_one_that_the_program_makes(run: Run) -> None:
    credentials = 'OAuth(pulumi.Output.from_input("https://login.example.com/token"), "shop", "s")'
    given = made(run, credentials).one(CONNECTION, "identity").inputs["authParameters"]["oauth"]
    assert given["authorizationEndpoint"] == "https://login.example.com/token"
