"""What the code of a function may not do when Lambda starts it from a snapshot (SnapStart).

All of its environments go on from one that was loaded when the version was published: what that one drew, read or
opened while it was loaded, all of them have. https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .imports import is_taken

DRAWN = "is drawn once, and the same in every environment: call it inside a function"
READ = "is the time at which the version was published: call it inside a function"
OPENED = "opens a connection that is closed by the time a snapshot is resumed: call it inside a function"
SEEDED = "goes on from the one seed in the snapshot: use random.SystemRandom()"
ONCE: Mapping[str, str] = {
    **dict.fromkeys(("uuid.uuid1", "uuid.uuid4", "os.urandom", "secrets"), DRAWN),
    **dict.fromkeys(("time.time", "time.time_ns", "datetime.datetime.now", "datetime.datetime.utcnow"), READ),
    **dict.fromkeys(("datetime.date.today", "datetime.datetime.today"), READ),
    **dict.fromkeys(("socket", "http.client.HTTPConnection", "http.client.HTTPSConnection"), OPENED),
    **dict.fromkeys(("urllib.request.urlopen", "requests.get", "requests.post", "requests.request"), OPENED),
}
"""What may not be called while a file is loaded, by the function or by its whole module. Clients of boto3 may be made:
they connect with their first call."""


def kept_in_snapshot(files: Iterable[Path], folder: Path) -> list[str]:
    """What would be the same in all environments, or of no use in any: each with its file, below `folder`, and line.

    What functions do that are called while a file is loaded is not looked into.
    """
    found: list[str] = []
    for path in files:
        reader = _Reader()
        reader.visit(ast.parse(path.read_bytes()))
        shown = path.relative_to(folder).as_posix()
        found += [f"{shown}:{line} calls {name}, which {why}" for line, name, why in reader.problems]
    return found


@dataclass
class _Reader(ast.NodeVisitor):
    names: dict[str, str] = field(default_factory=dict[str, str])
    """What the file's names stand for, by its import statements."""
    problems: list[tuple[int, str, str]] = field(default_factory=list[tuple[int, str, str]])
    loading: bool = True

    def visit_Import(self, node: ast.Import) -> None:
        for one in node.names:
            top = one.name.split(".")[0]
            self.names |= {one.asname: one.name} if one.asname else {top: top}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.names |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names if not node.level}

    def visit_If(self, node: ast.If) -> None:
        if is_taken(node.test) is not False:
            self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in (*node.decorator_list, *_defaults(node.args)):
            self.visit(part)
        self._later(node.body)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for part in _defaults(node.args):
            self.visit(part)
        self._later([node.body])

    def visit_Call(self, node: ast.Call) -> None:
        name = self._name(node.func)
        module, _, function = name.partition(".")
        if module == "random" and function not in ("SystemRandom", *(() if self.loading else ("Random",))):
            self.problems.append((node.lineno, name, SEEDED))
        elif self.loading and (why := ONCE.get(name) or ONCE.get(module)):
            self.problems.append((node.lineno, name, why))
        self.generic_visit(node)

    def _later(self, body: Iterable[ast.AST]) -> None:
        before, self.loading = self.loading, False
        for part in body:
            self.visit(part)
        self.loading = before

    def _name(self, node: ast.expr) -> str:
        """A function's full name, as far as it comes from an import; empty for any other."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, "")
        owner = self._name(node.value) if isinstance(node, ast.Attribute) else ""
        return f"{owner}.{node.attr}" if owner and isinstance(node, ast.Attribute) else ""


def _defaults(arguments: ast.arguments) -> Iterator[ast.expr]:
    yield from arguments.defaults
    yield from (one for one in arguments.kw_defaults if one is not None)
