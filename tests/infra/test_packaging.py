"""Packages: the same sources give the same bytes, whatever the machine did to the files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from components import packaging

HANDLERS = (
    "charge_payment",
    "check_shipment",
    "create_shipment",
    "payment_webhook",
    "reserve_inventory",
    "send_confirmation",
    "validate_order",
)


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the handlers with other times, modes and caches, built in a folder of its own."""
    shutil.copytree(packaging.ROOT / "handlers", tmp_path / "handlers")
    for path in (tmp_path / "handlers").rglob("*.py"):
        os.utime(path, (1, 1))
        path.chmod(0o600)
    cache = tmp_path / "handlers" / "shared" / "__pycache__"
    cache.mkdir(exist_ok=True)
    (cache / "stale.cpython-311.pyc").write_bytes(b"x")
    monkeypatch.setattr(packaging, "ROOT", tmp_path)
    monkeypatch.setattr(packaging, "BUILD", tmp_path / ".build")
    return tmp_path


@pytest.fixture(scope="module")
def digests() -> dict[str, str]:
    return {name: packaging.package_handler(name).digest for name in HANDLERS}


def test_the_same_sources_give_the_same_hash_in_another_clone(digests: dict[str, str], clone: Path) -> None:
    assert {name: packaging.package_handler(name).digest for name in HANDLERS} == digests


def test_a_changed_handler_changes_its_own_package_only(digests: dict[str, str], clone: Path) -> None:
    with (clone / "handlers" / "charge_payment.py").open("a") as source:
        source.write("# changed\n")
    changed = {name for name in HANDLERS if packaging.package_handler(name).digest != digests[name]}
    assert changed == {"charge_payment"}


@pytest.mark.parametrize("name", HANDLERS)
def test_a_package_holds_its_handler_and_what_is_shared_and_no_cache(name: str) -> None:
    package = packaging.package_handler(name)
    inside = zipfile.ZipFile(package.path).namelist()
    assert f"handlers/{name}.py" in inside
    assert all(
        entry == f"handlers/{name}.py" or entry == "handlers/__init__.py" or "/shared/" in entry for entry in inside
    )
    assert not [entry for entry in inside if "__pycache__" in entry]
    assert inside == sorted(inside)


def test_a_misspelt_handler_is_told_with_those_that_exist() -> None:
    with pytest.raises(
        FileNotFoundError, match=r"handlers/charge_paymnt\.py does not exist; handlers/ has .*charge_payment"
    ):
        packaging.package_handler("charge_paymnt")


def test_the_layer_is_built_once_for_a_lock_and_holds_no_scripts_or_runtime_packages() -> None:
    first = packaging.package_dependencies()
    built = {folder: folder.stat().st_ctime_ns for folder in packaging.BUILD.glob("layer-*")}
    assert packaging.package_dependencies().digest == first.digest
    again = {folder: folder.stat().st_ctime_ns for folder in packaging.BUILD.glob("layer-*")}
    assert again == built, "the second run unpacked nothing"
    top = {name.split("/")[1] for name in zipfile.ZipFile(first.path).namelist()}
    assert "aws_lambda_powertools" in top
    assert not top & {"bin", "boto3", "botocore", "urllib3", "requests", "pytest", "pulumi"}


def test_the_layer_is_small_enough_to_be_sent_as_it_is() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 50 MB for a zip in the request."""
    assert packaging.package_dependencies().path.stat().st_size < 50_000_000


def test_stripes_library_loads_from_the_layer_alone(tmp_path: Path) -> None:
    """It does without requests, which the layer leaves out."""
    zipfile.ZipFile(packaging.package_dependencies().path).extractall(tmp_path)
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'python')!r}); import stripe; "
        "client = stripe.StripeClient('sk_test_1', http_client=stripe.HTTPClient()); "
        "print(client.v1.payment_intents and client.v1.refunds and stripe.WebhookSignature and 'loaded')"
    )
    command = [sys.executable, "-I", "-S", "-c", code]
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert found.stdout.strip() == "loaded", found.stderr


def test_the_wheel_for_other_projects_holds_the_client_and_the_language_alone(tmp_path: Path) -> None:
    command = ["uv", "build", "--quiet", "--wheel", "--out-dir", str(tmp_path)]
    subprocess.run(command, cwd=packaging.ROOT, check=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    inside = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in inside if ".dist-info/" not in name} == {"asl", "orderflow"}
    assert "orderflow/stack.py" in inside
