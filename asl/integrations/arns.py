"""From what a definition says (a name, a URL, an ARN) to the ARNs that a policy has to name."""

from __future__ import annotations

import re
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
        base, qualifier = value, ""
    else:
        name, _, qualifier = value.rpartition("function:")[2].partition(":")
        base = account.arn("lambda", f"function:{name}")
    return (f"{base}:*",) if qualifier else (base, f"{base}:*")


def table_arns(value: str, account: Account) -> tuple[str, ...]:
    """A DynamoDB table, or an index as `TABLE/index/INDEX`, given by name or ARN.

    What is asked of an index is allowed on the index: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/iam-policy-specific-table-indexes.html
    """
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


_ARN = re.compile(r"arn:(?:aws|\$\{).*")


def of(service: str, *, region: bool = True, account: bool = True) -> ToArns:
    """ARNs of `service` for `job/NAME`; where an ARN stands in place of the name, that ARN."""

    def arns(value: str, where: Account) -> tuple[str, ...]:
        if given := _ARN.search(value):
            return (given[0],)
        if value == "*":
            return ("*",)
        parts = (where.region if region else "", where.id if account else "")
        return (f"arn:{where.partition}:{service}:{':'.join(parts)}:{value}",)

    return arns


def role_arns(value: str, account: Account) -> tuple[str, ...]:
    """A role given by name or ARN."""
    known = value.startswith(("arn:", "${"))
    return (value if known else f"arn:{account.partition}:iam::{account.id}:role/{value}",)


def task_definition_arns(value: str, account: Account) -> tuple[str, ...]:
    """A task definition; without a revision AWS takes the newest, so any: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html"""
    (arn,) = of("ecs")(f"task-definition/{value}", account)
    return (arn if ":" in arn.rpartition("/")[2] else f"{arn}:*",)


def cluster_task_arns(value: str, account: Account) -> tuple[str, ...]:
    """The tasks of a cluster given by name or ARN."""
    head, cluster, name = value.partition(":cluster/")
    return (f"{head}:task/{name}/*",) if cluster else (account.arn("ecs", f"task/{value}/*"),)


def machine_arns(value: str, account: Account) -> tuple[str, ...]:
    """A state machine without its version or alias: permissions name the machine.

    https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    """
    return (":".join(value.split(":")[:7]) if ":stateMachine:" in value else value,)


def machine_forms(machine: str) -> tuple[str, ...]:
    """A machine, its versions and aliases, and the children of its Map Runs: whatever Step Functions may name it by.

    AWS says no more than that `aws:SourceArn` matches `stateMachine:*`; an execution may belong to a version or an
    alias (`NAME:QUALIFIER`), and a child to a Map Run (`NAME/LABEL`). A machine whose name only begins alike is not
    among them.
    https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html
    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-examine-map-run.html
    """
    return (machine, f"{machine}:*", f"{machine}/*")


def token_arns(value: str, account: Account) -> tuple[str, ...]:
    """What the answer to a task's token is allowed on: the machine of the task, in every form.

    AWS lists no resource for SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat
    (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html) and does check one:
    a denied call names the machine (https://github.com/NOAA-OWP/hydrovis/issues/837), and the CDK, which tried it,
    allows the machine alone (`grantTaskResponse`, https://github.com/aws/aws-cdk/pull/8486).
    """
    (machine,) = machine_arns(value, account)
    return machine_forms(machine)


def execution_arns(value: str, account: Account) -> tuple[str, ...]:
    """The executions of a state machine."""
    (machine,) = machine_arns(value, account)
    return (f"{machine.replace(':stateMachine:', ':execution:')}:*",)


def job_definition_arns(value: str, account: Account) -> tuple[str, ...]:
    """A job definition; without a revision Batch takes the newest, and checks the name with one too."""
    (arn,) = of("batch")(f"job-definition/{value}", account)
    return (arn,) if ":" in arn.rpartition("/")[2] else (arn, f"{arn}:*")


