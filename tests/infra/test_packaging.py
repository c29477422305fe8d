"""Packages: the same sources give the same bytes, whatever the machine did to the files."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from components import packaging
from components.handler_files import BESIDE_BOTO3, HandlerRefusedError
from components.orders import sources
from components.packaging import Layer
from orderflow.testing.stack import Stack, Stacks
from tests.hangs import HANG_SECONDS

HANDLERS = packaging.handler_names(sources.HANDLERS)
EVENT = {
    "executionId": "an-execution",
    "order": {
        "orderId": "order-1001",
        "customerId": "ada",
        "items": [{"sku": "tea-1", "quantity": 2}],
        "paymentMethodId": "pm_card_visa",
        "shipTo": {"name": "Ada Lovelace", "postcode": "98101"},
        "quote": {"amountCents": 1298, "lines": [{"sku": "tea-1", "quantity": 2, "unitCents": 649}]},
        "payment": {"paymentId": "pay-1", "amountCents": 1298},
        "fulfillment": {"shipment": {"shipmentId": "parcel-1"}},
        "help": {"by": "ada", "why": "it is fine"},
    },
    "items": [{"orderId": "order-1001"}],
    "manifest": "results/a-run/manifest.json",
    "listed": {"lines": 1, "unlisted": {}},
    "outcome": "DELIVERED",
    "question": "APPROVAL",
    "token": "a-token",
    "attempt": "1",
    "seconds": 60,
    "verdict": "APPROVED",
    "by": "ada",
    "why": "it is fine",
    "key": "a-list.csv",
    "deadlineSeconds": 60,
    "file": {"key": "incoming/orders.jsonl", "etag": "0123abc"},
    "read": {
        "digest": "0123abc",
        "folder": "work/0123abc",
        "columnsNotRead": [],
        "lines": 1,
        "orders": 1,
        "refused": 0,
    },
    "places": [{"line": 1, "at": 0, "bytes": 100}],
    "folder": "work/0123abc",
    "beganAt": "2026-11-29T12:00:00.000Z",
    "results": "results/a-run/",
    "basket": {"items": [{"sku": "tea-1", "quantity": 2}], "shipTo": {"postcode": "98101"}},
    "applicantId": "ada",
    "reviewId": "a-review",
    "return": {"returnId": "return-1", "orderId": "order-1001", "items": [{"sku": "tea-1", "quantity": 1}]},
    "failure": {"Error": "ReturnRejected", "Cause": "it was never delivered"},
    "decision": {"by": "ada", "why": "it is fine", "verdict": "RESTOCKED"},
}
"""Whatever any of the functions reads of its event."""


@pytest.fixture(scope="module")
def layer() -> Layer:
    return packaging.package_dependencies(sources.LIBRARIES)


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the handlers with other times, modes and caches, built in a folder of its own."""
    shutil.copytree(sources.ROOT / "handlers", tmp_path / "handlers")
    for path in (tmp_path / "handlers").rglob("*.py"):
        os.utime(path, (1, 1))
        path.chmod(0o600)
    cache = tmp_path / "handlers" / "shared" / "__pycache__"
    cache.mkdir(exist_ok=True)
    (cache / "stale.cpython-311.pyc").write_bytes(b"x")
    for name in ("pyproject.toml", "uv.lock", "README.md"):
        shutil.copy(sources.ROOT / name, tmp_path)
    monkeypatch.setattr(sources, "HANDLERS", tmp_path / "handlers")
    return tmp_path


@pytest.fixture(scope="module")
def digests(layer: Layer) -> dict[str, str]:
    return {name: packaging.package_handler(name, sources.HANDLERS, layer).digest for name in HANDLERS}


def test_the_same_sources_give_the_same_hash_in_another_clone(
    digests: dict[str, str], layer: Layer, clone: Path
) -> None:
    assert {name: packaging.package_handler(name, sources.HANDLERS, layer).digest for name in HANDLERS} == digests


def test_a_change_changes_the_packages_that_hold_it_and_no_other(
    digests: dict[str, str], layer: Layer, clone: Path
) -> None:
    def changed(file: str) -> set[str]:
        before = (clone / "handlers" / file).read_text()
        (clone / "handlers" / file).write_text(before + "# changed\n")
        found = {
            name
            for name in HANDLERS
            if packaging.package_handler(name, sources.HANDLERS, layer).digest != digests[name]
        }
        (clone / "handlers" / file).write_text(before)
        return found

    assert changed("charge_payment.py") == {"charge_payment"}
    books = {"list_orders", "compare_orders", "payment_webhook"}
    stock = {"reserve_inventory", "release_stock", "quote_stock", "restock_return"}
    assert changed("shared/stockroom.py") == {*stock, *books}
    assert changed("shared/runtime.py") == set(HANDLERS)


