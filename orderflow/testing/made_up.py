"""What AWS would answer, made up and well-formed: the outputs of resources, and what functions of pulumi-aws return."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

ACCOUNT = "000000000000"
REGION = "us-east-1"


@dataclass(frozen=True)
class Asked:
    """What is asked for: a new resource, or a function's answer, which has no name.

    `region` is the resource's own, that of its provider, or the stack's `aws:region`; `provider` is the URN of the
    provider that the program names, empty where it names none.
    """

    type: str
    name: str
    inputs: Mapping[str, Any]
    region: str
    provider: str

    def arn(self, service: str, resource: str, *, region: str | None = None, account: str = ACCOUNT) -> str:
        """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"""
        return f"arn:aws:{service}:{self.region if region is None else region}:{account}:{resource}"

    @property
    def physical(self) -> str:
        """The name in AWS: what the program says, or the resource's own without what Pulumi appends at random."""
        return next((str(self.inputs[key]) for key in _NAMES if self.inputs.get(key)), self.name)


Outputs: TypeAlias = Mapping[str, Mapping[str, Any] | Callable[[Asked], Mapping[str, Any]]]
"""By type of resource or token of function: what it answers beside what is made up, or a function that says it."""

_NAMES = ("name", "bucket", "layerName", "dashboardName")


def made_up(asked: Asked, outputs: Outputs) -> dict[str, Any] | None:
    """What a new resource has beside its inputs, its `id` among it, or what a function answers.

    None for a function that nobody has said anything of.
    """
    found = _RESOURCES.get(asked.type, _any) if asked.name else _FUNCTIONS.get(asked.type)
    given = outputs.get(asked.type)
    if found is None and given is None:
        return None
    known = found(asked) if found else {}
    named = {"name": asked.physical} if asked.name and asked.type.startswith("aws:") else {}
    return {**named, **known, **((given(asked) if callable(given) else given) if given is not None else {})}


def _any(asked: Asked) -> dict[str, Any]:
    """Of a type of AWS that the table lacks: the ARN that most services form."""
    package, _, rest = asked.type.partition(":")
    if package != "aws":
        return {}
    service, _, kind = rest.partition(":")[0].partition("/")
    return {"arn": asked.arn(service, f"{kind}/{asked.physical}")}


def _role(asked: Asked) -> dict[str, Any]:
    arn = asked.arn("iam", f"role{asked.inputs.get('path', '/')}{asked.physical}", region="")
    return {"id": asked.physical, "arn": arn}


def _function(asked: Asked) -> dict[str, Any]:
    arn = asked.arn("lambda", f"function:{asked.physical}")
    return {"id": asked.physical, "arn": arn, "version": "7", "qualifiedArn": f"{arn}:7"}


def _table(asked: Asked) -> dict[str, Any]:
    arn = asked.arn("dynamodb", f"table/{asked.physical}")
    return {"id": asked.physical, "arn": arn, "streamArn": f"{arn}/stream/2026-01-01T00:00:00.000"}


def _queue(asked: Asked) -> dict[str, Any]:
    url = f"https://sqs.{asked.region}.amazonaws.com/{ACCOUNT}/{asked.physical}"
    return {"id": url, "url": url, "arn": asked.arn("sqs", asked.physical)}


def _topic(asked: Asked) -> dict[str, Any]:
    arn = asked.arn("sns", asked.physical)
    return {"id": arn, "arn": arn}


def _bucket(asked: Asked) -> dict[str, Any]:
    arn = asked.arn("s3", asked.physical, region="", account="")
    return {"id": asked.physical, "bucket": asked.physical, "arn": arn}


def _machine(asked: Asked) -> dict[str, Any]:
    arn = asked.arn("states", f"stateMachine:{asked.physical}")
    return {"id": arn, "arn": arn, "stateMachineVersionArn": f"{arn}:4", "creationDate": "2026-01-01T00:00:00Z"}


def _api(asked: Asked) -> dict[str, Any]:
    id = "a1b2c3d4e5"
    return {
        "id": id,
        "arn": f"arn:aws:apigateway:{asked.region}::/apis/{id}",
        "apiEndpoint": f"https://{id}.execute-api.{asked.region}.amazonaws.com",
        "executionArn": asked.arn("execute-api", id),
    }


