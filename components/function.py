"""A Lambda function with its own role, log group, version and alias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

from asl import Statement
from asl.permissions.roles import FUNCTION_TRACING, own_logging

from .code import STORAGE, LayerRefusedError, code_of, tell
from .handler_files import PYTHON_VERSION
from .logs import Logs, log_group_of
from .naming import FUNCTION, LAYER, own_namespace, physical_name
from .packaging import Architecture, Layer, Lock, Requirements, package_dependencies
from .references import Reference
from .role import Role
from .uses import Use, calls, keys, permissions, variables

ALIAS = "live"
PYTHON = f"python{PYTHON_VERSION}"


@dataclass(frozen=True)
class FunctionArgs:
    """Of Python `handler` is the name of a file in the folder `sources`; with what it imports of that folder and what
    is in `layer` it is the function. With another `runtime` the whole folder is, as it is there, and `handler` is what
    Lambda calls, such as `index.handler`. A function may be an `image` instead, by its URI in ECR, best by its digest:
    then it has no handler and no layers. `layers` are further layers by their ARNs. Its permissions are the calls in
    `uses` and nothing else.

    `refuses` says that it raises business errors, which Lambda counts among the function's errors; `is_public` that
    everyone may call it, by a URL; `knows_callers` that it has a URL for whom IAM lets call it, and learns who that is.
    `timeout` is in seconds and stays below the TimeoutSeconds of the task that calls the function; `memory` and
    `storage`, which is its /tmp, are in MB; `reserved_concurrency` -1 reserves nothing. With `snap_start` Lambda
    resumes each version from a snapshot of its loaded code, where the runtime can:
    https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
    `purpose` is what its name in AWS ends with, the component's name unless given: a component that is renamed keeps
    its function, and its log, by the old name here and an alias.
    """

    handler: str | None
    layer: DependencyLayer | None
    uses: Sequence[Use]
    logs: Logs
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    timeout: int = 20
    memory: int = 256
    tracing: bool = True
    reserved_concurrency: int = -1
    refuses: bool = False
    is_public: bool = False
    knows_callers: bool = False
    snap_start: bool = False
    purpose: str | None = None
    sources: Path = Path("handlers")
    architecture: Architecture = "arm64"
    runtime: str = PYTHON
    layers: Sequence[pulumi.Input[str]] = ()
    image: pulumi.Input[str] | None = None
    storage: int = STORAGE


class DependencyLayer(pulumi.ComponentResource):
    """What Python's handlers import beside the runtime, as a layer: libraries by a lock file or by requirements.

    Raises:
        LayerRefusedError: for a `runtime` that is none of Python's.
        RuntimeError: with uv's own words when it cannot resolve or download the libraries.
    """

    package: Layer
    architecture: Architecture
    arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        libraries: Lock | Requirements,
        architecture: Architecture = "arm64",
        opts: pulumi.ResourceOptions | None = None,
        *,
        runtime: str = PYTHON,
    ) -> None:
        if not runtime.startswith("python"):
            raise LayerRefusedError(f"layer '{name}': `runtime` is a Python, python3.13 for example, not {runtime!r}")
        super().__init__("orderflow:index:DependencyLayer", name, None, opts)
        package = self.package = package_dependencies(libraries, architecture, runtime.removeprefix("python"))
        self.architecture = architecture
        layer = aws.lambda_.LayerVersion(
            name,
            layer_name=physical_name(name, LAYER),
            code=pulumi.FileArchive(str(package.path)),
            source_code_hash=package.digest,
            compatible_runtimes=[runtime],
            compatible_architectures=[architecture],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = layer.arn
        self.register_outputs({"arn": self.arn})


class Function(pulumi.ComponentResource):
    """One handler, deployed. In a definition it stands for its alias.

    Raises:
        FunctionRefusedError: for what Lambda would refuse, before any resource is registered.
        HandlerRefusedError: when a handler of Python imports what a function would not find, likewise before.
        FolderRefusedError: when a folder of another language is no function, likewise before.
        LayerRefusedError: when its layer is for another architecture or another Python, likewise before.
    """

    purpose: str
    service: str
    refuses: bool
    is_public: bool
    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    alias_arn: pulumi.Output[str]
    version: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    url: pulumi.Output[str] | None = None
    """Where callers sign with their credentials, and the function learns whose they are.
    https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"""
    calls: pulumi.Output[dict[str, list[str]]]
    keys: list[pulumi.Output[str]]

    def __init__(self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        code = code_of(name, args)
        super().__init__("orderflow:index:Function", name, None, opts)
        tell(args, self)
        child = pulumi.ResourceOptions(parent=self)
        purpose = args.purpose or name
        physical = physical_name(purpose, FUNCTION, self)
        log_group = log_group_of(name, f"/aws/lambda/{physical}", args.logs, child)
        statements, values = self._permissions(args, log_group)
        role = Role(name, purpose=purpose, service="lambda", statements=statements, values=values, opts=child)
        function = self._function(name, physical, args, role, log_group, code)
        alias = aws.lambda_.Alias(
            name, name=ALIAS, function_name=function.name, function_version=function.version, opts=child
        )
        if args.knows_callers:
            opened = pulumi.ResourceOptions(parent=self, depends_on=[alias])
            named = {"function_name": function.name, "qualifier": ALIAS}
            self.url = aws.lambda_.FunctionUrl(name, **named, authorization_type="AWS_IAM", opts=opened).function_url
        self._logical, self.purpose, self.service, self.refuses = name, purpose, name, args.refuses
        self.is_public, self.log_group_name, self.calls = args.is_public, log_group.name, calls(args.uses)
        self.keys = keys(args.uses)
        self.name, self.arn, self.version, self.alias_arn = function.name, function.arn, function.version, alias.arn
        self.register_outputs(
            {"name": self.name, "arn": self.arn, "version": self.version, "alias_arn": self.alias_arn}
        )

    def reference(self) -> Reference:
        """How a definition names this function: by its alias, which a deployment moves and a rollback moves back."""
        return Reference(f"{self._logical}.arn", self.arn, f":{ALIAS}")

    def _permissions(
        self, args: FunctionArgs, log_group: aws.cloudwatch.LogGroup
    ) -> tuple[list[Statement], pulumi.Output[dict[str, str]]]:
        statements = [own_logging("${log-group}"), *([FUNCTION_TRACING] if args.tracing else [])]
        allowed, arns = permissions(args.uses)
        return [*statements, *allowed], pulumi.Output.all(**{"log-group": log_group.arn, **arns})

    def _function(
        self,
        name: str,
        physical: str,
        args: FunctionArgs,
        role: Role,
        log_group: aws.cloudwatch.LogGroup,
        code: Mapping[str, Any],
    ) -> aws.lambda_.Function:
        return aws.lambda_.Function(
            name,
            name=physical,
            architectures=[args.architecture],
            **code,
            role=role.arn,
            timeout=args.timeout,
            memory_size=args.memory,
            ephemeral_storage=(
                aws.lambda_.FunctionEphemeralStorageArgs(size=args.storage) if args.storage != STORAGE else None
            ),
            reserved_concurrent_executions=args.reserved_concurrency,
            publish=True,
            snap_start=aws.lambda_.FunctionSnapStartArgs(apply_on="PublishedVersions") if args.snap_start else None,
            tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="Active" if args.tracing else "PassThrough"),
            environment=aws.lambda_.FunctionEnvironmentArgs(
                variables={
                    "POWERTOOLS_SERVICE_NAME": name,
                    "POWERTOOLS_METRICS_NAMESPACE": own_namespace(),
                    **variables(args.uses),
                    **args.environment,
                }
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role.policy, log_group]),
        )
