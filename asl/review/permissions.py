"""Which permissions a reviewer should look at first, and why."""

from __future__ import annotations

import re

from asl.permissions.policy import Allowed
from asl.permissions.roles import MACHINE_LOG_GROUP, MACHINE_LOGGING, MACHINE_TRACING

_EVERY_MACHINE = {*MACHINE_LOG_GROUP.actions, *MACHINE_LOGGING.actions, *MACHINE_TRACING.actions}
_READS = re.compile(r"[\w-]+:(?:Batch)?(?:Get|List|Describe)\w*")
_GRANTS = re.compile(r"(?:iam|sts|organizations):\w+|[\w-]+:\w*(?:Policy|Permission|Grant|Role)\w*")
_DESTROYS = re.compile(r"[\w-]+:(?:Admin|Batch|PartiQL)?(?:Delete|Drop|Purge|Remove|Terminate|Deregister)\w*")
_SECRETS = re.compile(r"secretsmanager:(?:Batch)?GetSecretValue|kms:(?:Decrypt|GenerateDataKey\w*)|ssm:GetParameter\w*")
_EVERYTHING = re.compile(r"\*|arn:(?:[^:]*:){4}(?:[\w-]+[:/])?\*")
"""All resources, or all of a kind: the name is open."""


def dangers(permission: Allowed) -> list[str]:
    """Why `permission` is worth a second look, in words; nothing for most."""
    if permission.action in _EVERY_MACHINE:
        return []
    found: list[str] = []
    if _EVERYTHING.fullmatch(permission.resource):
        found.append("on everything of its kind")
    if _SECRETS.fullmatch(permission.action):
        found.append("reads secrets")
    elif _READS.fullmatch(permission.action):
        return found
    if _GRANTS.fullmatch(permission.action):
        found.append("decides who may do what")
    if _DESTROYS.fullmatch(permission.action):
        found.append("destroys")
    return found