def test_a_package_holds_its_handler_and_what_it_imports(layer: Layer) -> None:
    inside = zipfile.ZipFile(packaging.package_handler("follow_shipment", sources.HANDLERS, layer).path).namelist()
    assert inside == sorted(inside)
    assert {"handlers/__init__.py", "handlers/follow_shipment.py", "handlers/shared/shipments.py"} <= set(inside)
    assert not [name for name in inside if "stripe" in name or "ledger" in name or "charge" in name]


class RefusesAll(BaseHTTPRequestHandler):
    """Stands for every service of AWS."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        answer = json.dumps({"__type": "AccessDeniedException", "message": "nobody may"}).encode()
        self.send_response(400)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), RefusesAll)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def unpacked(layer: Layer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Python finds of the layer; it is compiled by the first test that loads it."""
    folder = tmp_path_factory.mktemp("layer")
    zipfile.ZipFile(layer.path).extractall(folder)
    return folder / "python"


def runs(calls: list[dict[str, Any]], unpacked: Path, aws: str, tmp_path: Path) -> list[str]:
    """What came of calls of handlers with their packages, the layer and Lambda's own libraries alone."""
    beside = tmp_path / "beside"
    beside.mkdir()
    for name in BESIDE_BOTO3:
        spec = find_spec(name)
        assert spec
        assert spec.origin
        origin = Path(spec.origin)
        found = origin.parent if origin.name == "__init__.py" else origin
        (beside / found.name).symlink_to(found)
    lambdas = {
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_ENDPOINT_URL": aws,
        "LAMBDA_TASK_ROOT": str(tmp_path),
        "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0",
    }
    packages = tmp_path / "packages"
    packages.mkdir()
    request = json.dumps({"path": [str(unpacked), str(beside)], "folder": str(packages), "calls": calls})
    command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("in_lambda.py"))]
    ran = subprocess.run(
        command,
        input=request,
        env=lambdas,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_SECONDS,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_every_function_runs_from_its_package_and_the_layer_as_far_as_aws(
    stacks: dict[str, Stack], onboarding: Stack, unpacked: Path, aws: str, tmp_path: Path
) -> None:
    """Under each kind of environment that the stacks give it, and with everything that it imports late."""
    calls: dict[Any, dict[str, Any]] = {}
    for registered in (stacks["dev"], onboarding, stacks["prod"]):
        for function in registered.resources("aws:lambda/function:Function"):
            if not function.inputs["handler"].startswith("handlers."):
                continue  # what an API waits by is tested with the triggers
            package, variables = function.inputs["code"].path, function.inputs["environment"]["variables"]
            call = {"package": package, "handler": function.inputs["handler"], "environment": variables}
            call["event"] = EVENT if function.name != "tell-return" else {**EVENT, "outcome": "RETURN_REFUNDED"}
            calls[function.name, frozenset(variables)] = call
    assert {call["handler"] for call in calls.values()} == {f"handlers.{name}.handler" for name in HANDLERS}
    asking = {who for who in calls if any(not name.startswith("POWERTOOLS_") for name in who[1])}
    assert "charge-payment" in {name for name, _ in asking}, "it works on tables"
    outcomes = dict(zip(calls, runs(list(calls.values()), unpacked, aws, tmp_path), strict=True))
    assert {who: told for who, told in outcomes.items() if "LATE" in told or "ImportError" in told} == {}
    asking -= {who for who in asking if who[0] == "quote-delivery"}  # the sandbox's carrier knows by itself
    stopped = {who: told for who, told in outcomes.items() if who in asking and "ClientError" not in told}
    assert stopped == {}, "these never asked AWS"


def test_a_package_that_lacks_a_file_does_not_run(layer: Layer, unpacked: Path, aws: str, tmp_path: Path) -> None:
    whole = packaging.package_handler("charge_payment", sources.HANDLERS, layer).path
    calls: list[dict[str, Any]] = []
    for left_out in ("ledger.py", "stripe_wire.py"):
        less = tmp_path / f"without-{left_out}.zip"
        with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(less, "w") as into:
            for name in archive.namelist():
                if name != f"handlers/shared/{left_out}":
                    into.writestr(name, archive.read(name))
        handler = "handlers.charge_payment.handler"
        calls.append({"package": str(less), "handler": handler, "environment": {}, "event": EVENT})
    at_once, late = runs(calls, unpacked, aws, tmp_path)
    assert "No module named 'handlers.shared.ledger'" in at_once
    assert "LATE handlers/shared/stripe_payments.py" in late


def test_a_preview_stops_at_a_handler_that_would_not_run_before_any_resource_of_its_function(
    clone: Path, stack: Stacks
) -> None:
    with (clone / "handlers" / "charge_payment.py").open("a") as source:
        source.write("import numpy\n")
    with pytest.raises(HandlerRefusedError, match=r"handlers/charge_payment\.py:\d+ imports numpy"):
        stack("dev", preview=True)
    assert stack.last
    assert stack.last.resources("aws:lambda/function:Function")
    assert not [one for one in stack.last.resources() if one.name == "charge-payment"]


def test_a_misspelt_handler_is_told_with_those_that_exist(layer: Layer) -> None:
    with pytest.raises(
        HandlerRefusedError, match=r"handlers/charge_paymnt\.py does not exist; handlers/ has .*charge_payment"
    ):
        packaging.package_handler("charge_paymnt", sources.HANDLERS, layer)


def test_the_layer_is_built_once_for_a_lock_and_holds_no_scripts_or_runtime_packages() -> None:
    first = packaging.package_dependencies(sources.LIBRARIES)
    built = {folder: folder.stat().st_ctime_ns for folder in (sources.ROOT / ".build").glob("layer-*")}
    packaging._packed.cache_clear()  # as another process
    assert packaging.package_dependencies(sources.LIBRARIES).digest == first.digest
    again = {folder: folder.stat().st_ctime_ns for folder in (sources.ROOT / ".build").glob("layer-*")}
    assert again == built, "the second run unpacked nothing"
    top = {name.split("/")[1] for name in zipfile.ZipFile(first.path).namelist()}
    assert "aws_lambda_powertools" in top
    assert not top & {"bin", "boto3", "botocore", "urllib3", "requests", "pytest", "pulumi"}


def test_the_layer_is_the_same_from_another_folder_by_another_user(
    layer: Layer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a path that has a `bin` and a cache in it, another umask, and an environment of its own."""
    clone = tmp_path / "bin" / "__pycache__" / "a clone"
    clone.mkdir(parents=True)
    for name in ("pyproject.toml", "uv.lock", "README.md"):
        shutil.copy(sources.ROOT / name, clone)
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(clone / ".venv")], check=True, timeout=HANG_SECONDS
    )
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    umask = os.umask(0o077)
    try:
        built = packaging.package_dependencies(dataclasses.replace(sources.LIBRARIES, project=clone))
    finally:
        os.umask(umask)
    (installed,) = (clone / ".build").glob("layer-*")
    scripts = (installed / "python" / "bin").iterdir()
    assert any(str(clone) in script.read_text() for script in scripts), "an installation does differ"
    with zipfile.ZipFile(built.path) as there, zipfile.ZipFile(layer.path) as here:
        assert there.namelist() == here.namelist()
        assert [name for name in here.namelist() if here.read(name) != there.read(name)] == []
    assert built.digest == layer.digest


def test_the_layer_tells_the_versions_and_licences_of_what_it_holds(layer: Layer) -> None:
    with zipfile.ZipFile(layer.path) as archive:
        inside = archive.namelist()
    described = {name.split("/")[1] for name in inside if ".dist-info/" in name}
    assert {name.partition("-")[0] for name in described} >= {
        "aws_lambda_powertools",
        "aws_xray_sdk",
        "stripe",
        "wrapt",
    }
    assert {f"python/{folder}/METADATA" for folder in described} <= set(inside)
    assert [name for name in inside if name.endswith("LICENSE")]


def test_the_layer_is_small_enough_to_be_sent_as_it_is() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 50 MB for a zip in the request."""
    assert packaging.package_dependencies(sources.LIBRARIES).path.stat().st_size < 50_000_000


def test_stripes_library_loads_from_the_layer_alone(unpacked: Path) -> None:
    """It does without requests, which the layer leaves out."""
    code = (
        f"import sys; sys.path.insert(0, {str(unpacked)!r}); import stripe; "
        "client = stripe.StripeClient('sk_test_1', http_client=stripe.HTTPClient()); "
        "print(client.v1.payment_intents and client.v1.refunds and stripe.WebhookSignature and 'loaded')"
    )
    command = [sys.executable, "-I", "-S", "-c", code]
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=HANG_SECONDS)
    assert found.stdout.strip() == "loaded", found.stderr


def test_the_wheel_for_other_projects_holds_what_is_not_of_orders_alone(tmp_path: Path) -> None:
    command = ["uv", "build", "--quiet", "--wheel", "--out-dir", str(tmp_path)]
    subprocess.run(command, cwd=sources.ROOT, check=True, timeout=HANG_SECONDS)
    (wheel,) = tmp_path.glob("*.whl")
    inside = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in inside if ".dist-info/" not in name} == {"asl", "orderflow"}
    typed = {"asl/py.typed", "orderflow/py.typed", "orderflow/components/py.typed"}
    assert {"orderflow/stack.py", "orderflow/components/state_machine.py", *typed} <= set(inside)
    assert not [name for name in inside if name.startswith("orderflow/components/orders")]
