"""What a Python file imports when it runs, read from its text: nothing of it is loaded."""

from __future__ import annotations

import ast
import functools
import symtable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import decode_source

BY_STRING = frozenset({"__import__", "import_module", "exec_module", "run_module"})
"""What loads a module that no import statement names."""
_CATCH_IT = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


@dataclass(frozen=True)
class Import:
    """One name of an import statement: `module` in full, and for `from module import name` the name.

    `optional` where the file goes on without it. A relative import that leaves the outermost package keeps its dots.
    """

    module: str
    name: str | None
    line: int
    optional: bool


@dataclass(frozen=True)
class Source:
    """What a file imports outside `if TYPE_CHECKING:`, what it `defines` at its top, and where it loads `by_string`.

    What it defines is None where that is only known when it runs.
    """

    imports: tuple[Import, ...]
    by_string: tuple[tuple[int, str], ...]
    defines: frozenset[str] | None


@functools.cache
def read_source(text: bytes, file: str, package: str) -> Source:
    """Read `file`, whose relative imports start from `package`.

    Raises:
        SyntaxError: naming the file and the line.
    """
    reader = _Reader(package)
    reader.visit(ast.parse(text, file))
    at_top = symtable.symtable(decode_source(text), file, "exec").get_symbols()
    names = {one.get_name() for one in at_top if one.is_assigned() or one.is_imported() or one.is_namespace()}
    is_open = "__getattr__" in names or any(one.name == "*" for one in reader.imports)
    return Source(tuple(reader.imports), tuple(reader.by_string), None if is_open else frozenset(names))


@dataclass
class _Reader(ast.NodeVisitor):
    package: str
    imports: list[Import] = field(default_factory=list[Import])
    by_string: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    optional: bool = False

    def visit_Import(self, node: ast.Import) -> None:
        self.imports += [Import(one.name, None, node.lineno, self.optional) for one in node.names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = self._absolute(node)
        self.imports += [Import(module, one.name, node.lineno, self.optional) for one in node.names]
        self.by_string += [(node.lineno, one.name) for one in node.names if one.name in BY_STRING]

    def visit_If(self, node: ast.If) -> None:
        taken = is_taken(node.test)
        for part in (*(() if taken is False else node.body), *(() if taken is True else node.orelse)):
            self.visit(part)
        self.visit(node.test)

    def visit_Try(self, node: ast.Try | ast.TryStar) -> None:
        with self._going_on(any(handler.type is None or _catches(handler.type) for handler in node.handlers)):
            for part in node.body:
                self.visit(part)
        for part in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(part)

    visit_TryStar = visit_Try  # noqa: N815

    def visit_With(self, node: ast.With) -> None:
        entered = [item.context_expr for item in node.items]
        calls = [one for one in entered if isinstance(one, ast.Call) and _last_name(one.func) == "suppress"]
        with self._going_on(any(_catches(argument) for call in calls for argument in call.args)):
            self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in BY_STRING:
            self.by_string.append((node.lineno, node.id))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr in BY_STRING:
            self.by_string.append((node.lineno, node.attr))
        self.generic_visit(node)

    @contextmanager
    def _going_on(self, without_it: bool) -> Iterator[None]:
        """What is imported meanwhile may be missing, if `without_it` the file goes on."""
        before, self.optional = self.optional, self.optional or without_it
        yield
        self.optional = before

    def _absolute(self, node: ast.ImportFrom) -> str:
        parents = self.package.split(".") if self.package else []
        if node.level == 0 or node.level > len(parents):
            return "." * node.level + (node.module or "")
        start = parents[: len(parents) + 1 - node.level]
        return ".".join([*start, *([node.module] if node.module else [])])


def is_taken(test: ast.expr) -> bool | None:
    """Whether a branch is taken when the file runs, as far as its condition is about type checking."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = is_taken(test.operand)
        return None if inner is None else not inner
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return False if any(is_taken(value) is False for value in test.values) else None
    return False if _last_name(test) == "TYPE_CHECKING" else None


def _catches(errors: ast.expr) -> bool:
    several = errors.elts if isinstance(errors, ast.Tuple) else [errors]
    return any(_last_name(one) in _CATCH_IT for one in several)


def _last_name(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None
