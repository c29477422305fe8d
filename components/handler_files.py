"""Which files a function needs of the folder that its handler is in: what the handler imports, and they in turn."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pulumi
from stdlibs import stdlib_module_names

from .imports import Import, Source, read_source

PYTHON_VERSION = "3.13"
"""That of functions that say nothing else; this program may run on another."""
BESIDE_BOTO3 = frozenset({"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"})
"""What Lambda's Python holds beside its library: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html"""


@dataclass(frozen=True)
class Held:
    """The modules that a function's layer has, and how a library is added to it. What layers hold that are known by
    their ARN alone, nobody can look into: then it is `open`, and may have any."""

    modules: frozenset[str]
    mend: str
    open: bool = False


NOTHING = Held(frozenset(), "give the function a layer with the library that has it")


class HandlerRefusedError(ValueError, pulumi.RunError):
    """A handler that would not run as a function; the message has every reason, each with its file and line."""


def files_of(handler: str, folder: Path, layer: Held, version: str = PYTHON_VERSION) -> list[Path]:
    """The file `handler` in `folder`, and those of `folder` that it imports, wherever in their text they do.

    `version` is that of Python which runs them: what it brings along has not to be shipped.

    What the modules of `layer` import is their own matter, and is not followed.

    Raises:
        HandlerRefusedError: naming the file that a misspelt `handler` would need, or each import that a function would
            not find or that cannot be followed.
    """
    modules = _modules(folder)
    packages = {name.rsplit(".", depth)[0] for name in modules for depth in range(1, name.count(".") + 1)}
    walk = _Walk(folder, modules, packages, layer, version)
    entry = f"{folder.name}.{handler}"
    if entry not in walk.modules:
        there = ", ".join(sorted(name.split(".")[1] for name in walk.modules if name.count(".") == 1))
        raise HandlerRefusedError(f"{folder.name}/{handler}.py does not exist; {folder.name}/ has {there}")
    walk.add(entry)
    defines = walk.read(entry).defines
    if defines is not None and "handler" not in defines:
        walk.problems.append(f"{walk.shown(entry)} defines no `handler`, which Lambda calls")
    if walk.problems:
        raise HandlerRefusedError(
            f"the function {handler} would not run\n" + "\n".join(f"  {p}" for p in walk.problems)
        )
    return [walk.modules[name] for name in sorted(walk.found)]


def module_name(path: PurePosixPath) -> str:
    """What the file `path` is imported by; of a compiled one the name ends at its first dot."""
    parts = (*path.parent.parts, path.name.partition(".")[0])
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def _library(version: str) -> frozenset[str]:
    return frozenset(stdlib_module_names(version.replace(".", "")))


def _modules(folder: Path) -> dict[str, Path]:
    """The files in `folder` by the names they are imported by; where both are there, Python takes the package."""
    found = sorted(folder.rglob("*.py"), key=lambda path: (path.name == "__init__.py", path))
    return {module_name(PurePosixPath(path.relative_to(folder.parent).as_posix())): path for path in found}


@dataclass
class _Walk:
    """Follows imports through `modules`, the files of `folder` by their names; `packages` are the folders there.

    `found` are the modules that ship; `problems` is what would not run.
    """

    folder: Path
    modules: Mapping[str, Path]
    packages: Set[str]
    layer: Held
    version: str
    found: set[str] = field(default_factory=set[str])
    problems: list[str] = field(default_factory=list[str])

    def add(self, module: str) -> None:
        """`module`, the packages that it is in, and what all of them import."""
        parts = module.split(".")
        for name in (".".join(parts[: depth + 1]) for depth in range(len(parts))):
            if name in self.modules and name not in self.found:
                self.found.add(name)
                self._follow(name)

    def read(self, module: str) -> Source:
        path = self.modules[module]
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        try:
            return read_source(path.read_bytes(), self.shown(module), package)
        except SyntaxError as error:
            raise HandlerRefusedError(f"{self.shown(module)}:{error.lineno} is no Python: {error.msg}") from None

    def shown(self, module: str) -> str:
        return self.modules[module].relative_to(self.folder.parent).as_posix()

    def _follow(self, module: str) -> None:
        source, file = self.read(module), self.shown(module)
        for line, what in source.by_string:
            self.problems.append(
                f"{file}:{line} loads a module by {what}, which cannot be followed: write an import statement, inside "
                "a function where it is to load late"
            )
        for one in source.imports:
            is_inside = one.module.split(".")[0] == self.folder.name
            problem = self._inside(one) if is_inside else self._outside(one)
            if problem and not one.optional:
                self.problems.append(f"{file}:{one.line} imports {problem}")

    def _inside(self, one: Import) -> str | None:
        """Add what `one` imports of the folder; what is wrong with it."""
        self.add(one.module)
        if one.module not in self.modules and one.module not in self.packages:
            return f"{one.module}, which does not exist{_nearest(one.module, self.modules)}"
        whole = f"{one.module}.{one.name}"
        if one.name is None:
            return None
        if whole in self.packages or whole in self.modules:
            self.add(whole)
            return None
        if one.name == "*":
            is_package = one.module in self.packages
            return f"* from the package {one.module}, which does not say what: name it" if is_package else None
        defines = self.read(one.module).defines if one.module in self.modules else frozenset[str]()
        if defines is None or one.name in defines or one.name.startswith("__"):
            return None
        known = (*self.modules, *(f"{one.module}.{name}" for name in defines))
        return f"{whole}, which does not exist{_nearest(whole, known)}"

    def _outside(self, one: Import) -> str | None:
        """What is wrong with `one`, which imports nothing of the folder."""
        top = one.module.split(".")[0]
        if top in _library(self.version) or top in BESIDE_BOTO3 or one.module in self.layer.modules:
            return None
        if not top:
            return f"{one.module}{one.name}, which is above {self.folder.name}/: a function has only what is below"
        if (self.folder.parent / top).is_dir() or (self.folder.parent / f"{top}.py").is_file():
            return f"{one.module}, which does not ship: move what it needs to {self.folder.name}/shared/"
        if self.layer.open:
            return None
        if top in self.layer.modules:
            return f"{one.module}, which the layer's {top} does not have{_nearest(one.module, self.layer.modules)}"
        return (
            f"{one.module}, which is not in {self.folder.name}/, Python {self.version}'s library, the layer or "
            f"beside boto3: {self.layer.mend}, or import it under `if TYPE_CHECKING:` where only types need it"
        )


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
