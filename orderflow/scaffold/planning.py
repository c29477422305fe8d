"""What is written for a new workflow, and where: in a clone of this program, in another project, or to begin one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from orderflow.errors import OrderflowError
from orderflow.scaffold.installed import requirement
from orderflow.scaffold.names import Name, fitting, read_name, require_room
from orderflow.scaffold.program import bound, in_project, in_repository, parsed, registered
from orderflow.testing.project import Project

TEMPLATES = Path(__file__).parent
_WORKFLOW, _HANDLER = "workflows/my_workflow.py", "handlers/my_workflow.py"
_TEST, _STACK_TEST = "tests/test_my_workflow.py", "tests/test_my_workflow_in_stack.py"
_PACKAGES = ("workflows/__init__.py", "handlers/__init__.py")
_PROJECT = {name: name for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "pyproject.toml", "__main__.py")}
_PROJECT["gitignore"] = ".gitignore"
_DEFAULT_STACK = "dev"


@dataclass(frozen=True)
class Wanted:
    """A workflow that is to begin."""

    name: str
    type: Literal["STANDARD", "EXPRESS"] = "STANDARD"
    is_jsonpath: bool = False


@dataclass(frozen=True)
class Plan:
    """Texts by their paths from the folder: of files that are not there yet, and of those that are."""

    new: Mapping[str, str]
    changed: Mapping[str, str]
    tests: tuple[str, ...]
    """Where the new tests are."""
    inside: Literal["folder", "project", "repository"]
    """What it goes into: a folder without a project, a project, or a clone of this program."""


@dataclass(frozen=True)
class _Place:
    """Where the workflow goes: a project's folder, its name, its stacks, and the text of its program."""

    folder: Path
    project: str
    stacks: tuple[str, ...]
    program: str
    is_new: bool = False
    is_repository: bool = False


def planned(wanted: Wanted, folder: Path) -> Plan:
    """What a workflow takes in `folder`; nothing is written.

    Raises:
        OrderflowError: for a name that does not fit, a file that is there already, and a folder it cannot go into.
    """
    name = read_name(wanted.name)
    place = _place(folder)
    if "name_by(" not in place.program:  # else only the program knows its names, and the preview judges them
        require_room(name, place.project, place.stacks)
    files = list(_files(wanted, place))
    _require_unused(name, [template for template, _ in files])
    render = _renderer(name, wanted, place)
    new = {render.path(path): render.text(template) for template, path in files}
    _require_free(folder, new)
    program = parsed(place.program, "__main__.py")
    if name.of_module in bound(program):
        raise OrderflowError(f"__main__.py has something else called '{name.of_module}'; take another name")
    make = in_repository(name, wanted.type) if place.is_repository else in_project(name, wanted.type, program)
    main = {"__main__.py": registered(place.program, program, make)}
    tests = tuple(render.path(path) for path in _tests(place))
    if place.is_new:
        return Plan({**new, **main}, {}, tests, "folder")
    return Plan(new, main, tests, "repository" if place.is_repository else "project")


def _place(folder: Path) -> _Place:
    try:
        project = Project.around(folder)
    except FileNotFoundError:
        if (folder / "__main__.py").exists():
            raise OrderflowError(
                "there is a __main__.py and no Pulumi.yaml: is this another program? Begin in an empty folder"
            ) from None
        program = (TEMPLATES / "project" / "__main__.py").read_text()
        return _Place(folder, fitting(folder.resolve().name) or "workflows", (_DEFAULT_STACK,), program, is_new=True)
    if not project.program.is_file() or project.program.parent.resolve() != folder.resolve():
        raise OrderflowError(
            f"the program of {project.folder / 'Pulumi.yaml'} is {project.program}: run this in its folder"
            if project.program.is_file()
            else f"{project.folder / 'Pulumi.yaml'} names no program in Python: {project.program} is not there"
        )
    is_repository = (folder / "components" / "orders").is_dir()
    return _Place(
        folder,
        project.name,
        project.stacks or (_DEFAULT_STACK,),
        project.program.read_text(),
        is_repository=is_repository,
    )


def _files(wanted: Wanted, place: _Place) -> Iterator[tuple[str, str]]:
    """Each template and where it goes, with the template's own name in the path."""
    yield ("jsonpath/my_workflow.py" if wanted.is_jsonpath else f"project/{_WORKFLOW}"), _WORKFLOW
    yield ("repository/my_workflow.py" if place.is_repository else f"project/{_HANDLER}"), _HANDLER
    for template, path in zip((_TEST, _STACK_TEST), _tests(place), strict=True):
        yield f"project/{template}", path
    for package in _PACKAGES:
        if not (place.folder / package).exists():
            yield f"project/{package}", package
    if place.is_new:
        for template, path in _PROJECT.items():
            if path != "__main__.py" and not (path == ".gitignore" and (place.folder / path).exists()):
                yield f"project/{template}", path


def _tests(place: _Place) -> tuple[str, str]:
    if place.is_repository:
        return "tests/unit/workflows/test_my_workflow.py", "tests/infra/test_my_workflow.py"
    return _TEST, _STACK_TEST


@dataclass(frozen=True)
class _Renderer:
    """Puts what is wanted in the place of what templates say."""

    name: Name
    words: Mapping[str, str]

    def path(self, path: str) -> str:
        return path.replace("my_workflow", self.name.of_module)

    def text(self, template: str) -> str:
        text = (TEMPLATES / template).read_text()
        for word, meant in self.words.items():
            text = text.replace(word, meant)
        return text


def _renderer(name: Name, wanted: Wanted, place: _Place) -> _Renderer:
    stack = _DEFAULT_STACK if _DEFAULT_STACK in place.stacks else place.stacks[0]
    words = {
        "my-project": place.project,
        'stack("dev")': f'stack("{stack}")',
        "my_workflow": name.of_module,
        "my-workflow": name.of_resource,
        "My workflow": name.in_prose,
        "MyWorkflow": name.of_class,
        '"STANDARD"': f'"{wanted.type}"',
        **{f'"orderflow[{extra}]"': f'"{requirement(extra)}"' for extra in ("components", "test")},
    }
    return _Renderer(name, words)


def _require_unused(name: Name, templates: Sequence[str]) -> None:
    """Refuse a name that means something else in what is written, or to pytest there."""
    programs = (parsed((TEMPLATES / file).read_text(), file) for file in templates if file.endswith(".py"))
    if name.of_module in {one for program in programs for one in bound(program)} - {"my_workflow"}:
        raise OrderflowError(
            f"'{name.of_resource}' is what the new files import under that name: '{name.of_resource}-items' would do"
        )
    if name.of_module.startswith("test"):
        raise OrderflowError(
            f"pytest takes every function whose name begins with 'test' for a test, and the workflow becomes one: "
            f"'try-{name.of_resource}' would do"
        )


def _require_free(folder: Path, new: Mapping[str, str]) -> None:
    if taken := [path for path in new if (folder / path).exists()]:
        raise OrderflowError(
            f"{', '.join(taken)} {'is' if len(taken) == 1 else 'are'} there already, and nothing is written over: "
            "take another name, or move what is there"
        )
