"""What starts a machine, as Pulumi's schema tells it; see `inputs` and `resources`."""

from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .. import triggers
from ..bucket import Bucket
from ..function import Function
from ..state_machine import StateMachine
from ..storage import Queue, Table
from .arguments import http_api_args, trigger_args
from .inputs import Logs


class ScheduleInputs(TypedDict):
    target: pulumi.Input[Any]
    """A StateMachine or Function of this package: the resource itself."""
    expression: str
    """rate(5 minutes), cron(0 3 * * ? *) or at(2027-01-01T09:00:00)."""
    timezone: NotRequired[str]
    """Of the IANA's names; UTC unless given."""
    input: NotRequired[dict[str, pulumi.Input[Any]]]
    """What the target gets; it may hold <aws.scheduler.scheduled-time> and the like."""
    retries: NotRequired[int]
    """How often the scheduler tries again; 3 unless given."""
    max_age_seconds: NotRequired[int]
    """How long it tries; 86400 unless given."""
    dead_letters: NotRequired[pulumi.Input[Any]]
    """A Queue of this package for what could not be started, one of its own unless given."""


class Schedule(pulumi.ComponentResource):
    """An EventBridge schedule that starts a state machine or a function again and again, by a role for just that."""

    arn: pulumi.Output[str]
    """The schedule's ARN."""

    def __new__(cls, name: str, args: ScheduleInputs, opts: pulumi.ResourceOptions | None = None):
        of = trigger_args(triggers.ScheduleArgs, args, target=(StateMachine, Function))
        return triggers.Schedule(name, of, opts)

    def __init__(self, name: str, args: ScheduleInputs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Never run: it tells the schema what is taken."""


class EventRuleInputs(TypedDict):
    target: pulumi.Input[Any]
    """A StateMachine of this package: the resource itself."""
    pattern: dict[str, pulumi.Input[Any]]
    """What an event has to be; it lists the values of a field."""
    input: NotRequired[pulumi.Input[Any]]
    """What the machine gets, with <$.path> for values of the event; the event itself unless given."""
    bus: NotRequired[str]
    """The bus's name; default unless given."""
    retries: NotRequired[int]
    """How often EventBridge tries again; 185 unless given."""
    max_age_seconds: NotRequired[int]
    """How long it tries; 86400 unless given."""
    dead_letters: NotRequired[pulumi.Input[Any]]
    """A Queue of this package with `fromRules` for what could not be started, one of its own unless given."""


class EventRule(pulumi.ComponentResource):
    """A rule that starts a machine for each event of a bus that matches a pattern, by a role for just that."""

    arn: pulumi.Output[str]
    """The rule's ARN."""

    def __new__(cls, name: str, args: EventRuleInputs, opts: pulumi.ResourceOptions | None = None):
        return triggers.EventRule(name, trigger_args(triggers.EventRuleArgs, args), opts)

    def __init__(self, name: str, args: EventRuleInputs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Never run: it tells the schema what is taken."""


class ObjectTriggerInputs(TypedDict):
    target: pulumi.Input[Any]
    """A StateMachine of this package: the resource itself."""
    source: pulumi.Input[Any]
    """A Bucket of this package: the resource itself."""
    prefix: NotRequired[str]
    """What keys begin with."""
    suffix: NotRequired[str]
    """What keys end with."""
    input: NotRequired[pulumi.Input[Any]]
    """What the machine gets, with <$.detail.object.key> and the like; the event itself unless given."""
    retries: NotRequired[int]
    """How often EventBridge tries again; 185 unless given."""
    max_age_seconds: NotRequired[int]
    """How long it tries; 86400 unless given."""
    dead_letters: NotRequired[pulumi.Input[Any]]
    """A Queue of this package with `fromRules` for what could not be started, one of its own unless given."""


class ObjectTrigger(pulumi.ComponentResource):
    """Starts a machine for each object that is put into a bucket."""

    arn: pulumi.Output[str]
    """The rule's ARN."""

    def __new__(cls, name: str, args: ObjectTriggerInputs, opts: pulumi.ResourceOptions | None = None):
        return triggers.ObjectTrigger(name, trigger_args(triggers.ObjectTriggerArgs, args, source=(Bucket,)), opts)

    def __init__(self, name: str, args: ObjectTriggerInputs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Never run: it tells the schema what is taken."""


class QueueTriggerInputs(TypedDict):
    target: pulumi.Input[Any]
    """A StateMachine of this package: the resource itself."""
    source: pulumi.Input[Any]
    """A Queue of this package with dead letters: the resource itself."""
    pattern: NotRequired[dict[str, pulumi.Input[Any]]]
    """What a message has to be; others are deleted."""
    input: NotRequired[dict[str, pulumi.Input[Any]]]
    """What the machine gets of each message, with <$.body.orderId> and the like; the message itself unless given."""
    batch_size: NotRequired[int]
    """How many messages start one execution at most; 10 unless given."""
    waits: NotRequired[bool]
    """Whether each execution is waited for, which it is unless told where the machine is Express."""


class QueueTrigger(pulumi.ComponentResource):
    """An EventBridge Pipe that starts a machine for the messages of a queue, and deletes those that went well."""

    arn: pulumi.Output[str]
    """The pipe's ARN."""

    def __new__(cls, name: str, args: QueueTriggerInputs, opts: pulumi.ResourceOptions | None = None):
        return triggers.QueueTrigger(name, trigger_args(triggers.QueueTriggerArgs, args, source=(Queue,)), opts)

    def __init__(self, name: str, args: QueueTriggerInputs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Never run: it tells the schema what is taken."""


class StreamTriggerInputs(TypedDict):
    target: pulumi.Input[Any]
    """A StateMachine of this package: the resource itself."""
    source: pulumi.Input[Any]
    """A Table of this package with a stream, or a Kinesis stream of the AWS package: the resource itself."""
    pattern: NotRequired[dict[str, pulumi.Input[Any]]]
    """What a record has to be; others are passed over."""
    input: NotRequired[dict[str, pulumi.Input[Any]]]
    """What the machine gets of each record, with <$.dynamodb.NewImage.orderId.S>; the record itself unless given."""
    batch_size: NotRequired[int]
    """How many records start one execution at most; 10 unless given."""
    retries: NotRequired[int]
    """How often a batch that failed is tried again; 5 unless given."""
    max_age_seconds: NotRequired[int]
    """How old a record may become; as old as the stream keeps it unless given."""
    waits: NotRequired[bool]
    """Whether each execution is waited for, which it is unless told where the machine is Express."""
    starts_at: NotRequired[str]
    """TRIM_HORIZON (unless given) or LATEST."""
    dead_letters: NotRequired[pulumi.Input[Any]]
    """A Queue of this package for batches that failed, one of its own unless given."""


class StreamTrigger(pulumi.ComponentResource):
    """An EventBridge Pipe that starts a machine for the records of a stream, in order where it waits for each."""

    arn: pulumi.Output[str]
    """The pipe's ARN."""

    def __new__(cls, name: str, args: StreamTriggerInputs, opts: pulumi.ResourceOptions | None = None):
        sources = (Table, aws.kinesis.Stream)
        return triggers.StreamTrigger(name, trigger_args(triggers.StreamTriggerArgs, args, source=sources), opts)

    def __init__(self, name: str, args: StreamTriggerInputs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Never run: it tells the schema what is taken."""


class Route(TypedDict):
    """The request's body is the input of an execution."""

    target: pulumi.Input[Any]
    """A StateMachine of this package: the resource itself."""
    waits: NotRequired[bool]
    """Whether the answer is the output, which wants an Express machine; false unless given: then it is 202."""
    named_by: NotRequired[str]
    """The header after which a Standard machine's execution is called."""
    errors: NotRequired[dict[str, int]]
    """The status that an error of the machine has, which is 500 unless given here."""
    outputs: NotRequired[dict[str, int]]
    """The status that an output with a member of this name has, which is 200 unless given here."""
    scopes: NotRequired[list[str]]
    """Of which a token has to have one."""


class Jwt(TypedDict):
    """Whose tokens let a request in."""

    issuer: pulumi.Input[str]
    """Who gives them out."""
    audience: list[pulumi.Input[str]]
    """Whom they are for."""


class HttpApiInputs(TypedDict):
    routes: dict[str, Route]
    """By method and path, such as POST /orders."""
    logs: Logs
    """Each request is a line."""
    jwt: NotRequired[Jwt]
    """Unless given, requests are signed by callers whom IAM lets in."""
    requests_per_second: NotRequired[int]
    """More are answered with 429; 50 unless given."""
    burst: NotRequired[int]
    """More at once are answered with 429; 100 unless given."""
    tracing: NotRequired[bool]
    """Whether X-Ray traces the functions that wait; true unless given."""
    snap_start: NotRequired[bool]
    """Whether Lambda resumes them from a snapshot of their loaded code; false unless given."""


class HttpApi(pulumi.ComponentResource):
    """An HTTP API that starts machines, and answers by what comes of those that are waited for."""

    url: pulumi.Output[str]
    """Its address."""
    arn: pulumi.Output[str]
    """The API's ARN."""
    execution_arn: pulumi.Output[str]
    """What callers are allowed `execute-api:Invoke` on."""

    def __new__(cls, name: str, args: HttpApiInputs, opts: pulumi.ResourceOptions | None = None):
        return triggers.HttpApi(name, http_api_args(args), opts)

    def __init__(self, name: str, args: HttpApiInputs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Never run: it tells the schema what is taken."""
