"""Functions of a few lines, for tests of the embedded cloud itself."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pulumi

from emulator import bridge
from emulator.cloud import Cloud


def function(cloud: Cloud, folder: Path, name: str, source: str) -> str:
    """A function whose module is `source`; its ARN."""
    archive = folder / f"{name}.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("module.py", source)
    inputs = {
        "name": name,
        "handler": "module.handler",
        "role": "arn:aws:iam::000000000000:role/any",
        "timeout": 10,
        "memorySize": 128,
        "environment": {"variables": {}},
        "tracingConfig": {"mode": "PassThrough"},
        "code": pulumi.FileArchive(str(archive)),
    }
    return bridge.create(cloud, "aws:lambda/function:Function", inputs)[1]["arn"]
