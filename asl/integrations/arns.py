"""From what a definition says (a name, a URL, an ARN) to the ARNs that a policy has to name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Account:
    """Where a machine lives. The defaults are placeholders, for policies shown before the account is known."""

    partition: str = "${Partition}"
    region: str = "${Region}"
    id: str = "${Account}"

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.id}:{resource}"


ToArns: TypeAlias = Callable[[str, Account], tuple[str, ...]]


def arn_itself(value: str, account: Account) -> tuple[str, ...]:
    """For parameters that take nothing but an ARN."""
    return (value,)


def anything(value: str, account: Account) -> tuple[str, ...]:
    """For actions that AWS does not limit to a resource; the permission that uses it says so."""
    return ("*",)


def function_arns(value: str, account: Account) -> tuple[str, ...]:
    """A function and its qualifiers: an execution in flight keeps calling the version or alias it was started with.

    An ARN without qualifier does not allow a qualified call, nor the other way round:
    https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
    """
    if ":activity:" in value:
        return ()
    name, _, qualifier = value.rpartition("}:") if value.startswith("${") else ("", "", "")
    if name:
        return (f"{name}}}:*",)
    parts = value.split(":")
    if value.startswith("arn:") and len(parts) >= 7:
        base, qualifier = ":".join(parts[:7]), ":".join(parts[7:])
    elif value.startswith("${"):
        base = value
    else:
        name, _, qualifier = value.rpartition("function:")[2].partition(":")
        base = account.arn("lambda", f"function:{name}")
    return (f"{base}:*",) if qualifier else (base, f"{base}:*")


def table_arns(value: str, account: Account) -> tuple[str, ...]:
    """A DynamoDB table given by name or ARN."""
    return (value if value.startswith("arn:") else account.arn("dynamodb", f"table/{value}"),)


def queue_arns(value: str, account: Account) -> tuple[str, ...]:
    """An SQS queue given by its URL, `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`."""
    if value.startswith(("arn:", "${")):
        return (value,)
    url = urlsplit(value)
    owner, _, name = url.path.strip("/").rpartition("/")
    host = (url.hostname or "").split(".")
    region = host[1] if host[0] == "sqs" and len(host) > 2 else account.region
    return (Account(account.partition, region, owner or account.id).arn("sqs", name),)
