"""Pulumi's own engine on the real program, an embedded cloud to deploy into, and a watch on what leaves the machine."""

from __future__ import annotations

import http.server
import ipaddress
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi.automation as auto
import pytest

from components.orders.sources import LIBRARIES
from components.packaging import package_dependencies
from emulator.carrier import CarrierWebhooks
from emulator.cloud import Cloud, cloud
from emulator.engine import Engine, engine, pulumi_command, yaml_host
from emulator.program import ROOT
from emulator.seed import seed
from tests.deployed import PRODUCTS, Deployed

MOVED_WITH = {"handlers": ("handlers", "components")}
"""The components look for handlers beside themselves."""
SMALL = Path(__file__).with_name("small") / "__main__.py"
Edit = Callable[..., Path]
BEFORE = dict(os.environ)
"""The environment in which the internet can still be reached."""

strays: list[str] = []
"""Every attempt to reach something beyond loopback while the engine's tests run."""


@pytest.fixture(scope="package", autouse=True)
def nothing_leaves_loopback() -> Iterator[None]:
    """Watch this process by its sockets, and those that it starts by the proxy that they are told to use."""
    pulumi_command()  # these three may come from the internet, once
    yaml_host()
    package_dependencies(LIBRARIES)
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Refusing)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{proxy.server_port}"
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    told = {name: address for upper in names for name in (upper, upper.lower())}
    told |= dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost,::1")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        watching.set()
        yield
        watching.clear()
    proxy.shutdown()
    proxy.server_close()


watching = threading.Event()


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect" or not watching.is_set() or not isinstance(arguments[1], tuple):
        return
    host = str(arguments[1][0])
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        strays.append(host)
        raise ConnectionRefusedError(f"the tests of the engine reach nothing beyond loopback, and this is {host}")


sys.addaudithook(_watch)


class _Refusing(http.server.BaseHTTPRequestHandler):
    """A proxy that notes whom a process wanted to reach, and lets none through."""

    def refuse(self) -> None:
        strays.append(self.path)
        self.send_error(403)

    do_CONNECT = do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = refuse

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the test does."""


@pytest.fixture(autouse=True)
def stayed(nothing_leaves_loopback: None) -> Iterator[None]:
    strays.clear()
    yield
    assert strays == [], "a call left loopback"


@dataclass
class Faults:
    """What fails: the resource whose URN ends with `urn`, when `operation` is done to it."""

    operation: str = ""
    urn: str = ""

    def __call__(self, operation: str, urn: str) -> None:
        if self.urn and operation == self.operation and urn.endswith(self.urn):
            raise RuntimeError("ServiceUnavailable: injected by the test")


class Lasting:
    """A stack that each test finds deployed as the tree has it, whatever the one before made of it."""

    def __init__(self, cloud: Cloud, engine: Engine, project: Path, faults: Faults) -> None:
        self.cloud = cloud
        self.engine = engine
        self.faults = faults
        self._project = project
        self._as_deployed: object = None

    def restored(self) -> auto.Stack:
        """The stack; deployed again only if its state is not what that left."""
        stack = self.engine.stack("local", self._project)
        if self._as_deployed is None or resources(stack) != self._as_deployed:
            stack.up()
            self._as_deployed = resources(stack)
        return stack

    def standing(self) -> auto.Stack:
        """The stack, with whatever changes a test has deployed."""
        return self.restored() if self._as_deployed is None else self.engine.stack("local", self._project)


@pytest.fixture(scope="package")
def shared_cloud() -> Iterator[Cloud]:
    with cloud() as running:
        yield running


@pytest.fixture(scope="package")
def shared_faults() -> Faults:
    return Faults()


@pytest.fixture(scope="package")
def shared_engine(
    shared_cloud: Cloud, shared_faults: Faults, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    with engine(shared_cloud, tmp_path_factory.mktemp("engine"), shared_faults) as running:
        yield running


@pytest.fixture(scope="package")
def lasting(shared_cloud: Cloud, shared_engine: Engine, shared_faults: Faults) -> Lasting:
    return Lasting(shared_cloud, shared_engine, ROOT, shared_faults)


@pytest.fixture
def stack(lasting: Lasting) -> auto.Stack:
    """The stack `local` as the tree has it, deployed into the shared cloud. A test may deploy changes of it."""
    return lasting.restored()


@pytest.fixture(scope="package")
def lasting_small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lasting]:
    project = editing(tmp_path_factory.mktemp("small") / "tree", SMALL)()
    faults = Faults()
    with cloud() as running, engine(running, project.parent / "engine", faults, checkpoints=True) as started:
        yield Lasting(running, started, project, faults)


@pytest.fixture
def small(lasting_small: Lasting) -> Iterator[Lasting]:
    """The small program's stack `local`, in a cloud of its own, where things fail when a test says so."""
    yield lasting_small
    lasting_small.faults.urn = ""


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """A copy of the program with edits, each a file, a text in it and what takes its place."""
    return editing(tmp_path / "tree")


@pytest.fixture
def edited_small(tmp_path: Path) -> Edit:
    """As `edited`, of the small program."""
    return editing(tmp_path / "small", SMALL)


