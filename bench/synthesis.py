"""AWS CDK, the peer of some benchmarks: installed once into the cache, synthesising without AWS."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from emulator.engine.command import cache

_APPS = Path(__file__).with_name("cdk")


def cdk() -> Callable[..., None]:
    """What runs an app of `bench/cdk` by its name and arguments, with AWS CDK installed for it."""
    installed = cache() / "bench-cdk"
    shutil.copytree(_APPS, installed, dirs_exist_ok=True)
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=installed, check=True)

    def synthesise(app: str, *arguments: object) -> None:
        subprocess.run(["node", app, *map(str, arguments)], cwd=installed, check=True, capture_output=True)

    return synthesise
