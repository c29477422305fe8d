"""The AWS provider as Pulumi's engine sees it: a gRPC server whose resources are made in the embedded cloud.

It stands in for the pulumi-aws plugin, which needs an AWS account. The protocol:
https://pulumi-developer-docs.readthedocs.io/latest/docs/_generated/proto/provider.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import metadata
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import rpc
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from emulator import bridge
from emulator.bridge.resource import Found, Resource
from emulator.cloud import Cloud

Before = Callable[[str, str], None]
"""Called with an operation (`create`, `update`, `delete`) and a URN before it is done; what it raises fails it.

A resource that was created is then asked to `initialize`: where that fails, it is there and does not work.
"""

_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key that marks an asset or archive among a resource's properties."""


@contextmanager
def serve(cloud: Cloud, before: Before = lambda operation, urn: None) -> Iterator[int]:
    """Run the provider for `cloud` on a free port of the loopback interface, and give the port."""
    server = grpc.server(ThreadPoolExecutor(32), options=[("grpc.max_receive_message_length", 2**28)])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(cloud, before), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(grace=1).wait()


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Answers for each resource type that the bridge knows."""

    def __init__(self, cloud: Cloud, before: Before) -> None:
        self._cloud = cloud
        self._before = before

    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse()

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=metadata.version("pulumi-aws"))

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:
        """The engine keeps track of secrets itself: none reaches a provider that does not accept them wrapped."""
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Invoke(self, request: Any, context: Any) -> Any:
        with _told(context):
            response = provider_pb2.InvokeResponse()
            getattr(response, "return").update(bridge.invoke(request.tok))
            return response

    def Check(self, request: Any, context: Any) -> Any:
        with _told(context):
            bridge.resource(_type(request))
            return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> Any:
        kind, old, new = bridge.resource(_type(request)), _plain(request.old_inputs), _plain(request.news)
        changed = sorted(_changed(old, new) - set(request.ignoreChanges))
        replaces = sorted(path for path in kind.replaced_by if path.split(".")[0] in changed and _moved(path, old, new))
        none, some = provider_pb2.DiffResponse.DIFF_NONE, provider_pb2.DiffResponse.DIFF_SOME
        return provider_pb2.DiffResponse(
            changes=some if changed else none,
            diffs=changed,
            replaces=replaces,
            # The old one has the name that the new one wants.
            deleteBeforeReplace=bool(replaces) and kind.autonamed and "name" not in changed,
            detailedDiff={path: _difference(path, old, new, replaces) for path in {*changed, *replaces}},
            hasDetailedDiff=True,
        )

    def Create(self, request: Any, context: Any) -> Any:
        kind = bridge.resource(_type(request))
        if request.preview:
            outputs = dict.fromkeys(kind.outputs, rpc.UNKNOWN)
            return provider_pb2.CreateResponse(properties=_with(request.properties, outputs))
        with _told(context):
            self._before("create", request.urn)
            inputs = rpc.deserialize_properties(request.properties)
            id = kind.create(self._cloud, inputs)
            properties = self._now(kind, id, request.properties)
        try:
            self._before("initialize", request.urn)
        except Exception as error:
            failed = provider_pb2.ErrorResourceInitFailed(id=id, properties=properties, reasons=[str(error)])
            _abort_with(failed, context)
        return provider_pb2.CreateResponse(id=id, properties=properties)

    def Read(self, request: Any, context: Any) -> Any:
        kind = bridge.resource(_type(request))
        with _told(context):
            found = kind.read(self._cloud, request.id, _plain(request.properties))
            if found is None:
                return provider_pb2.ReadResponse()
            inputs = _observed(request.inputs, found)
            return provider_pb2.ReadResponse(id=request.id, inputs=inputs, properties=_with(inputs, found.outputs))

    def Update(self, request: Any, context: Any) -> Any:
        kind, old, new = bridge.resource(_type(request)), _plain(request.old_inputs), _plain(request.news)
        if request.preview:
            outputs = {name: request.olds[name] for name in kind.outputs if name in request.olds}
            outputs |= dict.fromkeys(kind.moved(_changed(old, new)), rpc.UNKNOWN)
            return provider_pb2.UpdateResponse(properties=_with(request.news, outputs))
        with _told(context):
            self._before("update", request.urn)
            after = rpc.deserialize_properties(request.news)
            before = old | {name: after[name] for name in after if old.get(name) == new[name]}
            kind.update(self._cloud, request.id, before, after)
            return provider_pb2.UpdateResponse(properties=self._now(kind, request.id, request.news))

    def Delete(self, request: Any, context: Any) -> Any:
        with _told(context):
            self._before("delete", request.urn)
            bridge.resource(_type(request)).delete(self._cloud, request.id, _plain(request.properties))
            return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def _now(self, kind: Resource, id: str, inputs: struct_pb2.Struct) -> struct_pb2.Struct:
        found = kind.read(self._cloud, id, _plain(inputs))
        return _with(inputs, found.outputs if found else {})


@contextmanager
def _told(context: Any) -> Iterator[None]:
    """Whatever fails reaches the user's diagnostics in its own words, beside the resource that it was about."""
    try:
        yield
    except Exception as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))


