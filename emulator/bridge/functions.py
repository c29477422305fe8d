"""Lambda functions, with the one swap that makes them behave as on AWS.

ministack's own Python runtime forgets the class of an exception, which is the error's name in ASL. So a function is
created with a custom runtime that runs AWS's own client for Python, in processes of `emulator.function_host`. Its
dependencies are those of the Python that runs this program: the layer, built for Lambda's processor, stays out.
"""

from __future__ import annotations

import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pulumi

from emulator.bridge.resource import Found, Inputs, Resource, chosen, differs, dropped, pascal
from emulator.cloud import REGION, Cloud
from emulator.forking import client

RUNTIME = "provided.al2023"
_NO_TRACING = {"POWERTOOLS_TRACE_DISABLED": "true"}
_CODE = ("code", "sourceCodeHash", "imageUri")
_CONFIGURATION = ("handler", "role", "timeout", "memorySize", "environment", "tracingConfig", "layers", "runtime")


class Function(Resource):
    replaced_by = frozenset({"name", "packageType", "tenancyConfig"})
    outputs = ("arn", "version", "qualifiedArn", "invokeArn")

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        client, name = cloud.client("lambda"), inputs["name"]
        client.create_function(
            FunctionName=name,
            Runtime=_runtime(inputs),
            Code={"ZipFile": _code(cloud, inputs)},
            Tags=dict(inputs.get("tags") or {}),
            Publish=True,
            **_configuration(inputs),
        )
        _reserve(client, name, inputs)
        return name

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("lambda")
        try:
            found = client.get_function(FunctionName=id)
        except client.exceptions.ResourceNotFoundException:
            return None
        is_, arn = found["Configuration"], found["Configuration"]["FunctionArn"]
        variables = {k: v for k, v in is_["Environment"]["Variables"].items() if k not in _NO_TRACING}
        inputs = {
            "name": id,
            **({} if known.get("imageUri") else {"handler": is_["Handler"]}),
            "role": is_["Role"],
            "timeout": is_["Timeout"],
            "memorySize": is_["MemorySize"],
            "environment": {"variables": variables},
            "reservedConcurrentExecutions": found.get("Concurrency", {}).get("ReservedConcurrentExecutions", -1),
            "tags": found.get("Tags", {}),
        }
        version = _newest(client, id)
        outputs = {"arn": arn, "version": version, "qualifiedArn": f"{arn}:{version}", "invokeArn": _invoke_arn(arn)}
        return Found(inputs, outputs)

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        client = cloud.client("lambda")
        if differs(old, new, *_CODE):
            client.update_function_code(FunctionName=id, ZipFile=_code(cloud, new))
        if differs(old, new, *_CONFIGURATION):
            client.update_function_configuration(FunctionName=id, Runtime=_runtime(new), **_configuration(new))
        if differs(old, new, *_CODE, *_CONFIGURATION):
            client.publish_version(FunctionName=id)
        if differs(old, new, "reservedConcurrentExecutions"):
            _reserve(client, id, new)
        if differs(old, new, "tags"):
            arn = client.get_function_configuration(FunctionName=id)["FunctionArn"]
            client.untag_resource(Resource=arn, TagKeys=dropped(old, new))
            client.tag_resource(Resource=arn, Tags=dict(new.get("tags") or {}))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("lambda")
        with suppress(client.exceptions.ResourceNotFoundException):
            client.delete_function(FunctionName=id)

    def moved(self, changed: Collection[str]) -> tuple[str, ...]:
        return ("version", "qualifiedArn") if {*_CODE, *_CONFIGURATION} & set(changed) else ()


def _configuration(inputs: Inputs) -> dict[str, Any]:
    variables = {**inputs["environment"]["variables"], **_NO_TRACING}
    return {
        "Handler": inputs.get("handler", "image.handler"),
        "Role": inputs["role"],
        "Timeout": int(inputs["timeout"]),
        "MemorySize": int(inputs["memorySize"]),
        "Environment": {"Variables": variables},
        "TracingConfig": {"Mode": inputs["tracingConfig"]["mode"]},
    }


