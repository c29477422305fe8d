"""The breaks: what can be changed at a place of the source so that it still runs and does something else."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


@dataclass(frozen=True)
class Break:
    """`old`, at a place of `file`, becomes `new`; `around` is the line where it begins. Lines are counted from 1,
    columns in bytes from 0."""

    file: Path
    line: int
    column: int
    end_line: int
    end_column: int
    old: str
    new: str
    around: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.change}"

    @property
    def change(self) -> str:
        """What becomes what, with the line around it where that says more."""
        told = f"{_short(self.old)}  →  {_short(self.new)}"
        return told if self.around in _short(self.old) else f"{told}  in  {_short(self.around)}"

    @property
    def name(self) -> str:
        """The break as it is known while files move, too."""
        return f"{self.file.name}: {self.change}"

    @property
    def place(self) -> str:
        """The break as it is known while lines move."""
        return f"{self.file}: {self.change}"

    def applied(self, source: str) -> str:
        """The source with the break in it."""
        lines = [line.encode() for line in source.splitlines(keepends=True)]
        before = b"".join(lines[: self.line - 1]) + lines[self.line - 1][: self.column]
        after = lines[self.end_line - 1][self.end_column :] + b"".join(lines[self.end_line :])
        return (before + self.new.encode() + after).decode()


def sample(every: Iterable[Break], seed: int, count: int) -> list[Break]:
    """`count` of them, by the seed alone: a change elsewhere in the code, or a file that moves to another folder,
    leaves the others where they are."""
    seen: Counter[tuple[str, str, str]] = Counter()
    drawn: list[tuple[bytes, Break]] = []
    for one in every:
        text = (one.file.name, one.old, one.new)
        seen[text] += 1
        drawn.append((sha256(repr((seed, *text, seen[text])).encode()).digest(), one))
    return [one for _, one in sorted(drawn, key=lambda pair: pair[0])[:count]]


def breaks(file: Path, source: str) -> Iterator[Break]:
    """Every break of a source; those that make no difference when it runs (texts for people, types) are left out."""
    tree = ast.parse(source)
    quiet, lines = _quiet(tree), source.splitlines()
    for node in ast.walk(tree):
        if id(node) in quiet or not isinstance(node, ast.expr | ast.stmt):
            continue
        for new in _others(node):
            old = ast.get_source_segment(source, node) or ""
            assert node.end_lineno is not None
            assert node.end_col_offset is not None
            around = lines[node.lineno - 1].strip()
            yield Break(file, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset, old, new, around)


def _others(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Compare(ops=[op, *_]) if type(op) in COMPARED:
            yield _with(node, ops=[COMPARED[type(op)](), *node.ops[1:]])
        case ast.BoolOp():
            yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not()):
            yield f"({ast.unparse(node.operand)})"
        case ast.BinOp() if type(node.op) in COMPUTED and not _is_text(node):
            yield _with(node, op=COMPUTED[type(node.op)]())
        case ast.Constant(value=bool(truth)):
            yield str(not truth)
        case ast.Constant(value=int(number)):
            yield str(number + 1)
        case ast.IfExp():
            yield f"({ast.unparse(node.body)})"
            yield f"({ast.unparse(node.orelse)})"
        case ast.Return(value=ast.expr()) if not _is_constant(node.value, None):
            yield "return None"
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()) | ast.AugAssign():
            yield "pass" if not _yields(node) else "yield from ()"
        case ast.Continue():
            yield "break"
        case _:
            return


def _with(node: ast.expr, **changes: object) -> str:
    other = copy.copy(node)
    for name, value in changes.items():
        setattr(other, name, value)
    return f"({ast.unparse(other)})"


def _quiet(tree: ast.AST) -> set[int]:
    """Nodes that say something to people or to the type checker alone."""
    quiet: list[ast.AST] = []
    for node in ast.walk(tree):
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.Raise() | ast.Assert() | ast.JoinedStr():
                quiet.append(node)
            case ast.AnnAssign():
                quiet.append(node.annotation)
            case ast.FunctionDef():
                quiet += [*node.decorator_list, *filter(None, (node.returns,))]
            case ast.arg():
                quiet += filter(None, (node.annotation,))
            case ast.Call(func=ast.Name(id="dataclass" | "field" | "TypeVar")):
                quiet.append(node)
            case ast.Subscript(value=ast.Name(id="Annotated")) | ast.BinOp(op=ast.BitOr(), right=ast.Constant(None)):
                quiet.append(node)
            case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
                quiet.append(node)
            # What the outputs of a component are for is to be shown.
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="register_outputs"))):
                quiet.append(node)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="logger"))):
                quiet.append(node)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="logger")))):
                quiet.append(node)
            case _:
                continue
    return {id(inner) for node in quiet for inner in ast.walk(node)}


def _is_text(node: ast.BinOp) -> bool:
    return any(isinstance(side, ast.JoinedStr) or _is_constant(side, str) for side in (node.left, node.right))


def _is_constant(node: ast.expr | None, kind: type | None) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None if kind is None else isinstance(node.value, kind))


def _yields(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom)


def _short(text: str, most: int = 70) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
