"""Functions: the version that the stack says, behind the alias, ready to be called; layers, and URLs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orderflow.doctor.lines import DEPLOY, Connect, Seen, Told
from orderflow.documents import at
from orderflow.text import one_line


def is_active(connect: Connect, told: Told) -> Iterator[Seen]:
    """The version that is called, and whether the last change of the function went through.

    https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
    """
    describe, name = connect("lambda").get_function_configuration, told.text("name")
    version = describe(FunctionName=name, Qualifier=told.text("version"))
    changed = describe(FunctionName=name)
    state, update = version["State"], changed["LastUpdateStatus"]
    why = _why(version, "State") if state != "Active" else _why(changed, "LastUpdateStatus")
    if (state, update) == ("Active", "Successful"):
        yield Seen("ok", "Active")
    elif state in ("Active", "Pending") and update in ("Successful", "InProgress"):
        yield Seen("waiting", f"{state}, last update {update}{why}")
    elif state == "Inactive":
        yield Seen("wrong", f"Inactive{why}", "call it once, which wakes it; the first call fails")
    else:
        yield Seen("wrong", f"{state}, last update {update}{why}", "mend what the reason names, and deploy again")


def has_its_alias(connect: Connect, told: Told) -> Iterator[Seen]:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html"""
    version, (name, alias) = told.text("version"), _function_and_alias(told)
    found = connect("lambda").get_alias(FunctionName=name, Name=alias)
    shares: dict[str, float] = at(found, "RoutingConfig", "AdditionalVersionWeights") or {}
    if found["FunctionVersion"] == version and not shares:
        yield Seen("ok", f"at version {version}")
        return
    beside = "".join(f", {weight:.0%} to version {other}" for other, weight in shares.items())
    leads = f"leads to version {found['FunctionVersion']}{beside}"
    yield Seen("wrong", f"{leads}; the stack says version {version}", DEPLOY)


def is_published(connect: Connect, told: Told) -> Iterator[Seen]:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionByArn.html"""
    layer = connect("lambda").get_layer_version_by_arn(Arn=told.text())
    yield Seen("ok", f"version {layer['Version']}")


def is_open(connect: Connect, told: Told) -> Iterator[Seen]:
    """A webhook: its senders have no credentials of AWS's, and sign what they send."""
    return _has_its_url(connect, told, "NONE")


def knows_its_callers(connect: Connect, told: Told) -> Iterator[Seen]:
    """A function with a URL of its own learns from IAM who calls; open, it would take anyone's word for it."""
    return _has_its_url(connect, told, "AWS_IAM") if at(told.value, "url") else iter(())


def _has_its_url(connect: Connect, told: Told, asks: str) -> Iterator[Seen]:
    """A URL that was made anew has another id, the first part of its host: who calls it knows the old one.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionUrlConfig.html
    """
    name, alias = _function_and_alias(told)
    url = connect("lambda").get_function_url_config(FunctionName=name, Qualifier=alias)
    id = url["FunctionUrl"].removeprefix("https://").partition(".")[0]
    if id not in told.text("url"):
        yield Seen("wrong", f"answers at {url['FunctionUrl']}; the stack says {told.text('url')}", DEPLOY)
    elif url["AuthType"] != asks:
        yield Seen("wrong", f"asks its callers for {url['AuthType']}; the stack says {asks}", DEPLOY)
    else:
        yield Seen("ok", f"asks for {asks}")


def _function_and_alias(told: Told) -> tuple[str, str]:
    """The function's ARN and the alias's name."""
    function, _, alias = told.text("aliasArn").rpartition(":")
    return function, alias


def _why(configuration: Any, field: str) -> str:
    reason = configuration.get(f"{field}Reason")
    return one_line(f": {reason}", 300) if reason else ""
