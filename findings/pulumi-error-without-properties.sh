#!/usr/bin/env bash
# pulumi 3.272.0 (Python): a component provider that refuses its inputs by InputPropertiesError("why"), whose list of
# properties is optional by its signature, tells its user "'Status' object has no attribute 'trailing_metadata'" and not why.
# With an empty list beside the message the user is told why, and that the inputs are wrong. One would guess that leaving
# out an optional argument is the same as giving an empty one.
# Why it matters: the sentence that was meant for the user, and the kind of error, are lost on the one path on which
# nobody looks, since a test that catches the exception sees it whole.
# https://www.pulumi.com/docs/reference/pkg/python/pulumi/
# Seen on 2026-11-29 with pulumi 3.272.0, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "pulumi==3.272.0"
cat > "$folder/see.py" <<'PY'
import asyncio
import sys
import grpc
from pulumi.errors import InputPropertiesError
from pulumi.provider import Provider
from pulumi.provider.server import ProviderServicer
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, resource_pb2, resource_pb2_grpc


class Refusing(Provider):
    def __init__(self, *errors):
        super().__init__("1.0.0")
        self.errors = errors

    def construct(self, name, resource_type, inputs, options=None):
        raise InputPropertiesError("the size is wrong", *self.errors)


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    async def SupportsFeature(self, request, context):
        return resource_pb2.SupportsFeatureResponse(hasSupport=False)


async def asked(*errors):
    server = grpc.aio.server()
    servicer = ProviderServicer(Refusing(*errors), args=[], engine_address="127.0.0.1:1")
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(Monitor(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            request = provider_pb2.ConstructRequest(type="a:b:C", name="c", parallel=1)
            request.monitorEndpoint = f"127.0.0.1:{port}"
            await stub.Construct(request)
    except grpc.aio.AioRpcError as error:
        return error.code().name, error.details()
    finally:
        await server.stop(0)


print(asyncio.run(asked(*([[]] if sys.argv[1:] else []))))
PY
without=$("$folder/venv/bin/python" "$folder/see.py" 2> /dev/null)
with=$("$folder/venv/bin/python" "$folder/see.py" empty 2> /dev/null)
echo "pulumi 3.272.0, without a list: $without; with an empty one: $with"
[[ $without == *UNKNOWN*"no attribute 'trailing_metadata'"* ]]
[ "$with" = "('INVALID_ARGUMENT', 'the size is wrong')" ]
