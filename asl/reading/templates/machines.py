"""The state machines in a file of any kind that people deploy from."""

from __future__ import annotations

from typing import NamedTuple

from asl.reading.json_text import read_json
from asl.reading.templates import cdk, cloudformation, described, serverless, terraform
from asl.reading.templates.files import is_yaml
from asl.reading.templates.parts import Found, Load, Part, PassedOver
from asl.reading.templates.yaml_parts import read_yaml_template


class FoundIn(NamedTuple):
    """A machine and the template it is in, by its path from the folder of the file that was given; empty for that."""

    template: str
    machine: Found


def machines(name: str, text: str, load: Load) -> list[FoundIn] | None:
    """The machines in the template or the CDK's manifest `text`, whose file is called `name`; None if it is neither.

    Raises:
        UnreadableError: for what is no JSON or YAML.
    """
    document = read_template(name, text)
    if document.get("StartAt").value is not None:
        return None
    if cdk.is_manifest(document):
        return [found for file in cdk.templates(document, load) for found in _of_assembly(file, load)]
    return _in(document, "", load)


def _of_assembly(file: str, load: Load) -> list[FoundIn]:
    folder = file.rpartition("/")[0]
    try:
        document = read_template(file, load(file))
    except OSError as error:
        why = f"the manifest names it, and it cannot be read: {error.strerror or error}; synthesise anew"
        return [FoundIn(file, PassedOver("the template", 1, why))]
    return _in(document, file, cdk.beneath(folder, load)) or []


def _in(document: Part, file: str, load: Load) -> list[FoundIn] | None:
    """The machines in `document` by its kind."""
    if serverless.is_serverless(document):
        found = serverless.machines(document, load)
    elif cloudformation.is_cloudformation(document):
        found = cloudformation.machines(document, load, cdk.located(load))
    elif described.is_description(document):
        found = [described.machine(document)]
    elif terraform.is_terraform(document):
        found = terraform.machines(document, load)
    else:
        return None
    return [FoundIn(file, one) for one in found]


def read_template(name: str, text: str) -> Part:
    """What a template's text holds, with lines; `name` is its file's.

    Raises:
        UnreadableError: for what is no JSON or YAML.
    """
    if is_yaml(name, text):
        return read_yaml_template(text)
    found = read_json(text)
    return Part(found.value, found.place)
