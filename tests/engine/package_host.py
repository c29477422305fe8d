"""Serves the package in this process, as Pulumi would by its language host, which is not among the Go modules.

Pulumi starts a package with its own address, and attaches to one that is there already by telling it: a call that the
SDK does not answer.
"""

from __future__ import annotations

import runpy
import sys
from typing import Any

from google.protobuf import empty_pb2
from pulumi.provider.server import ProviderServicer
from pulumi.runtime import _grpc_settings


async def attach(self: ProviderServicer, request: Any, context: Any) -> Any:
    self.engine_address = request.address
    return empty_pb2.Empty()


if __name__ == "__main__":
    # Each run has an engine of its own, perhaps at the port of one that is gone.
    _grpc_settings._GRPC_CHANNEL_OPTIONS.append(("grpc.use_local_subchannel_pool", 1))
    ProviderServicer.Attach = attach
    program = sys.argv[1]
    sys.argv[:] = [program, "127.0.0.1:0"]
    runpy.run_path(program, run_name="__main__")
