"""Lambda functions, with the one swap that makes them behave as on AWS.

ministack's own Python runtime forgets the class of an exception, which is the error's name in ASL. So a function is
created with a custom runtime that runs AWS's own client for Python, in processes of `emulator.function_host`. Its
dependencies are those of the Python that runs this program: the layer, built for Lambda's processor, stays out.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pulumi

from emulator.bridge.types import Create, Created, Inputs
from emulator.cloud import Cloud
from emulator.function_host import bootstrap

RUNTIME = "provided.al2023"
_NO_TRACING = {"POWERTOOLS_TRACE_DISABLED": "true"}


def _function(cloud: Cloud, inputs: Inputs) -> Created:
    client = cloud.client("lambda")
    made = client.create_function(
        FunctionName=inputs["name"],
        Runtime=RUNTIME,
        Handler=inputs["handler"],
        Role=inputs["role"],
        Code={"ZipFile": _with_bootstrap(inputs["code"], bootstrap(cloud.function_host))},
        Timeout=int(inputs["timeout"]),
        MemorySize=int(inputs["memorySize"]),
        Environment={"Variables": {**inputs["environment"]["variables"], **_NO_TRACING}},
        TracingConfig={"Mode": inputs["tracingConfig"]["mode"]},
        Tags=dict(inputs.get("tags", {})),
        Publish=True,
    )
    reserved = int(inputs["reservedConcurrentExecutions"])
    if reserved >= 0:
        client.put_function_concurrency(FunctionName=inputs["name"], ReservedConcurrentExecutions=reserved)
    unqualified = made["FunctionArn"].removesuffix(f":{made['Version']}")
    outputs = {"arn": unqualified, "version": made["Version"], "qualifiedArn": f"{unqualified}:{made['Version']}"}
    return inputs["name"], {**inputs, **outputs}


def _with_bootstrap(code: pulumi.Archive, script: str) -> bytes:
    assert isinstance(code, pulumi.FileArchive)  # noqa: S101 what components.Function always gives
    with open(code.path, "rb") as source:
        content = io.BytesIO(source.read())
    with zipfile.ZipFile(content, "a") as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, script)
    return content.getvalue()


def _alias(cloud: Cloud, inputs: Inputs) -> Created:
    alias = cloud.client("lambda").create_alias(
        FunctionName=inputs["functionName"], Name=inputs["name"], FunctionVersion=inputs["functionVersion"]
    )
    return alias["AliasArn"], {**inputs, "arn": alias["AliasArn"]}


def _layer(cloud: Cloud, inputs: Inputs) -> Created:
    made = cloud.client("lambda").publish_layer_version(
        LayerName=inputs["layerName"],
        Content={"ZipFile": _EMPTY_ZIP},
        CompatibleRuntimes=inputs["compatibleRuntimes"],
    )
    return made["LayerVersionArn"], {**inputs, "arn": made["LayerVersionArn"], "layerArn": made["LayerArn"]}


_EMPTY_ZIP = b"PK\x05\x06" + bytes(18)

CREATE: Mapping[str, Create] = {
    "aws:lambda/function:Function": _function,
    "aws:lambda/alias:Alias": _alias,
    "aws:lambda/layerVersion:LayerVersion": _layer,
}
