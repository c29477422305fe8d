"""`aws-sdk:SERVICE:CALL`: any call of any service, with IAM's names for service and action.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from asl.integrations import objects
from asl.integrations.action_names import ACTIONS
from asl.integrations.arguments import is_given
from asl.integrations.arns import secret_arns
from asl.integrations.behind_calls import behind
from asl.integrations.compute import TASK_ROLES
from asl.integrations.database import transaction
from asl.integrations.parts import EVERYTHING
from asl.integrations.reference import Action, action
from asl.integrations.table import REQUEST_OR_CALLBACK, Integration, Permission, Target
from asl.integrations.targets import DECLARED, targets
from asl.syntax.hints import nearest

_PAGE = "https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html"
_BELOW_PREFIX = (("StringLike", "s3:prefix", "{Prefix}"),)
_SECRETS = {"rds-data": "SecretArn", "redshift-data": "SecretArn", "secretsmanager": "SecretIdList[]"}
"""The parameters that name secrets which a call reads for its caller.

https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.access.html
https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-access.html
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
"""


class Service(NamedTuple):
    """An SDK service: its IAM prefix, and its calls; none where any is taken."""

    prefix: str
    calls: frozenset[str]


@cache
def _lines() -> Mapping[str, str]:
    text = Path(__file__).with_name("sdk_services.txt").read_text(encoding="utf-8")
    return {line.partition(" ")[0]: line for line in text.splitlines() if not line.startswith("#")}


def services() -> Iterable[str]:
    """The names of all."""
    return _lines()


@cache
def service(name: str) -> Service | None:
    """The service of a `Resource`; None where AWS has none of that name."""
    line = _lines().get(name)
    if line is None:
        return None
    _, prefix, *groups = line.split(" ")
    verbs = (group.partition(":") for group in groups)
    return Service(prefix, frozenset(verb + rest for verb, _, rests in verbs for rest in rests.split(",")))


def _parts(id: str) -> tuple[str, str]:
    _, name, call = [*id.split(":"), "", ""][:3]
    return name, call


def find(id: str) -> Integration | None:
    """The row of `aws-sdk:sfn:startSyncExecution`; None where there is no such service or call."""
    if not id.startswith("aws-sdk:") or why_unknown(id):
        return None
    return Integration(id, REQUEST_OR_CALLBACK, (), (), _PAGE)


@lru_cache(maxsize=4096)
def why_unknown(id: str) -> str:
    """What is wrong with the name of a service or call, with the nearest right one; empty where nothing is."""
    if "${" in id:
        return ""
    name, call = _parts(id)
    found = service(name)
    if found is None:
        return f"the AWS SDK has no service '{name}'{nearest(name, _lines())}"
    known = [operation[0].lower() + operation[1:] for operation in found.calls]
    if known and call not in known:
        return f"{name} has no call '{call}'{nearest(call, known)}"
    return ""


def names(id: str) -> tuple[str, str]:
    """IAM's prefix of a call's service, and the call as the service's own API spells it."""
    name, call = _parts(id)
    found = service(name)
    return found.prefix if found else "-", call[:1].upper() + call[1:]


def permissions(id: str, given: object) -> list[Permission]:
    """The actions on what the arguments name; where they name nothing, `Resource` has to be declared."""
    name, _ = _parts(id)
    prefix, operation = names(id)
    if transacted := transaction(given) if prefix == "dynamodb" else []:
        return transacted
    actions = ACTIONS.get(f"{name}:{operation}", (f"{prefix}:{operation}",))
    actions = objects.actions(actions, given) if name == "s3" else actions
    known = [found for one in actions if (found := action(one))]
    beside = list(objects.beside(operation, given)) if name == "s3" else []
    if f"{prefix}:{operation}" == "ecs:StartTask":
        beside.append(TASK_ROLES)
    secret = _SECRETS.get(prefix)
    if secret and is_given(given, secret):
        beside.append(Permission(("secretsmanager:GetSecretValue",), (Target(f"{{{secret}}}", secret_arns),)))
    return [*_on_what_is_named(known, given), *beside, *behind(prefix, operation, given)]


def _on_what_is_named(actions: list[Action], given: object) -> Iterator[Permission]:
    found: dict[tuple[Target, ...], list[str]] = {}
    for one in actions:
        if not one.resources:
            yield Permission((one.name,), (EVERYTHING,), reason=f"{one.name} has no resource level")
        else:
            found.setdefault(targets(one, given), []).append(one.name)
    if not actions:
        # IAM has no action named as the call, and no page says which it needs.
        yield Permission((), (DECLARED,))
    for on, names in found.items():
        prefixed = names == ["s3:ListBucket"] and is_given(given, "Prefix")
        yield Permission(tuple(names), on, conditions=_BELOW_PREFIX if prefixed else ())
