"""State machines: the version that the stack says, behind the alias, and a definition that AWS takes."""

from __future__ import annotations

from collections.abc import Iterator

from orderflow.doctor.lines import DEPLOY, Connect, Seen, Told
from orderflow.documents import text_at
from orderflow.text import one_line


def is_active(connect: Connect, told: Told) -> Iterator[Seen]:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html"""
    status = connect("stepfunctions").describe_state_machine(stateMachineArn=told.text("versionArn"))["status"]
    if status == "ACTIVE":
        yield Seen("ok", "ACTIVE")
    else:
        yield Seen("wrong", status, "deploy the stack again once it is deleted")


def has_its_alias(connect: Connect, told: Told) -> Iterator[Seen]:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineAlias.html"""
    version = told.text("versionArn")
    alias = connect("stepfunctions").describe_state_machine_alias(stateMachineAliasArn=told.text("aliasArn"))
    routes = {route["stateMachineVersionArn"]: route["weight"] for route in alias["routingConfiguration"]}
    if routes == {version: 100}:
        yield Seen("ok", f"at version {_number(version)}")
        return
    leads = ", ".join(f"{weight} % to version {_number(arn)}" for arn, weight in routes.items())
    found, history = f"leads {leads}; the stack says version {_number(version)}", f"orderflow releases {told.name}"
    if text_at(told.value, "releasesArn") is None:
        yield Seen("wrong", found, DEPLOY)
    elif version in routes:
        yield Seen("waiting", f"{found}, which is being released", f"see how far it is: {history}")
    else:
        yield Seen("warning", found, f"see why it was taken back: {history}; mend it, and deploy")


def is_accepted(connect: Connect, told: Told) -> Iterator[Seen]:
    """Only `result` is to be relied on; what AWS finds may change.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
    """
    client = connect("stepfunctions")
    machine = client.describe_state_machine(stateMachineArn=told.text("versionArn"))
    answer = client.validate_state_machine_definition(
        definition=machine["definition"], type=machine["type"], severity="WARNING"
    )
    accepted = answer["result"] == "OK"
    if accepted and not answer["diagnostics"]:
        yield Seen("ok", "accepted by AWS")
    elif not answer["diagnostics"]:
        yield Seen("wrong", "refused by AWS", "mend the definition, and deploy")
    for one in answer["diagnostics"]:
        where = f" at {one['location']}" if one.get("location") else ""
        found = one_line(f"{one['code']}{where}: {one['message']}", 400)
        if one["severity"] == "ERROR":
            yield Seen("wrong", found, "mend the definition, and deploy")
        else:
            yield Seen("warning", found, "read it; mend the definition where it is not meant")


def _number(version_arn: str) -> str:
    return version_arn.rpartition(":")[2]