def editing(tree: Path, program: Path = ROOT / "__main__.py") -> Edit:
    """What copies the program into the new folder `tree` and edits it there. What is not edited stays where it is, and
    is not loaded anew."""

    def edit(*edits: tuple[str, str, str]) -> Path:
        if not tree.exists():
            copy_program(tree, program)
        for file, right, wrong in edits:
            for name in MOVED_WITH.get(package := Path(file).parts[0], (package,)):
                if not (tree / name).exists():
                    shutil.copytree(ROOT / name, tree / name)
            source = (tree / file).read_text()
            assert right in source, f"{file} no longer holds {right!r}"
            (tree / file).write_text(source.replace(right, wrong, 1))
        return tree

    return edit


def copy_program(tree: Path, program: Path = ROOT / "__main__.py") -> None:
    """Put `program` into the new folder `tree`, with the project's settings. What it imports stays where it is."""
    tree.mkdir()
    for file in (*ROOT.glob("Pulumi*.yaml"), program, ROOT / "pyproject.toml", ROOT / "uv.lock"):
        shutil.copy(file, tree)
    (tree / ".build").mkdir()
    for layer in (ROOT / ".build").glob("layer-*"):
        os.symlink(layer, tree / ".build" / layer.name)


def deployment(stack: auto.Stack) -> dict[str, Any]:
    """The stack's state, as Pulumi exports it."""
    return dict(stack.export_stack().deployment or {})


def resources(stack: auto.Stack) -> list[dict[str, Any]]:
    """What the stack's state says of each resource, in the order of URNs; which lists other things in no order."""
    found = deployment(stack).get("resources", [])
    told = ("urn", "type", "id", "inputs", "outputs", "parent")
    return sorted(({name: each.get(name) for name in told} for each in found), key=lambda each: each["urn"])


def planned(stack: auto.Stack) -> dict[str, str]:
    """What a preview would do: `type name` of each resource that does not stay the same, and the operation."""
    found: dict[str, str] = {}
    stack.preview(on_event=lambda event: _note(event, found))
    return found


def deployed_by_steps(stack: auto.Stack) -> tuple[dict[str, str], auto.OutputMap]:
    """What an `up` has done, in the form of `planned`, and the stack's outputs."""
    found: dict[str, str] = {}
    done = stack.up(on_event=lambda event: _note(event, found))
    return found, done.outputs


def _note(event: auto.EngineEvent, found: dict[str, str]) -> None:
    step = event.resource_pre_event
    if step and step.metadata.op != auto.OpType.SAME:
        found[short(step.metadata.urn)] = step.metadata.op.value


def short(urn: str) -> str:
    """`sfn.StateMachine order-events` of a URN."""
    *_, types, name = urn.split("::")
    package, _, kind = types.split("$")[-1].split(":")
    return f"{package if package != 'aws' else types.split(':')[-2].split('/')[0]}.{kind} {name}"


def seeded(running: Cloud, stack: auto.Stack) -> Deployed:
    """The deployed stack with the tests' products on its shelves."""
    outputs = {name: output.value for name, output in stack.outputs().items()}
    seed(running, outputs["tables"], PRODUCTS)
    return Deployed(running, outputs, CarrierWebhooks.for_stack(running, outputs))


def inventory(running: Cloud) -> set[str]:
    """All that is in the cloud, one line each."""
    client = running.client
    lists: dict[str, list[str]] = {
        "function": [f["FunctionName"] for f in client("lambda").list_functions()["Functions"]],
        "layer": [layer["LayerName"] for layer in client("lambda").list_layers()["Layers"]],
        "role": [r["RoleName"] for r in client("iam").list_roles()["Roles"]],
        "table": client("dynamodb").list_tables()["TableNames"],
        "machine": [m["name"] for m in client("stepfunctions").list_state_machines()["stateMachines"]],
        "pipe": [p["Name"] for p in client("pipes").list_pipes()["Pipes"]],
        "queue": [url.rsplit("/", 1)[-1] for url in client("sqs").list_queues().get("QueueUrls", [])],
        "topic": [t["TopicArn"].rsplit(":", 1)[-1] for t in client("sns").list_topics()["Topics"]],
        "subscription": [s["SubscriptionArn"] for s in client("sns").list_subscriptions()["Subscriptions"]],
        "log group": [g["logGroupName"] for g in client("logs").describe_log_groups()["logGroups"]],
        "alarm": [a["AlarmName"] for a in client("cloudwatch").describe_alarms()["MetricAlarms"]],
        "composite alarm": [a["AlarmName"] for a in client("cloudwatch").describe_alarms()["CompositeAlarms"]],
        "dashboard": [d["DashboardName"] for d in client("cloudwatch").list_dashboards()["DashboardEntries"]],
        "event source": [m["UUID"] for m in client("lambda").list_event_source_mappings()["EventSourceMappings"]],
        "secret": [s["Name"] for s in client("secretsmanager").list_secrets()["SecretList"]],
        "schedule": [s["Name"] for s in client("scheduler").list_schedules()["Schedules"]],
        "key": [key["Description"] for key in _keys(client("kms")) if key["KeyState"] != "PendingDeletion"],
        "bucket": [b["Name"] for b in client("s3").list_buckets()["Buckets"]],
        "connection": [c["Name"] for c in client("events").list_connections()["Connections"]],
        "rule": [r["Name"] for r in client("events").list_rules()["Rules"]],
        "stream": client("kinesis").list_streams()["StreamNames"],
        "cluster": client("ecs").list_clusters()["clusterArns"],
        "api": [a["Name"] for a in client("apigatewayv2").get_apis()["Items"]],
    }
    return {f"{kind} {name}" for kind, names in lists.items() for name in names}


def _keys(kms: Any) -> list[dict[str, Any]]:
    return [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
