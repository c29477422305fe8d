"""Pulumi's own engine against the embedded cloud: real previews, diffs, updates and state, without an AWS account."""

from emulator.engine.command import NoEngineError, pulumi_command, yaml_host
from emulator.engine.deploy import DeploymentError, deploy
from emulator.engine.workspace import Engine, engine

__all__ = ["DeploymentError", "Engine", "NoEngineError", "deploy", "engine", "pulumi_command", "yaml_host"]
