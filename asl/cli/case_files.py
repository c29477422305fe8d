"""The files of cases that a command line names, each with the definition that its cases are for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from asl.cli.choosing import source
from asl.cli.sources import Source
from asl.cli.usage import UsageError
from asl.reading import Place, Text, UnreadableError, read
from asl.rules.findings import DefinitionError
from asl.syntax.shapes import Object
from asl.testing.cases import Case, CasesError, Named, cases, named
from asl.testing.workflow import Workflow

ENDINGS = (".cases.yaml", ".cases.yml", ".cases.json")
MOCK_CONFIG = "MockConfigFile.json"
_BESIDE = (".asl.json", ".asl.yaml", ".asl.yml", ".json", ".yaml", ".yml")
_ENTRY = re.compile(r"(?P<module>[A-Za-z_][\w.]*):(?P<function>[A-Za-z_]\w*)")


class Sheet(NamedTuple):
    """The cases of one file for one definition."""

    file: str
    workflow: Workflow
    cases: list[Case]


class BadCasesError(UsageError):
    """A file of cases, or the definition it is for, cannot be taken: a line of text for each thing that is wrong."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def is_case_file(path: Path) -> bool:
    """Whether a file holds cases, by its name."""
    return path.name.endswith(ENDINGS) or path.name == MOCK_CONFIG


def sheets(names: Sequence[str]) -> list[Sheet]:
    """The cases that files and folders hold, in the order of their names.

    Raises:
        BadCasesError: for what is not as it has to be, with all that is wrong in that file.
        UsageError: for a name that leads to no file of cases.
    """
    return [found for name in names for file in _files(Path(name)) for found in in_file(file)]


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found: list[Path] = []
    for root, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "node_modules")
        found += [file for name in sorted(files) if is_case_file(file := Path(root, name))]
    if not found:
        raise UsageError(f"{path}: no file of cases there: {', '.join(f'*{ending}' for ending in ENDINGS)}")
    return found


def in_file(path: Path) -> Iterator[Sheet]:
    """The cases of one file.

    Raises:
        BadCasesError: saying all that is wrong.
    """
    text = _read(path)
    try:
        for of in named(text):
            workflow = _workflow(path, text, of)
            found = cases(text, of, workflow.machine, lambda name: _read(path.parent / name).value)
            yield Sheet(str(path), workflow, found)
    except CasesError as wrong:
        raise BadCasesError([f"{path}:{line}: {message}" for line, message in wrong.problems]) from wrong


def _read(path: Path) -> Text:
    try:
        return read(path.read_text("utf-8-sig"), yaml=path.suffix in (".yaml", ".yml"))
    except UnreadableError as wrong:
        raise BadCasesError([f"{path}:{wrong.line}: {wrong.message}"]) from wrong
    except (OSError, UnicodeDecodeError) as wrong:
        raise UsageError(f"{path}: {getattr(wrong, 'strerror', None) or wrong}") from wrong


def _workflow(path: Path, text: Text, of: Named) -> Workflow:
    """The definition that is named, ready to run."""
    if (entry := _ENTRY.fullmatch(of.definition)) and not (path.parent / of.definition).exists():
        here = f"{path}:{text.line('definition')}"
        found = _called(here, entry["module"], entry["function"])
        written = Source(of.definition, Text(found, lambda: Place(1)), type=of.type)
    else:
        written = source(str(_beside(path, of)), of.machine if of.definition else None)
    if written.problem:
        raise BadCasesError([f"{written.name}: {written.problem}"])
    try:
        return Workflow.of(written.definition, type=written.type or of.type or "STANDARD", name=_name(written))
    except DefinitionError as wrong:
        told = [f"{written.name}:{written.line(one.path)}: {one}" for one in wrong.findings]
        raise BadCasesError([*told, f"{path}: a definition with errors is not run"]) from wrong


def _name(written: Source) -> str:
    """What the machine is called: in its template, by the function that makes it, or by its file."""
    file = written.name.rpartition(":")[2] if _ENTRY.fullmatch(written.name) else Path(written.name).name
    return written.machine or file.partition(".")[0]


def _beside(path: Path, of: Named) -> Path:
    """The file of the definition: as it is named, or beside the cases under their name or the machine's."""
    if of.definition:
        return path.parent / of.definition
    stem = of.machine or path.name.rpartition(".cases.")[0]
    tried = [path.parent / f"{stem}{ending}" for ending in _BESIDE]
    found = next((file for file in tried if file.is_file()), None)
    if found is None:
        wanted = f"{stem}{_BESIDE[0]}"
        how = "" if path.name == MOCK_CONFIG else ", or name it by 'definition: FILE'"
        raise BadCasesError([f"{path}:1: no definition beside it: put {wanted} there{how}"])
    return found


def _called(here: str, module: str, function: str) -> Object:
    """What a function without parameters gives that makes a definition."""
    try:
        found = getattr(import_module(module), function)()
    except ModuleNotFoundError as wrong:
        raise BadCasesError([f"{here}: definition: {wrong}; modules are looked for from the current folder"]) from wrong
    except Exception as wrong:
        raise BadCasesError(
            [f"{here}: {module}:{function} cannot be called: {type(wrong).__name__}: {wrong}"]
        ) from wrong
    if not isinstance(found, dict):
        raise BadCasesError([f"{here}: {module}:{function} gives {type(found).__name__}, and has to give a dict"])
    return found  # pyright: ignore[reportUnknownVariableType] its shape is what `require` looks at