def _reserve(client: Any, name: str, inputs: Inputs) -> None:
    reserved = int(inputs.get("reservedConcurrentExecutions", -1))
    if reserved >= 0:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
    else:
        client.delete_function_concurrency(FunctionName=name)


def _newest(client: Any, name: str) -> str:
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=name)
    versions = (version["Version"] for page in pages for version in page["Versions"])
    return str(max(int(version) for version in versions if version != "$LATEST"))


def _invoke_arn(function_arn: str) -> str:
    return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function_arn}/invocations"


def _runtime(inputs: Inputs) -> str:
    """That of Python's functions and of images is our own; other languages run as ministack runs them."""
    runtime: str = inputs.get("runtime", "python")
    return RUNTIME if runtime.startswith("python") else runtime


def _code(cloud: Cloud, inputs: Inputs) -> bytes:
    """The zip as it is run here."""
    if inputs.get("imageUri"):
        return _with_bootstrap(_IMAGE, client(cloud.function_host))
    if _runtime(inputs) == RUNTIME:
        return _with_bootstrap(inputs["code"], client(cloud.function_host))
    return Path(inputs["code"].path).read_bytes()


_IMAGE = """
def handler(event, context):
    raise NotImplementedError("The embedded cloud runs no container images: say what the task comes to in a file of "
                              "stubs, and start with `make cloud STUBS=stubs.yaml`.")
"""
"""What stands for an image."""


def _with_bootstrap(code: pulumi.Archive | str, script: str) -> bytes:
    content = io.BytesIO(Path(code.path).read_bytes() if isinstance(code, pulumi.FileArchive) else b"")
    with zipfile.ZipFile(content, "a") as archive:
        if isinstance(code, str):
            archive.writestr("image.py", code)
        for name, file in code.assets.items() if isinstance(code, pulumi.AssetArchive) else ():
            assert isinstance(file, pulumi.FileAsset)  # noqa: S101 what components.releaser gives
            archive.write(file.path, name)
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, script)
    return content.getvalue()


class InvocationError(RuntimeError):
    """The function failed."""


class Invocation(Resource):
    """A call that is made when it is created, and again by a new one. Nothing is read of it, as in pulumi-aws:
    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/lambda/invocation.go
    """

    replaced_by = frozenset({"functionName", "input", "qualifier", "triggers"})
    outputs = ()
    autonamed = False

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        """Raises InvocationError, with what the function says."""
        called = {"FunctionName": inputs["functionName"], "Qualifier": inputs.get("qualifier", "$LATEST")}
        answer = cloud.client("lambda").invoke(**called, Payload=inputs["input"])
        if "FunctionError" in answer:
            raise InvocationError(f"invoking Lambda Function ({inputs['functionName']}): {answer['Payload'].read()!r}")
        return f"{inputs['functionName']},{called['Qualifier']},{hashlib.sha256(inputs['input'].encode()).hexdigest()}"

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        return Found({}, {})

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        """What was called was called."""


