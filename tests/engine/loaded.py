"""What the commands of the runbook load before they do anything, for `tests.forked`."""

from __future__ import annotations

import contextlib
import importlib
import io

from awscli.clidriver import create_clidriver

from emulator.preview import SLOW

for name in ("pulumi.automation", *(f"pulumi_aws.{one}" for one in SLOW), "components.orders"):
    importlib.import_module(name)

with contextlib.redirect_stdout(io.StringIO()):
    # Most of what a call of AWS needs is imported on the way to it, up to where this asks for its form instead.
    create_clidriver().main(["sts", "get-caller-identity", "--generate-cli-skeleton"])
