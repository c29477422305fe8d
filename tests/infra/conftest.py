"""The whole program under a recording engine: what would be registered, with which inputs and options."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.mocks import MockResourceArgs

from emulator.program import Engine, run_program

GOLDEN = Path(__file__).parent / "golden"


@dataclass
class Registered:
    """One resource as the program registered it."""

    type: str
    name: str
    inputs: dict[str, Any]
    protect: bool = False
    retained: bool = False
    dependencies: list[str] = field(default_factory=list)


class Recorder(Engine):
    """Answers with made-up but well-formed ARNs; with `unknown`, with nothing, as in a stack's first preview."""

    def __init__(self, *, unknown: bool = False) -> None:
        self.unknown = unknown
        self.resources: list[Registered] = []
        self.requests: dict[tuple[str, str], Any] = {}

    def registering(self, request: Any) -> None:
        self.requests[(request.type, request.name)] = request

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        request = self.requests[(args.typ, args.name)]
        self.resources.append(
            Registered(
                args.typ,
                args.name,
                dict(args.inputs),
                request.protect,
                request.retainOnDelete,
                list(request.dependencies),
            )
        )
        if self.unknown:
            return None, dict(args.inputs)
        return f"{args.name}-id", {**args.inputs, **_outputs(args)}

    def of(self, type: str) -> list[Registered]:
        return [resource for resource in self.resources if resource.type == type]

    def one(self, type: str, name: str) -> Registered:
        (found,) = [resource for resource in self.of(type) if resource.name == name]
        return found


def _outputs(args: MockResourceArgs) -> dict[str, Any]:
    where = "us-east-1:000000000000"
    physical = args.inputs.get("name") or args.inputs.get("layerName", args.name)
    return {
        "aws:iam/role:Role": {"arn": f"arn:aws:iam::000000000000:role/{physical}"},
        "aws:cloudwatch/logGroup:LogGroup": {"arn": f"arn:aws:logs:{where}:log-group:{physical}"},
        "aws:lambda/function:Function": {"arn": f"arn:aws:lambda:{where}:function:{physical}", "version": "7"},
        "aws:lambda/alias:Alias": {"arn": f"arn:aws:lambda:{where}:function:{args.name}:{physical}"},
        "aws:lambda/layerVersion:LayerVersion": {"arn": f"arn:aws:lambda:{where}:layer:{physical}:3"},
        "aws:dynamodb/table:Table": {
            "arn": f"arn:aws:dynamodb:{where}:table/{physical}",
            "streamArn": f"arn:aws:dynamodb:{where}:table/{physical}/stream/2026-01-01T00:00:00.000",
        },
        "aws:lambda/functionUrl:FunctionUrl": {"functionUrl": f"https://{args.name}.lambda-url.us-east-1.on.aws/"},
        "aws:secretsmanager/secret:Secret": {"arn": f"arn:aws:secretsmanager:{where}:secret:{physical}-AbCdEf"},
        "aws:s3/bucket:Bucket": {"arn": f"arn:aws:s3:::{args.inputs.get('bucket')}"},
        "aws:sqs/queue:Queue": {
            "arn": f"arn:aws:sqs:{where}:{physical}",
            "url": f"https://sqs.us-east-1.amazonaws.com/000000000000/{physical}",
        },
        "aws:sns/topic:Topic": {"arn": f"arn:aws:sns:{where}:{physical}"},
        "aws:kms/key:Key": {"arn": f"arn:aws:kms:{where}:key/{args.name}"},
        "aws:sfn/stateMachine:StateMachine": {
            "arn": f"arn:aws:states:{where}:stateMachine:{physical}",
            "stateMachineVersionArn": f"arn:aws:states:{where}:stateMachine:{physical}:4",
        },
        "aws:sfn/alias:Alias": {"arn": f"arn:aws:states:{where}:stateMachine:{args.name}:{physical}"},
        "aws:pipes/pipe:Pipe": {"arn": f"arn:aws:pipes:{where}:pipe/{physical}"},
    }.get(args.typ, {})


def policies(recorder: Recorder) -> dict[str, Any]:
    """Every role with who may take it on and what it then may do."""
    inline = {
        policy.inputs["role"]: json.loads(policy.inputs["policy"])
        for policy in recorder.of("aws:iam/rolePolicy:RolePolicy")
    }
    return {
        role.inputs["name"]: {
            "trust": json.loads(role.inputs["assumeRolePolicy"]),
            "policy": inline[role.inputs["name"]],
        }
        for role in recorder.of("aws:iam/role:Role")
    }


@pytest.fixture(scope="session")
def stacks() -> dict[str, Recorder]:
    """The shipped stacks, run once each."""
    recorders = {name: Recorder() for name in ("local", "dev", "staging", "prod")}
    for name, recorder in recorders.items():
        run_program(recorder, name)
    return recorders


@pytest.fixture(scope="session")
def every_stack(stacks: dict[str, Recorder]) -> dict[str, Recorder]:
    """The shipped stacks, of which `prod` takes payments at Stripe, and one for trying that out with test keys."""
    stripe = Recorder()
    run_program(stripe, "staging", config={"orderflow:payments": "stripe"})
    return {**stacks, "staging with Stripe": stripe}


@pytest.fixture
def golden() -> Callable[[str, object], None]:
    """Compare with a golden file whole; `make golden` writes it anew."""

    def compare(name: str, found: object) -> None:
        file = GOLDEN / f"{name}.json"
        if os.environ.get("UPDATE_GOLDEN"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n")
        assert found == json.loads(file.read_text()), f"{file.name} differs: `make golden`, then read its diff"

    return compare
