"""Where a deployed stack's parts are: from an ARN, from the embedded cloud's file, or from Pulumi."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar, cast

from orderflow.documents import at, is_object, text_at
from orderflow.errors import NoStack, OrderflowError, aws_errors
from orderflow.text import one_line

CONTRACT = 1
"""The version of the stack's outputs that this package understands."""

ORDER_MACHINE = "order-fulfillment"
EVENT_MACHINE = "order-events"

LOCAL = ".orderflow"
"""The folder in which the embedded cloud leaves a file of outputs for each stack that it runs."""

PULUMI_SECONDS = 60
EXPRESS_SECONDS = 330
"""An Express execution may take five minutes."""

_Known = TypeVar("_Known")


@dataclass(frozen=True, slots=True)
class DeployedFunction:
    """A Lambda function: its name, the ARN to call it by, and the name of its log group.

    `url` is where it learns from IAM who calls, for one that wants to know.
    """

    name: str
    alias_arn: str
    log_group: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployed stack, and where its cloud is.

    By name: the ARNs of its machines (their aliases', where there are any), its tables' names in AWS, its functions.
    `outputs` is all that the stack tells, as docs/contract.md describes it; empty where only a machine is known.
    """

    machines: Mapping[str, str]
    region: str | None = None
    endpoint_url: str | None = None
    tables: Mapping[str, str] = field(default_factory=dict[str, str])
    functions: Mapping[str, DeployedFunction] = field(default_factory=dict[str, DeployedFunction])
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any], compare=False, repr=False)

    def machine(self, name: str) -> str:
        """The ARN of machine `name`. Raises OrderflowError where it is not known."""
        return _known(self.machines, "machine", name)

    def table(self, name: str) -> str:
        """What table `name` is called in AWS. Raises OrderflowError where it is not known."""
        return _known(self.tables, "table", name)

    def function(self, name: str) -> DeployedFunction:
        """The function `name`. Raises OrderflowError where it is not known."""
        return _known(self.functions, "function", name)

    def connect(self, service: str, *, patient: bool = False) -> Any:
        """A client of `service` in this stack's cloud, with the credentials that boto3 would find.

        A `patient` one waits for one answer as long as an Express execution may take, and does not ask twice. That of
        DynamoDB takes and gives plain Python values. The embedded cloud takes any credentials, so it gets none that are
        worth anything.
        """
        local: dict[str, Any] = {}
        if self.endpoint_url:
            local = {
                "endpoint_url": self.endpoint_url,
                "aws_access_key_id": "test",
                "aws_secret_access_key": "test",
            }
        with aws_errors():
            make = _plain_rows if service == "dynamodb" else _client
            return make(service, region_name=self.region, config=_config(bool(self.endpoint_url), patient), **local)


def _config(is_local: bool, patient: bool) -> Any:
    from botocore.config import Config

    retries: Any = {"mode": "standard", "max_attempts": 1 if patient else 5}
    seconds = EXPRESS_SECONDS if patient else 30
    return Config(connect_timeout=10, read_timeout=seconds, retries=retries, inject_host_prefix=not is_local)


_making_a_client = Lock()
"""Threads can share clients, and cannot make them with one session at the same time."""


def _client(service: str, **given: Any) -> Any:
    with _making_a_client:
        return _session().create_client(service, **given)


@cache
def _session() -> Any:
    """The one that all clients are made with, so that credentials are looked for, and AWS's endpoints read, once."""
    from botocore.session import get_session  # all that boto3.client does; boto3 itself takes as long again to load

    return get_session()


def _plain_rows(service: str, **given: Any) -> Any:
    import boto3

    return cast(Any, boto3).resource(service, **given).meta.client


def find_deployment(
    *,
    stack: str | None = None,
    state_machine_arn: str | None = None,
    region: str | None = None,
    folder: Path | None = None,
) -> Deployment:
    """The deployment that is meant: by the order machine's ARN, else by its stack, else the only local one.

    `folder` is where the embedded cloud's files and the Pulumi project are; by default the current one.

    Raises:
        NoStack: when nothing says which stack is meant.
        OrderflowError: when its outputs cannot be had, or are not what this package understands.
    """
    if state_machine_arn:
        parts = state_machine_arn.split(":")
        return Deployment({ORDER_MACHINE: state_machine_arn}, region or (parts[3] if len(parts) > 3 else None))
    folder = folder or Path()
    files = {path.stem: path for path in sorted((folder / LOCAL).glob("*.json"))}
    if not stack:
        if len(files) != 1:
            raise NoStack(_which(files))
        (stack,) = files
    if stack in files:
        return _understood(_local_outputs(files[stack]), str(files[stack]), region)
    return _understood(_pulumi_outputs(stack, folder), f"stack {stack}", region)


def _which(files: Mapping[str, Path]) -> str:
    here = f"several stacks run here: {', '.join(files)}" if files else "no embedded cloud runs here"
    return (
        f"which stack? {here}; name one with --stack (or ORDERFLOW_STACK), give the machine's ARN with "
        f"--state-machine-arn, or run in a folder whose {LOCAL}/ holds exactly one stack's outputs"
    )


def _local_outputs(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OrderflowError(f"cannot read {path}: {one_line(str(error))}; deploy the embedded cloud again") from error


def _pulumi_outputs(stack: str, folder: Path) -> str:
    command = ["pulumi", "stack", "output", "--json", "--non-interactive", "--stack", stack]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PULUMI_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise OrderflowError(
            f"pulumi is not installed, and {LOCAL}/{stack}.json is not here; install pulumi, or give the machine's ARN "
            "with --state-machine-arn"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise OrderflowError(
            f"pulumi did not answer within {PULUMI_SECONDS} s; check its backend with 'pulumi whoami', or give the "
            "machine's ARN with --state-machine-arn"
        ) from error
    except OSError as error:
        raise OrderflowError(f"pulumi does not start: {one_line(str(error))}; check its installation") from error
    if done.returncode:
        said = done.stderr.strip() or "no message"
        raise OrderflowError(
            f"pulumi knows no outputs of stack {stack} in {folder.resolve()}: {one_line(said)}; "
            "check 'pulumi stack ls' in the project's folder"
        )
    return done.stdout


def _understood(text: str, source: str, region: str | None) -> Deployment:
    """The deployment that the JSON of a stack's outputs describes; `region` goes before theirs."""
    try:
        outputs = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise OrderflowError(f"the outputs of {source} are no JSON: {one_line(str(error))}; deploy it again") from error
    contract = at(outputs, "contract")
    if contract != CONTRACT:
        advice = "deploy this program's stack" if contract is None else "install the orderflow that belongs to it"
        raise OrderflowError(f"the outputs of {source} have contract {contract}, not {CONTRACT}; {advice}")
    machines = dict(_machine_arns(at(outputs, "machines")))
    if ORDER_MACHINE not in machines:
        raise OrderflowError(f"the outputs of {source} name no machine {ORDER_MACHINE}; deploy it again")
    return Deployment(
        machines,
        region or text_at(outputs, "region"),
        text_at(outputs, "endpointUrl"),
        dict(_table_names(at(outputs, "tables"))),
        dict(_functions(at(outputs, "functions"))),
        outputs,
    )


def _table_names(tables: Any) -> Iterator[tuple[str, str]]:
    for name, entry in tables.items() if is_object(tables) else ():
        if called := text_at(entry, "name"):
            yield name, called


def _functions(functions: Any) -> Iterator[tuple[str, DeployedFunction]]:
    for name, entry in functions.items() if is_object(functions) else ():
        called, alias, log_group = (text_at(entry, key) for key in ("name", "aliasArn", "logGroup"))
        if called and alias and log_group:
            yield name, DeployedFunction(called, alias, log_group, text_at(entry, "url"))


def _machine_arns(machines: Any) -> Iterator[tuple[str, str]]:
    for name, entry in machines.items() if is_object(machines) else ():
        arn = text_at(entry, "aliasArn") or text_at(entry, "arn")
        if arn:
            yield name, arn


def _known(named: Mapping[str, _Known], kind: str, name: str) -> _Known:
    if name not in named:
        known = ", ".join(named) or "none"
        raise OrderflowError(f"no {kind} {name} is known here (known: {known}); name its stack with --stack")
    return named[name]
