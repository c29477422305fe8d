"""What a program in another language gives the components and gets of them: Pulumi's schema is made of these classes.

What reads them looks at annotations themselves, so that these are not postponed, and at the texts below the fields,
which become the documentation in every language. It hands over a dict without defaults: the classes are TypedDicts,
and `arguments` has the defaults of the components.
"""

from typing import Any, NotRequired, TypedDict

import pulumi


class Logs(TypedDict):
    """How much is logged, and for how long it is kept."""

    retention_days: int
    """Days after which CloudWatch deletes a record."""
    level: NotRequired[str]
    """What state machines log: ALL, ERROR (unless given), FATAL or OFF."""
    execution_data: NotRequired[bool]
    """Whether inputs and outputs are logged, too; false unless given."""


class Accepted(TypedDict):
    """A warning of the check that is meant to stay."""

    rule: str
    """The rule's id, such as ASL061."""
    reason: str
    """Why it is accepted, for whoever reads it next."""
    path: NotRequired[str]
    """Where; what stands below it is meant, too. The whole definition unless given."""


class Promise(TypedDict):
    """Once `state` was entered, the execution reaches one of `ends` before it is over; proven in each preview."""

    state: str
    """The state's name."""
    ends: list[str]
    """States, of which a Task, Parallel or Map counts when it succeeds, any other when it is entered."""
    unless: NotRequired[list[str]]
    """Errors with which `state` says that it did nothing."""


class Allow(TypedDict):
    """What a state may reach that is known only at run time."""

    state: str
    """The state's name or path."""
    resource: pulumi.Input[Any]
    """A name or ARN as the parameter would hold it, or a list of them."""
    reason: str
    """Why; it becomes the Sid of the statement."""
    parameter: NotRequired[str]
    """The parameter that it stands for, where the state leaves open more than one."""
    actions: NotRequired[list[str]]
    """IAM's actions, for a call that IAM names otherwise."""


class Release(TypedDict):
    """How a new version takes over by and by, while alarms are watched that take it back."""

    kind: str
    """canary: a share for a while, then all; linear: a share more each time, until all."""
    percent: int
    """The share."""
    minutes: int
    """How long it stays at each."""
    alarms: NotRequired[list[pulumi.Input[str]]]
    """Names of CloudWatch alarms beside the machine's own."""
    keep: NotRequired[int]
    """How many versions are kept; 100 unless given."""


class EarlierCall(TypedDict):
    """What an earlier version of a machine calls, which may still run or be gone back to."""

    call: str
    """Such as dynamodb:putItem."""
    resource: pulumi.Input[Any]
    """A resource of this package, or the ARN that the call is made on."""


class Use(TypedDict):
    """What a function works on, and the calls that it makes there."""

    variable: str
    """The environment variable from which it reads the name of a table or bucket, the URL of a queue, or the ARN."""
    resource: pulumi.Input[Any]
    """A Bucket, Queue, StateMachine or Table of this package, or the ARN of anything else."""
    calls: list[str]
    """Such as dynamodb:updateItem."""
    name: NotRequired[pulumi.Input[str]]
    """What the function reads in place of an ARN."""


class Index(TypedDict):
    """Another order of a table's rows."""

    name: str
    """Its name."""
    key: str
    """Its partition key."""
    sort_key: NotRequired[str]
    """Its sort key, if it has one."""
    holds: NotRequired[list[str]]
    """What it holds of a row beside keys."""


