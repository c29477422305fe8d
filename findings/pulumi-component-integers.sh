#!/usr/bin/env bash
# pulumi 3.272.0 (Python): a component of another language's program is served by pulumi.provider.experimental; one whose
# argument is annotated pulumi.Input[int] says "integer" in the schema that is inferred from it, and is handed a float,
# 3.0. In a Python program, which calls the class itself, it is 3. One would guess that what is declared a whole number
# arrives as one: other inputs are mapped to the declared types.
# Why it matters: range(count), names made from it ("row-3.0") and its JSON differ between a Python program and
# a YAML or TypeScript one of the same component, or fail there alone. int(value) where a whole number is meant mends it.
# https://www.pulumi.com/docs/iac/using-pulumi/extending-pulumi/build-a-component/
# Seen on 2026-11-29 with pulumi 3.272.0, Python 3.11: "count": {"type": "integer"} float 3.0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "pulumi==3.272.0"
cat > "$folder/see.py" <<'PY'
import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TypedDict

import grpc
import pulumi
from google.protobuf import empty_pb2
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ProviderServicer
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc, resource_pb2, resource_pb2_grpc

got = []


class RowArgs(TypedDict):
    count: pulumi.Input[int]


class Row(pulumi.ComponentResource):
    def __init__(self, name: str, args: RowArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("a:index:Row", name, {}, opts)
        got.append(args["count"])


class Engine(engine_pb2_grpc.EngineServicer, resource_pb2_grpc.ResourceMonitorServicer):
    def Log(self, request, context):
        return empty_pb2.Empty()

    def SupportsFeature(self, request, context):
        return resource_pb2.SupportsFeatureResponse(hasSupport=False)

    def RegisterResource(self, request, context):
        return resource_pb2.RegisterResourceResponse(urn=f"urn:pulumi:s::p::{request.type}::{request.name}")

    def RegisterResourceOutputs(self, request, context):
        return empty_pb2.Empty()


async def main():
    provider = ComponentProvider([Row], "a")
    print(provider.schema[provider.schema.index('"count"') :][:28], end=" ")
    behind = grpc.server(ThreadPoolExecutor(4))
    engine = Engine()
    engine_pb2_grpc.add_EngineServicer_to_server(engine, behind)
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(engine, behind)
    address = f"127.0.0.1:{behind.add_insecure_port('127.0.0.1:0')}"
    behind.start()
    server = grpc.aio.server()
    servicer = ProviderServicer(provider, args=[], engine_address=address)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        request = provider_pb2.ConstructRequest(type="a:index:Row", name="row", parallel=1, monitorEndpoint=address)
        request.project, request.stack = "p", "s"
        request.inputs["count"] = 3
        await provider_pb2_grpc.ResourceProviderStub(channel).Construct(request)
    await server.stop(0)
    behind.stop(0)


asyncio.run(main())
print(type(got[0]).__name__, got[0])
PY
said=$("$folder/venv/bin/python" "$folder/see.py" 2> "$folder/log") || { cat "$folder/log"; exit 1; }
echo "pulumi 3.272.0: $said"
[ "$said" = '"count": {"type": "integer"} float 3.0' ]
