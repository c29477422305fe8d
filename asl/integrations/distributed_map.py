"""What a Distributed Map does besides its children's tasks: it reads items, starts executions, writes results.

https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
"""

from __future__ import annotations

from collections.abc import Iterator

from asl.integrations.arguments import field_of
from asl.integrations.arns import arn_itself, of
from asl.integrations.parts import on
from asl.integrations.table import Permission, Target
from asl.syntax.shapes import Object, as_object, as_text
from asl.syntax.walk import Machine, Scope, State

_OBJECTS = of("s3", region=False, account=False)

CHILDREN = (
    Permission(("states:StartExecution",), (on("stateMachine:${Machine}", "states"),)),
    # The page names DescribeExecution alone by now; without the other, children would outlive a run that is stopped.
    Permission(("states:DescribeExecution", "states:StopExecution"), (on("execution:${Machine}:*", "states"),)),
    # A Map Run's own executions are named MACHINE/LABEL; redriving the parent redrives those that failed:
    # https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html
    Permission(("states:RedriveExecution",), (on("execution:${Machine}/{Label|*}:*", "states"),)),
)

_LIST = Permission(
    ("s3:ListBucket",),
    (Target("{Bucket}", _OBJECTS),),
    when="Prefix",
    conditions=(("StringLike", "s3:prefix", "{Prefix}"),),
)
_LIST_ALL = Permission(("s3:ListBucket",), (Target("{Bucket}", _OBJECTS),), when="!Prefix")
_LOAD = Permission(("s3:GetObject",), (Target("{Bucket}/{Prefix|}*", _OBJECTS),))
_GET = Permission(("s3:GetObject",), (Target("{Bucket}/{Key}", _OBJECTS),))
_VERSION = Permission(("s3:GetObjectVersion",), (Target("{Bucket}/{Key}", _OBJECTS),), when="VersionId")
_LISTED = Permission(("s3:GetObject",), (Target("{Data}", arn_itself),))
"""What a manifest lists can lie anywhere, so it is declared."""

_RESULTS = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject")
_WRITE = Permission(_RESULTS, (Target("{Bucket}/{Prefix}/*", _OBJECTS),), when="Prefix")
_WRITE_ALL = Permission(_RESULTS, (Target("{Bucket}/*", _OBJECTS),), when="!Prefix")


def config_of(state: State) -> tuple[str, Object]:
    """The path of a Map's ProcessorConfig, below the state, and what it holds.

    AWS reads it in the older Iterator, too, and starts a Map Run where it says DISTRIBUTED.
    """
    field = "Iterator" if "Iterator" in state.node and "ItemProcessor" not in state.node else "ItemProcessor"
    return f"{field}.ProcessorConfig", as_object(as_object(state.node.get(field)).get("ProcessorConfig"))


def is_distributed(state: State) -> bool:
    """Whether a Map starts an execution for each item or batch."""
    return state.type == "Map" and config_of(state)[1].get("Mode") == "DISTRIBUTED"


def type_of(machine: Machine, scope: Scope) -> str:
    """The type of the execution that runs `scope`: the machine's, or that of a Distributed Map's children."""
    owner = scope.owner
    while owner is not None and not is_distributed(owner):
        owner = owner.scope.owner
    if owner is None:
        return machine.type
    return as_text(config_of(owner)[1].get("ExecutionType"))


def storage_calls(state: State) -> Iterator[tuple[str, object, tuple[Permission, ...]]]:
    """The field of each S3 call, what is passed to it, and what it needs."""
    for field in ("ItemReader", "ResultWriter"):
        node = as_object(state.node.get(field))
        # A ResultWriter without a resource only shapes the state's output.
        if node.get("Resource"):
            yield field, node.get(field_of(state), {}), _reading(node) if field == "ItemReader" else _WRITES


_WRITES = (_WRITE, _WRITE_ALL)


def _reading(reader: Object) -> tuple[Permission, ...]:
    config = as_object(reader.get("ReaderConfig"))
    if as_text(reader.get("Resource")).endswith(":s3:listObjectsV2"):
        loads = config.get("Transformation") == "LOAD_AND_FLATTEN"
        return (_LIST, _LIST_ALL, *((_LOAD,) if loads else ()))
    return (_GET, _VERSION, *((_LISTED,) if config.get("InputType") == "MANIFEST" else ()))
