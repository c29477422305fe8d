"""Deploying the program into the embedded cloud through Pulumi's own engine."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi.automation import ConfigValue
from pulumi.automation.errors import CommandError

from emulator.cloud import Cloud
from emulator.engine.workspace import engine


class DeploymentError(RuntimeError):
    """Pulumi refused or failed; the message is what it said."""


def deploy(cloud: Cloud, stack: str = "local", *, config: Mapping[str, str]) -> dict[str, Any]:
    """Preview `stack`, then deploy it into `cloud`; returns its outputs, with the `endpointUrl` that clients need here.

    `config` replaces single values of the stack's configuration. The stack's state is thrown away: the cloud goes when
    its process does.

    Raises:
        DeploymentError: when the preview or the deployment fails, with the diagnostics.
        NoEngineError: when there is no Pulumi on this machine and no way to get one.
    """
    with tempfile.TemporaryDirectory(prefix="orderflow-engine-") as home, engine(cloud, Path(home)) as running:
        deployed = running.stack(stack)
        deployed.set_all_config({key: ConfigValue(value) for key, value in config.items()})
        try:
            deployed.preview()
            outputs = deployed.up().outputs
        except CommandError as error:
            raise DeploymentError(str(error)) from error
    return {**{name: output.value for name, output in outputs.items()}, "endpointUrl": cloud.endpoint}