def _connection(asked: Asked) -> dict[str, Any]:
    named = f"{asked.physical}/11111111-2222-3333-4444-555555555555"
    secret = asked.arn("secretsmanager", f"secret:events!connection/{named}-AbCdEf")
    return {"id": asked.physical, "arn": asked.arn("events", f"connection/{named}"), "secretArn": secret}


_RESOURCES: Mapping[str, Callable[[Asked], dict[str, Any]]] = {
    "aws:apigatewayv2/api:Api": _api,
    "aws:iam/role:Role": _role,
    "aws:iam/policy:Policy": lambda asked: {"arn": asked.arn("iam", f"policy/{asked.physical}", region="")},
    "aws:cloudwatch/logGroup:LogGroup": lambda asked: {
        "id": asked.physical,
        "arn": asked.arn("logs", f"log-group:{asked.physical}"),
    },
    "aws:cloudwatch/metricAlarm:MetricAlarm": lambda asked: {"arn": asked.arn("cloudwatch", f"alarm:{asked.physical}")},
    "aws:cloudwatch/eventConnection:EventConnection": _connection,
    "aws:cloudwatch/eventRule:EventRule": lambda asked: {
        "id": asked.physical,
        "arn": asked.arn("events", f"rule/{asked.physical}"),
    },
    "aws:ec2/subnet:Subnet": lambda asked: {"id": "subnet-0a1b2c3d4e5f60718"},
    "aws:ec2/vpc:Vpc": lambda asked: {"id": "vpc-0a1b2c3d4e5f60718", "defaultRouteTableId": "rtb-0a1b2c3d4e5f60718"},
    "aws:ec2/internetGateway:InternetGateway": lambda asked: {"id": "igw-0a1b2c3d4e5f60718"},
    "aws:ecr/repository:Repository": lambda asked: {
        "arn": asked.arn("ecr", f"repository/{asked.physical}"),
        "repositoryUrl": f"{ACCOUNT}.dkr.ecr.{asked.region}.amazonaws.com/{asked.physical}",
    },
    "aws:ecs/taskDefinition:TaskDefinition": lambda asked: {
        "arn": asked.arn("ecs", f"task-definition/{asked.inputs['family']}:7")
    },
    "aws:lambda/function:Function": _function,
    "aws:lambda/alias:Alias": lambda asked: {"arn": asked.arn("lambda", f"function:{asked.name}:{asked.physical}")},
    "aws:lambda/layerVersion:LayerVersion": lambda asked: {"arn": asked.arn("lambda", f"layer:{asked.physical}:3")},
    "aws:lambda/functionUrl:FunctionUrl": lambda asked: {
        "functionUrl": f"https://{asked.name}.lambda-url.{asked.region}.on.aws/"
    },
    "aws:dynamodb/table:Table": _table,
    "aws:secretsmanager/secret:Secret": lambda asked: {
        "arn": asked.arn("secretsmanager", f"secret:{asked.physical}-AbCdEf")
    },
    "aws:s3/bucket:Bucket": _bucket,
    "aws:sqs/queue:Queue": _queue,
    "aws:sns/topic:Topic": _topic,
    "aws:kms/key:Key": lambda asked: {"arn": asked.arn("kms", f"key/{asked.name}")},
    "aws:sfn/stateMachine:StateMachine": _machine,
    "aws:sfn/activity:Activity": lambda asked: {"arn": asked.arn("states", f"activity:{asked.physical}")},
    "aws:sfn/alias:Alias": lambda asked: {"arn": asked.arn("states", f"stateMachine:{asked.name}:{asked.physical}")},
    "aws:pipes/pipe:Pipe": lambda asked: {"arn": asked.arn("pipes", f"pipe/{asked.physical}")},
}

_FUNCTIONS: Mapping[str, Callable[[Asked], dict[str, Any]]] = {
    "aws:index/getPartition:getPartition": lambda _: {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com"},
    "aws:index/getRegion:getRegion": lambda asked: {
        "id": asked.region,
        "region": asked.region,
        "name": asked.region,
    },
    "aws:index/getCallerIdentity:getCallerIdentity": lambda asked: {
        "id": ACCOUNT,
        "accountId": ACCOUNT,
        "arn": asked.arn("iam", "root", region=""),
        "userId": ACCOUNT,
    },
}
