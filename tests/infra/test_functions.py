"""Functions of any program: a folder of its own, libraries by a requirements file, another architecture, or none."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from components import LayerRefusedError
from components.handler_files import HandlerRefusedError
from components.packaging import Requirements, package_dependencies
from orderflow.testing.stack import Resource
from tests.infra.conftest import Run

Deployed: TypeAlias = Callable[..., Resource]

PROGRAM = """
from pathlib import Path

from components import DependencyLayer, Function, FunctionArgs, Logs, Requirements

here = Path(__file__).parent
layer = LAYER
Function("weigh", FunctionArgs("weigh", layer, [], Logs(7), sources=here / "lambdas", architecture="x86_64"))
"""
HANDLER = "from .scales import tared\n\ndef handler(event, context):\n    return tared(event)\n"


@pytest.fixture
def deployed(run: Run, tmp_path: Path) -> Deployed:
    """The function of a project whose code is in its folder `lambdas`."""

    def deployed(layer: str, handler: str = HANDLER) -> Resource:
        (tmp_path / "lambdas").mkdir(exist_ok=True)
        (tmp_path / "lambdas" / "weigh.py").write_text(handler)
        (tmp_path / "lambdas" / "scales.py").write_text("def tared(event): return event\n")
        (tmp_path / "lambdas" / "other.py").write_text("def handler(event, context): ...\n")
        return run(PROGRAM.replace("LAYER", layer)).one("aws:lambda/function:Function", "weigh")

    return deployed


def test_a_function_has_the_files_of_its_own_folder_that_it_imports(tmp_path: Path, deployed: Deployed) -> None:
    function = deployed("None").inputs
    assert (function["handler"], function["architectures"], function["layers"]) == (
        "lambdas.weigh.handler",
        ["x86_64"],
        [],
    )
    inside = zipfile.ZipFile(tmp_path / ".build" / "lambdas" / "weigh.zip").namelist()
    assert inside == ["lambdas/scales.py", "lambdas/weigh.py"]


def test_what_a_function_without_a_layer_would_not_find_is_told_with_what_to_do(
    deployed: Deployed,
) -> None:
    with pytest.raises(HandlerRefusedError, match=r"lambdas/weigh\.py:1 imports stripe, .*: give the function a layer"):
        deployed("None", f"import stripe\n{HANDLER}")


def test_a_layer_of_another_architecture_is_refused(tmp_path: Path, deployed: Deployed) -> None:
    (tmp_path / "requirements.txt").write_text("wrapt==1.17.3\n")
    with pytest.raises(LayerRefusedError, match="'weigh': `architecture` is x86_64, and its `layer` is for arm64"):
        deployed('DependencyLayer("libraries", Requirements(here / "requirements.txt"))')


def test_a_layer_holds_what_a_requirements_file_names_built_for_its_architecture(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("wrapt==1.17.3\n")
    libraries, machines = Requirements(tmp_path / "requirements.txt"), {"arm64": "aarch64", "x86_64": "x86_64"}
    built = {"arm64": package_dependencies(libraries, "arm64"), "x86_64": package_dependencies(libraries, "x86_64")}
    for architecture, machine in machines.items():
        compiled = [name for name in zipfile.ZipFile(built[architecture].path).namelist() if name.endswith(".so")]
        assert compiled, "wrapt has a compiled part"
        assert all(machine in name for name in compiled), compiled
