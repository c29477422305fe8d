"""What the CDK synthesises: a cloud assembly, whose manifest names its templates.

https://docs.aws.amazon.com/cdk/v2/guide/deploy.html#deploy-how-synth-app
"""

from __future__ import annotations

from asl.reading.building import Place, UnreadableError
from asl.reading.json_text import read_json
from asl.reading.templates.parts import Load, Part

MANIFEST = "manifest.json"
_STACK, _ASSEMBLY, _ASSETS = "aws:cloudformation:stack", "cdk:cloud-assembly", "cdk:asset-manifest"
_TEMPLATE = ".template.json"
_DEEPEST = 10
"""Assemblies in assemblies; a manifest that names its own folder has no end."""


def is_manifest(document: Part) -> bool:
    """Whether `document` is the manifest of a cloud assembly."""
    return any(part.get("type").text in (_STACK, _ASSEMBLY) for _, part in document.get("artifacts").items())


def templates(manifest: Part, load: Load, depth: int = 0) -> list[str]:
    """The templates of an assembly, of its nested stacks and of the assemblies in it, relative to its folder.

    A template that lies there and is not named is left from an earlier synthesis.
    """
    found: dict[str, None] = {}
    for _, artifact in manifest.get("artifacts").items():
        properties, kind = artifact.get("properties"), artifact.get("type").text
        if kind == _STACK:
            found[properties.get("templateFile").text] = None
        elif kind == _ASSEMBLY and depth < _DEEPEST:
            folder = properties.get("directoryName").text
            inner = beneath(folder, load)
            found |= {f"{folder}/{file}": None for file in templates(_json(MANIFEST, inner), inner, depth + 1)}
    nested = [file for file in _assets(manifest, load).values() if file.endswith(_TEMPLATE)]
    return list(found | dict.fromkeys(nested))


def beneath(folder: str, load: Load) -> Load:
    """`load` for paths relative to a folder."""
    return lambda name: load(f"{folder}/{name}" if folder else name)


def located(load: Load) -> dict[str, str]:
    """Which file of an assembly's folder an object in the assets' bucket is made of, by the object's key."""
    return _assets(_json(MANIFEST, load), load)


def _assets(manifest: Part, load: Load) -> dict[str, str]:
    artifacts = [artifact for _, artifact in manifest.get("artifacts").items()]
    return {
        destination.get("objectKey").text: asset.get("source", "path").text
        for artifact in artifacts
        if artifact.get("type").text == _ASSETS
        for _, asset in _json(artifact.get("properties", "file").text, load).get("files").items()
        for _, destination in asset.get("destinations").items()
    }


def _json(file: str, load: Load) -> Part:
    """What is in `file`; nothing where it is not there, or no JSON."""
    try:
        found = read_json(load(file))
    except (OSError, UnreadableError):
        return Part(None, Place(1))
    return Part(found.value, found.place)
