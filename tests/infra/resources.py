"""Every resource of a stack as Pulumi's engine is asked for it, written so that a change reads as what it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict

from orderflow.testing.stack import Stack

# How the SDK marks what is no plain value, and how it marks secrets and files: pulumi/runtime/rpc.py.
_SPECIAL = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_FILES = ("c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7")  # an asset, an archive

_OF_THE_SDK = {"acceptResources", "acceptSecrets", "custom", "deleteBeforeReplaceDefined", "hooks"}
_OF_THE_SDK |= {"sourcePosition", "stackTrace", "supportsPartialValues", "supportsResultReporting", "version"}
"""What a request says of the SDK, and of the line that it comes from. All else is told, so a new option is, too."""


def resources(stack: Stack) -> dict[str, Any]:
    """By type and name: the inputs and the options of each resource.

    A secret is `{"secret": value}`, a file `{"file": name}` without its bytes, a JSON text `{"JSON": document}`.
    """
    return {f"{one.type} {one.name}": _resource(MessageToDict(one.request)) for one in stack.resources()}


def differences(found: Any, other: Any, path: str = "") -> dict[str, Any]:
    """By path, what `found` holds where `other` holds something else; None where it holds nothing."""
    if found == other:
        return {}
    if isinstance(found, dict) and isinstance(other, dict):
        names = sorted(found.keys() | other.keys())
        inner = [(f"{path}.{name}" if path else name, found.get(name), other.get(name)) for name in names]
    elif isinstance(found, list) and isinstance(other, list) and len(found) == len(other):
        inner = [(f"{path}[{index}]", *pair) for index, pair in enumerate(zip(found, other, strict=True))]
    else:
        return {path: found}
    return {place: value for here, one, two in inner for place, value in differences(one, two, here).items()}


def renamed(document: Any, old: str, new: str) -> Any:
    """The document of stack `old` as that of `new` would be if they differed in their names alone."""
    text = json.dumps(document)
    for before, after in ((f"orderflow-{old}", f"orderflow-{new}"), (f'"Stack": "{old}"', f'"Stack": "{new}"')):
        text = text.replace(before, after)
    return json.loads(text)


def shortened(found: Mapping[str, Any]) -> dict[str, Any]:
    """Without what has a golden file of its own: the machines' definitions, and what the roles allow whom."""
    apart = {"definition", "policy", "assumeRolePolicy"}
    return {
        key: {**one, "inputs": {name: value for name, value in one["inputs"].items() if name not in apart}}
        if key.startswith(("aws:sfn/stateMachine:", "aws:iam/role"))
        else one
        for key, one in found.items()
    }


def _resource(request: dict[str, Any]) -> dict[str, Any]:
    inputs = {name: _readable(value) for name, value in request.pop("object").items()}
    if "sourceCodeHash" in inputs:
        inputs["sourceCodeHash"] = "the zip's digest"
    options = {name: value for name, value in request.items() if name not in (*_OF_THE_SDK, "type", "name")}
    uses = options.pop("propertyDependencies", {})
    because = {_short(urn) for given in uses.values() for urn in given.get("urns", ())}
    after = {_short(urn) for urn in options.pop("dependencies", ())} - because
    for name, listed in (("uses", because), ("after", after)):
        if listed:
            options[name] = sorted(listed)
    if "parent" in options:
        options["parent"] = _short(options["parent"])
    if "replaceWith" in options:
        options["replaceWith"] = [_short(urn) for urn in options["replaceWith"]]
    return {"inputs": inputs, "options": options}


def _short(urn: str) -> str:
    """The type and name of a URN: https://www.pulumi.com/docs/iac/concepts/resources/names/#urns"""
    _, _, type, name = urn.rsplit("::", 3)
    return f"{type.rpartition('$')[2]} {name}"


def _readable(value: Any) -> Any:
    match value:
        case {"value": inner} if value.get(_SPECIAL) == _SECRET:
            return {"secret": _readable(inner)}
        case {"path": path} if value.get(_SPECIAL) in _FILES:
            return {"file": Path(path).name}
        case dict():
            return {name: _readable(inner) for name, inner in value.items()}
        case list():
            return [_readable(inner) for inner in value]
        case float() if value.is_integer():
            return int(value)
        case str() if value.startswith(("{", "[")):
            return _parsed(value)
        case _:
            return value


def _parsed(text: str) -> Any:
    """A rule's template only begins as JSON does: places of the event stand in it without quotation marks."""
    try:
        return {"JSON": json.loads(text)}
    except ValueError:
        return text
