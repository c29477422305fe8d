"""The definitions that a command line names: files, templates with machines in them, folders, or standard input."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from asl.cli.usage import UsageError
from asl.reading import LONGEST, Text, UnreadableError, read
from asl.reading.templates import looks_like_template
from asl.syntax.shapes import Object, as_object

_HCL = ".tf"
_SUFFIXES = (".json", ".yaml", ".yml", ".template", _HCL)
_YAML = (".yaml", ".yml")
_LARGEST_BYTES = 4 * LONGEST
_SKIPPED = ("node_modules", "__pycache__")
_LIKELY = re.compile(r"\"(?:StartAt|States)\"|^['\"]?(?:StartAt|States)\b", re.MULTILINE)
"""What makes a file in a folder worth reading: there are others beside it, of many kinds."""
_FIELDS = {"StartAt", "States"}
_TERRAFORM = re.compile(r'resource\s+"aws_sfn_state_machine"')
_MANIFEST = "manifest.json"
_INPUT = "standard input"


class Source(NamedTuple):
    """One definition by the name of its file; `problem` where it cannot be read.

    Of a `machine` in a `template`, the file may be another one; its `type` is None where the template does not tell it.
    """

    name: str
    text: Text | None
    problem: UnreadableError | None = None
    machine: str = ""
    template: str = ""
    type: str | None = None
    reading: str = ""
    """What the template's conditions are taken to be."""

    @property
    def label(self) -> str:
        """The machine's name, and under what conditions it is this one."""
        return f"{self.machine} ({self.reading})" if self.reading else self.machine

    @property
    def definition(self) -> Object:
        return as_object(self.text.value) if self.text else {}

    def line(self, path: str) -> int:
        """The line of a finding's path, or of the nearest thing around it that is there."""
        return self.text.line(path) if self.text else self.problem.line if self.problem else 1

    def is_open(self, path: str) -> bool:
        """Whether at `path` stands a placeholder without quotes: of what deployment puts there nothing is known."""
        return self.text is not None and self.text.is_open(path)


class Skipped(NamedTuple):
    """What looks like a machine and was passed over, and why."""

    name: str
    why: str


class Sources(NamedTuple):
    """The definitions that names lead to, and what was passed over on the way."""

    found: list[Source]
    skipped: list[Skipped]

    def templates(self) -> dict[str, list[Source]]:
        """The machines of each template."""
        by_template: dict[str, list[Source]] = {}
        for source in self.found:
            if source.template:
                by_template.setdefault(source.template, []).append(source)
        return by_template


def sources(names: Iterable[str]) -> Sources:
    """The definitions that `names` lead to, folders in the order of their files' names.

    Raises:
        UsageError: for a name that leads nowhere.
    """
    parts = [part for name in names for part in _of(name)]
    found = Sources(
        [part for part in parts if isinstance(part, Source)],
        list(dict.fromkeys(part for part in parts if isinstance(part, Skipped))),
    )
    if not found.found:
        passed = "".join(f"; {one.name} passed over: {one.why}" for one in found.skipped)
        raise UsageError(
            f"no definition found there: no JSON or YAML file with StartAt and States, nor a template with one{passed}"
        )
    return found


def _of(name: str) -> Iterator[Source | Skipped]:
    path = Path(name)
    if name != "-" and path.is_dir():
        yield from _in_folder(path)
        return
    try:
        data = sys.stdin.buffer.read(_LARGEST_BYTES + 1) if name == "-" else _bytes(path)
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror or error}") from error
    yield from _read(_INPUT if name == "-" else name, data)


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST_BYTES + 1)


def _read(name: str, data: bytes) -> Iterator[Source | Skipped]:
    """What is in one file: a definition, or a template's machines."""
    if name.lower().endswith(_HCL):
        yield Skipped(name, "Terraform's own language is not read; give what `terraform show -json` prints")
        return
    try:
        text = _decoded(data)
        machines = _machines(name, text) if looks_like_template(text) else None
        if machines is not None:
            yield from machines
            return
        found = read(text, yaml=_is_yaml(name, text))
        if not isinstance(found.value, dict):
            raise UnreadableError(found.place.line, 1, "expected an object with StartAt and States")
    except UnreadableError as problem:
        yield Source(name, None, problem)
    else:
        yield Source(name, found)


def _is_yaml(name: str, text: str) -> bool:
    """Whether a file is YAML, by its name; standard input is, unless it begins as JSON does."""
    return name.lower().endswith(_YAML) or (name == _INPUT and text.lstrip()[:1] not in ("", "{", "[", '"'))


def _machines(name: str, text: str) -> list[Source | Skipped] | None:
    """The machines in a template, and what it does not tell; None if it is none.

    Raises:
        UnreadableError: for what is no JSON or YAML.
    """
    from asl.reading.templates.machines import machines  # most files are no templates
    from asl.reading.templates.parts import PassedOver

    folder = Path(name).parent
    found = machines(name, text, lambda file: _decoded(_bytes(folder / file)))
    if found is None:
        return None
    parts: list[Source | Skipped] = []
    for inner, machine in found:
        template = str(folder / inner) if inner else name
        if isinstance(machine, PassedOver):
            parts.append(Skipped(f"{template}:{machine.line} {machine.name}", machine.why))
            continue
        file = os.path.normpath(Path(template).parent / machine.file) if machine.file else template
        parts.append(Source(file, machine.text, machine.problem, machine.name, template, machine.type, machine.reading))
    return parts


def _decoded(data: bytes) -> str:
    if len(data) > _LARGEST_BYTES:
        raise UnreadableError(1, 1, f"over {_LARGEST_BYTES:,} bytes, where AWS takes {LONGEST:,} characters at most")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise UnreadableError(line, column, f"no UTF-8: byte 0x{data[error.start]:02x}") from None


def _in_folder(folder: Path) -> Iterator[Source | Skipped]:
    """What is in a folder. The file that holds a template's definition is not told a second time."""
    parts = [part for path in _files(folder) for part in _in_file(path)]
    used = {os.path.normpath(part.name) for part in parts if isinstance(part, Source) and part.template}
    for part in parts:
        if isinstance(part, Skipped) or part.template or os.path.normpath(part.name) not in used:
            yield part


def _files(folder: Path) -> Iterator[Path]:
    """The files worth opening, of what the CDK synthesised the manifest alone: it names the others."""
    for root, folders, files in os.walk(folder):
        if _MANIFEST in files and _is_assembly(Path(root, _MANIFEST)):
            folders[:], files = [], [_MANIFEST]
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        yield from (Path(root, name) for name in sorted(files) if name.lower().endswith(_SUFFIXES))


def _is_assembly(manifest: Path) -> bool:
    """Whether a manifest is the CDK's: there are others of that name."""
    try:
        return any(type in _bytes(manifest) for type in (b'"aws:cloudformation:stack"', b'"cdk:cloud-assembly"'))
    except OSError:
        return False


def _in_file(path: Path) -> Iterator[Source | Skipped]:
    """What is in one of a folder's files; nothing where it is about something else."""
    try:
        data = _bytes(path)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    text = data.decode("utf-8", "replace")
    if path.suffix == _HCL:
        yield from _read(str(path), data) if _TERRAFORM.search(text) else ()
    elif _LIKELY.search(text) or looks_like_template(text):
        for found in _read(str(path), data):
            if isinstance(found, Skipped) or found.problem or found.template or found.definition.keys() & _FIELDS:
                yield found