def _abort_with(detail: Any, context: Any) -> None:
    """Fail with what the engine reads more of than words: https://grpc.io/docs/guides/error/#richer-error-model"""
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message="; ".join(detail.reasons))
    status.details.add().Pack(detail)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, status.message)


def _type(request: Any) -> str:
    return request.urn.split("::")[2].split("$")[-1]


def _with(properties: struct_pb2.Struct, more: dict[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.CopyFrom(properties)
    struct.update(more)
    return struct


def _plain(properties: struct_pb2.Struct) -> dict[str, Any]:
    """Properties as JSON values; an asset or archive as its hash, for its path says nothing of what is in it."""

    def simplified(value: Any) -> Any:
        if isinstance(value, list):
            return [simplified(inner) for inner in value]
        if not isinstance(value, dict):
            return value
        return value["hash"] if _SIGNATURE in value else {name: simplified(inner) for name, inner in value.items()}

    return simplified(MessageToDict(properties))


def _changed(old: dict[str, Any], new: dict[str, Any]) -> set[str]:
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def _moved(path: str, old: dict[str, Any], new: dict[str, Any]) -> bool:
    return _at(path, old) != _at(path, new)


def _at(path: str, inputs: dict[str, Any]) -> Any:
    """The input at a path, None where there is none. What is unknown is unknown in all that it would hold."""
    value: Any = inputs
    for name in path.split("."):
        if not isinstance(value, dict):
            return value
        value = value.get(name)
    return value


def _difference(path: str, old: dict[str, Any], new: dict[str, Any], replaces: list[str]) -> Any:
    kinds = provider_pb2.PropertyDiff
    if _at(path, old) is None:
        kind = kinds.ADD_REPLACE if path in replaces else kinds.ADD
    elif _at(path, new) is None:
        kind = kinds.DELETE_REPLACE if path in replaces else kinds.DELETE
    else:
        kind = kinds.UPDATE_REPLACE if path in replaces else kinds.UPDATE
    return kinds(kind=kind, inputDiff=True)


def _observed(known: struct_pb2.Struct, found: Found) -> struct_pb2.Struct:
    """The known inputs, changed where the cloud has something else; of an import, all that the cloud tells."""
    before = _plain(known)
    drifted = {
        name: value
        for name, value in found.inputs.items()
        if not before or (name in before and not _equivalent(before[name], value))
    }
    return _with(known, drifted)


def _equivalent(one: Any, other: Any) -> bool:
    """Whether they say the same: a service gives a policy back in words of its own."""
    try:
        return one == other or json.loads(one) == json.loads(other)
    except (TypeError, ValueError):
        return False