class StateMachineInputs(TypedDict):
    definition: pulumi.Input[Any]
    """Amazon States Language: an object whose values may be outputs or resources, or a text of JSON that is known."""
    logs: Logs
    """How much is logged."""
    type: NotRequired[str]
    """STANDARD (unless given) or EXPRESS."""
    tracing: NotRequired[bool]
    """Whether X-Ray traces executions; true unless given."""
    purpose: NotRequired[str]
    """What its name in AWS ends with, the resource's name unless given."""
    accepted: NotRequired[list[Accepted]]
    """Warnings that are meant to stay."""
    promises: NotRequired[list[Promise]]
    """What holds of every way through the definition."""
    allow: NotRequired[list[Allow]]
    """What states may reach that the definition does not say."""
    release: NotRequired[Release]
    """How a new version takes over; all at once unless given."""
    earlier_calls: NotRequired[list[EarlierCall]]
    """What its role keeps for versions before this one."""
    alarm_topic: NotRequired[pulumi.Input[str]]
    """The ARN of a topic, which hears of the alarms that the machine has then."""
    dashboard: NotRequired[bool]
    """Whether it has a page of graphs; false unless given."""
    input_schema: NotRequired[dict[str, Any]]
    """The JSON Schema of its input, against which a preview holds what starts it."""


class FunctionInputs(TypedDict):
    sources: NotRequired[str]
    """The absolute path of the folder that holds the handlers: the package has a working directory of its own."""
    handler: NotRequired[str]
    """Of Python the name of a file in `sources`, with what it imports of that folder; else as Lambda calls it."""
    runtime: NotRequired[str]
    """Lambda's name of it; python3.13 unless given. With another language the whole folder is the function."""
    image: NotRequired[pulumi.Input[str]]
    """A container image in ECR in place of `sources` and `handler`, by its URI."""
    logs: Logs
    """How long the log is kept."""
    uses: NotRequired[list[Use]]
    """What it works on: its permissions are these calls and nothing else."""
    requirements: NotRequired[str]
    """The absolute path of a file that pins libraries for Python, as pip reads it: uv makes a layer of them."""
    layers: NotRequired[list[pulumi.Input[str]]]
    """Further layers by their ARNs."""
    environment: NotRequired[dict[str, pulumi.Input[str]]]
    """Environment variables."""
    timeout: NotRequired[int]
    """Seconds after which a call is ended; 20 unless given."""
    memory: NotRequired[int]
    """MB; 256 unless given."""
    storage: NotRequired[int]
    """MB of /tmp; 512 unless given."""
    tracing: NotRequired[bool]
    """Whether X-Ray traces calls; true unless given."""
    reserved_concurrency: NotRequired[int]
    """How many calls run at once at most, and are always had; -1 unless given: none are reserved."""
    snap_start: NotRequired[bool]
    """Whether Lambda resumes it from a snapshot of its loaded code; false unless given."""
    architecture: NotRequired[str]
    """arm64 (unless given) or x86_64."""
    purpose: NotRequired[str]
    """What its name in AWS ends with, the resource's name unless given."""


class QueueInputs(TypedDict):
    keep: bool
    """Whether it survives the stack."""
    fifo: NotRequired[bool]
    """Whether messages keep their order; false unless given."""
    visibility_seconds: NotRequired[int]
    """How long a message that was taken stays unseen by others; 30 unless given."""
    dead_letters: NotRequired[pulumi.Input[Any]]
    """A Queue of this package, the resource itself, for messages that nobody can handle."""
    receives: NotRequired[int]
    """How often a message is taken before it goes there; 5 unless given."""
    from_rules: NotRequired[bool]
    """Whether the stack's rules may put into it what they could not deliver; false unless given."""


class TableInputs(TypedDict):
    key: str
    """The partition key, a text unless `types` says otherwise."""
    keep: bool
    """Whether it survives the stack."""
    sort_key: NotRequired[str]
    """The sort key, if it has one."""
    types: NotRequired[dict[str, str]]
    """Keys that are numbers, N, or bytes, B."""
    indexes: NotRequired[list[Index]]
    """Its global secondary indexes."""
    expires_at: NotRequired[str]
    """The attribute with the second since 1970 after which a row goes."""
    stream: NotRequired[bool]
    """Whether it sends changed rows on; false unless given."""
    stream_view: NotRequired[str]
    """What it sends of them; NEW_IMAGE unless given."""
    purpose: NotRequired[str]
    """What its name in AWS ends with, the resource's name unless given."""


class BucketInputs(TypedDict):
    days: NotRequired[int]
    """After how many an object is gone. Unless given objects stay, and the bucket survives the stack."""
