"""From what a definition says (a name, a URL, an ARN) to the ARNs that a policy has to name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


# No NamedTuple: Pulumi takes tuples apart in which it looks for Outputs, and gives back plain ones.
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
        owner, _, named = value.rpartition(":function:")
        name, _, qualifier = named.partition(":")
        base = Account(account.partition, account.region, owner or account.id).arn("lambda", f"function:{name}")
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
    from urllib.parse import urlsplit  # only a queue's URL needs it

    try:
        url = urlsplit(value)
    except ValueError:  # such as with a [ in its host: another rule says that it is no queue's
        url = urlsplit("")
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


_SUFFIX = re.compile(r"-(?P<made>[A-Za-z0-9]{6})$|\}$")


def secret_arns(value: str, account: Account) -> tuple[str, ...]:
    """A secret given by name, by its whole ARN or by one without the six characters that AWS puts behind the name.

    A name that only looks like one with them, `key-orders`, is allowed either way: what AWS makes up is hardly ever
    all small letters. https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
    """
    if value.startswith("${"):
        return (value,)
    known = value.startswith("arn:")
    arn = value if known else account.arn("secretsmanager", f"secret:{value}")
    suffix = _SUFFIX.search(arn) if known else None
    if suffix is None:
        return (f"{arn}-??????",)
    made = suffix["made"]
    return (arn,) if made and not (made.isalpha() and made.islower()) else (arn, f"{arn}-??????")


_PROFILE = re.compile(r"(?:arn:.*:inference-profile/)?(?:us|us-gov|eu|apac|jp|au|ca|global)\.(?P<model>.+)")


def model_arns(value: str, account: Account) -> tuple[str, ...]:
    """A Bedrock model given by id or ARN; foundation models belong to no account.

    An inference profile, `eu.amazon.nova-lite-v1:0`, calls its model in regions that AWS chooses, and needs both:
    https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
    """
    if profile := _PROFILE.fullmatch(value):
        partition = value.split(":")[1] if value.startswith("arn:") else account.partition
        model = f"arn:{partition}:bedrock:*::foundation-model/{profile['model']}"
        return (*of("bedrock")(f"inference-profile/{value}", account), model)
    return of("bedrock", account=False)(f"foundation-model/{value}", account)


_ACCESS_POINT = re.compile(r"(?<=:accesspoint/)(?P<point>[^/]+)/(?!object/)")


def object_arns(value: str, account: Account) -> tuple[str, ...]:
    """A bucket, or objects given as `BUCKET/KEY` or by URI; an access point's are `…:accesspoint/NAME/object/KEY`.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
    """
    (arn,) = of("s3", region=False, account=False)(value.removeprefix("s3://"), account)
    return (_ACCESS_POINT.sub(r"\g<point>/object/", arn),)


def sagemaker_arns(value: str, account: Account) -> tuple[str, ...]:
    """`training-job/NAME*`. SageMaker writes names small in its ARNs; AWS's templates have them as they were given."""
    (arn,) = of("sagemaker")(value, account)
    head, _, name = arn.rpartition("/")
    # In a name that is not known yet, the placeholder stays as it is.
    return (arn,) if "${" in name or name == name.lower() else (arn, f"{head}/{name.lower()}")


def key_arns(value: str, account: Account) -> tuple[str, ...]:
    """A key given by id or ARN."""
    known = value.startswith(("arn:", "${"))
    return (value if known else account.arn("kms", f"key/{value.removeprefix('key/')}"),)


def log_group_arns(value: str, account: Account) -> tuple[str, ...]:
    """A log group given by name or ARN; most actions want `:*` behind it, tagging does not.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    """
    (arn,) = of("logs")(f"log-group:{value}", account)
    base = arn.removesuffix(":*")
    return (base, f"{base}:*")


def parameter_arns(value: str, account: Account) -> tuple[str, ...]:
    """A parameter given by name, perhaps with a slash before it and a version or label behind, or by ARN.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
    """
    if value.startswith("arn:"):
        return (value,)
    name = value if value.startswith("${") else value.partition(":")[0]
    return (account.arn("ssm", f"parameter/{name.removeprefix('/')}"),)


def rule_arns(value: str, account: Account) -> tuple[str, ...]:
    """`rule/NAME`, or `rule/BUS/NAME` with a bus given by name or ARN: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-manage-iam-access.html"""
    kind, _, named = value.partition("/")
    bus, _, name = named.rpartition("/")
    bus = bus.rpartition("/")[2]
    return (account.arn("events", f"{kind}/{name}" if bus in ("", "default") else f"{kind}/{bus}/{name}"),)


_INNER = re.compile(r"(?<=[/:])arn:[^:]*:[^:]*:[^:]*:[^:]*:[^/]+/(?P<name>[^/]+)")
_TYPE = re.compile(r"arn:(?:[^:]*:){4}(?P<type>[^/:]*)")


def filled_arns(value: str, account: Account) -> tuple[str, ...]:
    """The ARN of a type whose variables are filled in.

    Where an ARN stands in place of a name it is it itself, if it is of the same type, `…:service/main/ARN`; of another,
    it stands for its name: `…:service/ARN/web` of a cluster.
    """
    inner = value[max(value.rfind(f"{before}arn:") for before in "/:") + 1 :]
    types = [found["type"] for found in map(_TYPE.match, (value, inner)) if found]
    if inner != value and (types[0] == "arn" or types[0] == types[-1]):
        return (inner,)
    arn = _INNER.sub(lambda match: match["name"], value)
    for name, part in (("Partition", account.partition), ("Region", account.region), ("Account", account.id)):
        arn = arn.replace(f"${{{name}}}", part)
    # SageMaker writes names small in its ARNs.
    return (arn,) if ":sagemaker:" not in arn else sagemaker_arns(arn, account)


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