class Alias(Resource):
    """Its id is its ARN; imported it is `function/alias`."""

    replaced_by = frozenset({"functionName", "name"})
    outputs = ("arn", "invokeArn")

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        return cloud.client("lambda").create_alias(
            FunctionName=inputs["functionName"], Name=inputs["name"], FunctionVersion=inputs["functionVersion"]
        )["AliasArn"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client, (function, name) = cloud.client("lambda"), _function_and(id)
        try:
            alias = client.get_alias(FunctionName=function, Name=name)
        except client.exceptions.ResourceNotFoundException:
            return None
        inputs = {"functionName": function, "name": name, "functionVersion": alias["FunctionVersion"]}
        return Found(inputs, {"arn": alias["AliasArn"], "invokeArn": _invoke_arn(alias["AliasArn"])})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        function, name = _function_and(id)
        cloud.client("lambda").update_alias(FunctionName=function, Name=name, FunctionVersion=new["functionVersion"])

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        function, name = _function_and(id)
        cloud.client("lambda").delete_alias(FunctionName=function, Name=name)


def _function_and(id: str) -> tuple[str, str]:
    """The function's name and the qualifier in an ARN or in `function/qualifier`."""
    function, qualifier = id.split(":")[-2:] if id.startswith("arn:") else id.split("/")
    return function, qualifier


class LayerVersion(Resource):
    """An empty one: see above. A version can be deleted though functions use it, and they go on with it."""

    described_by = ("compatibleRuntimes", "compatibleArchitectures", "description", "licenseInfo")
    replaced_by = frozenset({"layerName", "code", "sourceCodeHash", *described_by})
    outputs = ("arn", "layerArn", "version")
    autonamed = False

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        return cloud.client("lambda").publish_layer_version(
            LayerName=inputs["layerName"],
            Content={"ZipFile": b"PK\x05\x06" + bytes(18)},
            CompatibleRuntimes=inputs["compatibleRuntimes"],
        )["LayerVersionArn"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("lambda")
        try:
            layer = client.get_layer_version_by_arn(Arn=id)
        except client.exceptions.ResourceNotFoundException:
            return None
        layer_arn, version = id.rsplit(":", 1)
        inputs = {"layerName": layer_arn.split(":")[-1], "compatibleRuntimes": layer["CompatibleRuntimes"]}
        return Found(inputs, {"arn": id, "layerArn": layer_arn, "version": version})

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        layer_arn, version = id.rsplit(":", 1)
        cloud.client("lambda").delete_layer_version(LayerName=layer_arn.split(":")[-1], VersionNumber=int(version))


class Permission(Resource):
    """A statement of a function's resource policy; its id is the statement's."""

    narrowed_by = (
        "eventSourceToken",
        "functionUrlAuthType",
        "invokedViaFunctionUrl",
        "principalOrgId",
        "sourceAccount",
        "sourceArn",
    )
    replaced_by = frozenset({"function", "statementId", "action", "principal", "qualifier", *narrowed_by})
    outputs = ()
    autonamed = False

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        id = inputs.get("statementId") or f"pulumi-{uuid.uuid4().hex}"
        allowed = pascal(chosen(inputs, "action", "principal", *self.narrowed_by), {"PrincipalOrgId": "PrincipalOrgID"})
        cloud.client("lambda").add_permission(**_qualified(inputs), StatementId=id, **allowed)
        return id

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("lambda")
        try:
            policy = json.loads(client.get_policy(**_qualified(known))["Policy"])
        except client.exceptions.ResourceNotFoundException:
            return None
        return Found({}, {}) if any(statement["Sid"] == id for statement in policy["Statement"]) else None

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("lambda")
        with suppress(client.exceptions.ResourceNotFoundException):
            client.remove_permission(**_qualified(known), StatementId=id)


def _qualified(inputs: Inputs, function: str = "function") -> dict[str, str]:
    qualifier = {"Qualifier": inputs["qualifier"]} if inputs.get("qualifier") else {}
    return {"FunctionName": inputs[function], **qualifier}


class FunctionUrl(Resource):
    """In the embedded cloud a function answers under a path of the cloud's own address. Its id is `function/alias`.

    As pulumi-aws does, it lets everyone call a new URL of the type NONE, and does not take that back:
    https://www.pulumi.com/registry/packages/aws/api-docs/lambda/functionurl/
    """

    public: Mapping[str, Mapping[str, Any]] = {
        "FunctionURLAllowPublicAccess": {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"},
        "FunctionURLAllowInvokeAction": {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True},
    }

    replaced_by = frozenset({"functionName", "qualifier"})
    outputs = ("functionArn", "functionUrl", "urlId")
    autonamed = False

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        named = _qualified(inputs, "functionName")
        client = cloud.client("lambda")
        client.create_function_url_config(**named, **self._configuration(inputs))
        for id, statement in self.public.items() if inputs["authorizationType"] == "NONE" else ():
            with suppress(client.exceptions.ResourceConflictException):  # there since an earlier URL
                client.add_permission(**named, StatementId=id, Principal="*", **statement)
        return "/".join(named.values())

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("lambda")
        try:
            is_ = client.get_function_url_config(**self._named(id))
        except client.exceptions.ResourceNotFoundException:
            return None
        url_id = is_["FunctionUrl"].removeprefix("https://").partition(".")[0]
        url = f"{cloud.endpoint}/_aws/lambda-url/{url_id}/"
        inputs = {"authorizationType": is_["AuthType"], "invokeMode": is_["InvokeMode"]}
        return Found(inputs, {"functionArn": is_["FunctionArn"], "functionUrl": url, "urlId": url_id})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        cloud.client("lambda").update_function_url_config(**self._named(id), **self._configuration(new))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("lambda")
        with suppress(client.exceptions.ResourceNotFoundException):
            client.delete_function_url_config(**self._named(id))

    def _named(self, id: str) -> dict[str, str]:
        function, _, qualifier = id.partition("/")
        return _qualified({"function": function, "qualifier": qualifier})

    def _configuration(self, inputs: Inputs) -> dict[str, Any]:
        return {"AuthType": inputs["authorizationType"], **pascal(chosen(inputs, "cors", "invokeMode"))}


class EventSourceMapping(Resource):
    """What Lambda polls for a function: a queue or a stream. Its id is its UUID."""

    replaced_by = frozenset(
        {
            "eventSourceArn",
            "startingPosition",
            "startingPositionTimestamp",
            "selfManagedEventSource",
            "amazonManagedKafkaEventSourceConfig",
            "selfManagedKafkaEventSourceConfig",
            "queues",
            "topics",
        }
    )
    outputs = ("arn", "functionArn", "uuid", "state")
    autonamed = False
    changing = (
        "functionName",
        "enabled",
        "batchSize",
        "maximumBatchingWindowInSeconds",
        "maximumRetryAttempts",
        "maximumRecordAgeInSeconds",
        "bisectBatchOnFunctionError",
        "parallelizationFactor",
        "functionResponseTypes",
        "filterCriteria",
        "scalingConfig",
        "destinationConfig",
    )

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        names = ("eventSourceArn", "startingPosition", *self.changing)
        tags = dict(inputs.get("tags") or {})
        client = cloud.client("lambda")
        return client.create_event_source_mapping(**pascal(chosen(inputs, *names)), Tags=tags)["UUID"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("lambda")
        try:
            is_ = client.get_event_source_mapping(UUID=id)
        except client.exceptions.ResourceNotFoundException:
            return None
        inputs = {"eventSourceArn": is_["EventSourceArn"], "batchSize": is_["BatchSize"]}
        arn = is_["EventSourceMappingArn"]
        return Found(
            {**inputs, "enabled": is_["State"] in ("Enabled", "Enabling", "Creating", "Updating")},
            {"arn": arn, "functionArn": is_["FunctionArn"], "uuid": id, "state": is_["State"]},
        )

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        client = cloud.client("lambda")
        if differs(old, new, *self.changing):
            client.update_event_source_mapping(UUID=id, **pascal(chosen(new, *self.changing)))
        if differs(old, new, "tags"):
            arn = client.get_event_source_mapping(UUID=id)["EventSourceMappingArn"]
            client.untag_resource(Resource=arn, TagKeys=dropped(old, new))
            client.tag_resource(Resource=arn, Tags=dict(new.get("tags") or {}))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("lambda")
        with suppress(client.exceptions.ResourceNotFoundException):
            client.delete_event_source_mapping(UUID=id)


RESOURCES: Mapping[str, Resource] = {
    "aws:lambda/function:Function": Function(),
    "aws:lambda/alias:Alias": Alias(),
    "aws:lambda/invocation:Invocation": Invocation(),
    "aws:lambda/layerVersion:LayerVersion": LayerVersion(),
    "aws:lambda/permission:Permission": Permission(),
    "aws:lambda/functionUrl:FunctionUrl": FunctionUrl(),
    "aws:lambda/eventSourceMapping:EventSourceMapping": EventSourceMapping(),
}
