"""Who may import whom: the pure packages load neither Pulumi nor boto3."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "asl": ("pulumi", "pulumi_aws", "boto3"),
    "workflows": ("pulumi", "pulumi_aws", "boto3"),
    "orderflow": ("pulumi",),
}
HEAVY |= {"components": ("boto3",), "handlers.charge_payment": ("pulumi", "components", "asl")}


@pytest.mark.parametrize(("package", "heavy"), HEAVY.items(), ids=HEAVY)
def test_a_package_does_not_load_what_it_may_not_import(package: str, heavy: tuple[str, ...]) -> None:
    code = f"import {package}, sys; print(*[name for name in {heavy!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == ""


@pytest.mark.parametrize("package", ["asl", "workflows", "components", "orderflow"])
def test_a_package_lists_its_public_names_and_each_exists(package: str) -> None:
    code = f"import {package} as p; print(*[name for name in p.__all__ if not hasattr(p, name)], len(p.__all__))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    missing = found.stdout.split()[:-1]
    assert missing == []
    assert int(found.stdout.split()[-1]) > 0