def connection_secret_arns(value: str, account: Account) -> tuple[str, ...]:
    """The secret that EventBridge keeps for a connection given by ARN: https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html"""
    parts = value.split(":")
    if len(parts) < 6 or not parts[5].startswith("connection/"):
        return (account.arn("secretsmanager", f"secret:events!connection/{value}/*"),)
    name = parts[5].split("/")[1]
    return (Account(parts[1], parts[3], parts[4]).arn("secretsmanager", f"secret:events!connection/{name}/*"),)


def secret_arns(value: str, account: Account) -> tuple[str, ...]:
    """A secret given by ARN, or by name: AWS puts six characters behind it.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
    """
    known = value.startswith(("arn:", "${"))
    return (value if known else account.arn("secretsmanager", f"secret:{value}-??????"),)


_PROFILE = re.compile(r"(?:arn:.*:inference-profile/)?(?:us|us-gov|eu|apac|jp|au|ca|global)\.(?P<model>.+)")


def model_arns(value: str, account: Account) -> tuple[str, ...]:
    """A Bedrock model given by id or ARN; foundation models belong to no account.

    An inference profile, `eu.amazon.nova-lite-v1:0`, calls its model in regions that AWS chooses, and needs both:
    https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
    """
    if profile := _PROFILE.fullmatch(value):
        model = f"arn:{account.partition}:bedrock:*::foundation-model/{profile['model']}"
        return (*of("bedrock")(f"inference-profile/{value}", account), model)
    return of("bedrock", account=False)(f"foundation-model/{value}", account)


def object_arns(value: str, account: Account) -> tuple[str, ...]:
    """Objects given as `BUCKET/KEY` or by URI."""
    return of("s3", region=False, account=False)(value.removeprefix("s3://"), account)


def sagemaker_arns(value: str, account: Account) -> tuple[str, ...]:
    """`training-job/NAME*`. SageMaker writes names small in its ARNs; AWS's templates have them as they were given."""
    (arn,) = of("sagemaker")(value, account)
    head, _, name = arn.rpartition("/")
    # In a name that is not known yet, the placeholder stays as it is.
    return (arn,) if "${" in name or name == name.lower() else (arn, f"{head}/{name.lower()}")


def result_arns(value: str, account: Account) -> tuple[str, ...]:
    """All objects under a location, `s3://BUCKET/PREFIX/` or an ARN."""
    return object_arns(f"{value.rstrip('/*')}/*", account)


def result_bucket_arns(value: str, account: Account) -> tuple[str, ...]:
    """The bucket of such a location."""
    (objects,) = result_arns(value, account)
    return (objects.partition("/")[0],)


def catalogue_arns(value: str, account: Account) -> tuple[str, ...]:
    """Of what a query reads, given by ARN, what is in Glue's catalogue."""
    return (value,) if value.startswith("${") or value.split(":")[2:3] == ["glue"] else ()


def stored_arns(value: str, account: Account) -> tuple[str, ...]:
    """Of what a query reads, the objects, `arn:aws:s3:::BUCKET/PREFIX*`."""
    return (value,) if value.startswith("${") or (_is_stored(value) and "/" in value) else ()


def storing_arns(value: str, account: Account) -> tuple[str, ...]:
    """Of what a query reads, the buckets, with those of its objects."""
    return (value.partition("/")[0],) if value.startswith("${") or _is_stored(value) else ()


def _is_stored(value: str) -> bool:
    return value.split(":")[2:3] == ["s3"]


def api_arns(value: str, account: Account) -> tuple[str, ...]:
    """A REST API's method given as `HOST/STAGE/METHOD/PATH`; the host's name begins with the API's id.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
    """
    host, stage, method, path = value.split("/", 3)
    return (account.arn("execute-api", f"{host.split('.')[0]}/{stage}/{method}/{path.lstrip('/')}"),)
