"""Putting a workflow into a program that is there: its import with the imports, its components where they belong."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from orderflow.errors import OrderflowError
from orderflow.scaffold.names import Name


@dataclass(frozen=True)
class Registration:
    """What a program says of a workflow: modules that it imports, and statements.

    `imports` are `(module, name)`; `beside` is the name of a list that the program makes: what is said stands behind
    it, or before what the program exports, or at its end.
    """

    imports: tuple[tuple[str, str], ...]
    statements: str
    beside: str = ""


def in_repository(name: Name, type: str) -> Registration:
    """In a clone of this program, whose functions and machines are watched and exported by the lists they are in."""
    module, resource = name.of_module, name.of_resource
    statements = (
        f'function = functions.other("{module}")\n'
        f'args = components.StateMachineArgs({module}(function), logs, "{type}", settings.tracing)\n'
        f'machines.append(components.StateMachine("{resource}", args))\n'
    )
    return Registration(((f"workflows.{module}", module),), statements, "machines")


def in_project(name: Name, type: str, program: ast.Module) -> Registration:
    """In any other program; what it does not have yet of what a workflow needs comes with it.

    Raises:
        OrderflowError: where the program calls something else `components`.
    """
    module, resource, made = name.of_module, name.of_resource, _assigned(program)
    is_imported = ("orderflow", "components") in _imported(program)
    if "components" in bound(program) and not is_imported:
        raise OrderflowError("__main__.py has something else called 'components': rename it, so that orderflow's fits")
    has_logs = made.get("logs", "").startswith("components.Logs(")
    logs = "logs" if has_logs or "logs" not in bound(program) else "machine_logs"
    machine = f'components.StateMachine("{resource}", args)'
    has_parts = made.get("parts", "").startswith("[")
    statements = [
        *([] if has_logs else [f"{logs} = components.Logs(retention_days=30)"]),
        f'code = components.FunctionArgs("{module}", None, (), {logs}, timeout=10)',
        f'function = components.Function("{resource}", code)',
        f'args = components.StateMachineArgs({module}(function), {logs}, "{type}")',
        f"parts += [function, {machine}]" if has_parts else machine,
    ]
    imports = () if is_imported else (("orderflow", "components"),)
    return Registration((*imports, (f"workflows.{module}", module)), "\n".join(statements) + "\n")


def _assigned(program: ast.Module) -> dict[str, str]:
    """The values that a program's statements give names, as text."""
    found: dict[str, str] = {}
    for node in program.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {one.id: ast.unparse(node.value) for one in targets if isinstance(one, ast.Name)}
    return found


def _imported(program: ast.Module) -> set[tuple[str | None, str]]:
    """Each name that is imported from a module, under its own name."""
    nodes = [node for node in program.body if isinstance(node, ast.ImportFrom)]
    return {(node.module, one.name) for node in nodes for one in node.names if not one.asname}


def bound(program: ast.Module) -> set[str]:
    """The names that a program's own statements make or import."""
    return set(_bound(program))


def _bound(program: ast.Module) -> Iterator[str]:
    for node in program.body:
        match node:
            case ast.Import() | ast.ImportFrom():
                yield from (one.asname or one.name.partition(".")[0] for one in node.names)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case _:
                stored = (one for one in ast.walk(node) if isinstance(one, ast.Name))
                yield from (one.id for one in stored if isinstance(one.ctx, ast.Store))


def parsed(source: str, file: str) -> ast.Module:
    """A program's statements.

    Raises:
        OrderflowError: for a text that is no Python, with its line.
    """
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise OrderflowError(f"{file}:{error.lineno}: {error.msg}; mend it first") from None


def registered(source: str, program: ast.Module, registration: Registration) -> str:
    """The program's text with a registration in it."""
    lines = source.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    at, before, after = _place(program, registration.beside, len(lines))
    lines[at:at] = [before, registration.statements, after]
    # From below, so that the lines above stay where they are.
    for module, name in reversed(registration.imports):
        line, apart = _import_line(program, module)
        lines[line:line] = [*(["\n"] if apart and line else []), f"from {module} import {name}\n"]
    return "".join(lines)


def _place(program: ast.Module, beside: str, end: int) -> tuple[int, str, str]:
    """Behind which line statements go, and what stands before and behind them."""
    for node in program.body:
        if isinstance(node, ast.Assign) and beside in (one.id for one in node.targets if isinstance(one, ast.Name)):
            return node.end_lineno or end, "", ""
    for node in program.body:
        if isinstance(node, ast.Expr) and ast.unparse(node).startswith("components.export("):
            return node.lineno - 1, "", "\n"
    return end, "\n", ""


def _import_line(program: ast.Module, module: str) -> tuple[int, bool]:
    """Behind which line an import goes, and whether it begins a group of its own, as formatters have it."""
    imports = [node for node in program.body if isinstance(node, ast.Import | ast.ImportFrom)]
    package = module.partition(".")[0]
    of_package = [one for one in imports if isinstance(one, ast.ImportFrom) and _is_in(one.module, package)]
    if earlier := [one for one in of_package if (one.module or "") <= module]:
        return earlier[-1].end_lineno or 0, False
    if of_package:
        return of_package[0].lineno - 1, False
    if imports:
        return imports[-1].end_lineno or 0, package == "workflows"
    said = program.body[0] if program.body else None
    return (said.end_lineno or 0) if isinstance(said, ast.Expr) and isinstance(said.value, ast.Constant) else 0, True


def _is_in(module: str | None, package: str) -> bool:
    return module is not None and module.partition(".")[0] == package
