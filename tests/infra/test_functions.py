"""Functions of any program: another folder, runtime, architecture or layers, an image, and what exists already."""

from __future__ import annotations

import importlib.resources
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeAlias

import boto3
import pytest

from components import (
    ExistingFunctionRefusedError,
    FolderRefusedError,
    FunctionRefusedError,
    LayerRefusedError,
    ReferencesRefusedError,
)
from components.handler_files import HandlerRefusedError
from components.packaging import Requirements, package_dependencies
from components.runtimes import LIFECYCLES, deprecated, refused, starts_from_snapshot
from orderflow.testing.stack import Resource, Stack
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


def test_requirements_that_are_not_there_stop_the_preview(run: Run) -> None:
    with pytest.raises(FolderRefusedError, match=r"there is no file of requirements nowhere\.txt"):
        run(
            "from pathlib import Path\nfrom components import *\n\n"
            "DependencyLayer('l', Requirements(Path('nowhere.txt')))"
        )


def test_a_handler_may_import_what_its_own_python_has(tmp_path: Path, run: Run) -> None:
    """asyncore left Python with 3.12."""
    (tmp_path / "old.py").write_text("import asyncore\n\ndef handler(event, context): ...\n")
    program = """
from pathlib import Path
from components import Function, FunctionArgs, Logs

Function("old", FunctionArgs("old", None, [], Logs(7), sources=Path(__file__).parent, runtime="python3.11"))
"""
    assert run(program).one("aws:lambda/function:Function", "old").inputs["runtime"] == "python3.11"
    with pytest.raises(HandlerRefusedError, match=r"imports asyncore, which is not in .*, Python 3\.13's library"):
        run(program.replace("3.11", "3.13"))


def test_a_layer_for_another_python_is_refused(tmp_path: Path, run: Run) -> None:
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / "weigh.py").write_text("def handler(event, context): ...\n")
    with pytest.raises(LayerRefusedError, match=r"`runtime` is python3\.14, and its `layer` is for python3\.12"):
        run("""
from pathlib import Path
from components import DependencyLayer, Function, FunctionArgs, Logs, Requirements

here = Path(__file__).parent
layer = DependencyLayer("libraries", Requirements(here / "requirements.txt"), runtime="python3.12")
Function("weigh", FunctionArgs("weigh", layer, [], Logs(7), sources=here, runtime="python3.14"))
""")


def test_what_layers_by_their_arn_hold_nobody_looks_into(tmp_path: Path, run: Run) -> None:
    (tmp_path / "weigh.py").write_text("import pandas\n\ndef handler(event, context): ...\n")
    layer = "arn:aws:lambda:us-east-1:336392948345:layer:AWSSDKPandas-Python313-Arm64:1"
    made = run(f"""
from pathlib import Path
from components import Function, FunctionArgs, Logs

Function("weigh", FunctionArgs("weigh", None, [], Logs(7), sources=Path(__file__).parent, layers=["{layer}"]))
""")
    assert made.one("aws:lambda/function:Function", "weigh").inputs["layers"] == [layer]


FOLDER = """
from pathlib import Path

from components import Function, FunctionArgs, Logs

here = Path(__file__).parent
Function("weigh", FunctionArgs(HANDLER, None, [], Logs(7), sources=here / "dist", ARGS))
"""


def of_folder(run: Run, handler: str, args: str) -> Resource:
    made = run(FOLDER.replace("HANDLER", repr(handler)).replace("ARGS", args))
    return made.one("aws:lambda/function:Function", "weigh")


def test_a_function_of_another_language_is_its_folder_as_it_is(tmp_path: Path, run: Run) -> None:
    (tmp_path / "dist" / "lib").mkdir(parents=True)
    (tmp_path / "dist" / "index.mjs").write_text("export const handler = async (event) => event\n")
    (tmp_path / "dist" / "lib" / "scales.mjs").write_text("export const tared = 0\n")
    function = of_folder(run, "index.handler", 'runtime="nodejs22.x", storage=1024').inputs
    assert (function["runtime"], function["handler"]) == ("nodejs22.x", "index.handler")
    assert function["ephemeralStorage"] == {"size": 1024}
    inside = zipfile.ZipFile(tmp_path / ".build" / "dist" / "weigh.zip").namelist()
    assert inside == ["index.mjs", "lib/scales.mjs"]


def test_what_runs_by_itself_may_be_run(tmp_path: Path, run: Run) -> None:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "bootstrap").write_bytes(b"\x7fELF")
    of_folder(run, "weigh", 'runtime="provided.al2023"')
    (entry,) = zipfile.ZipFile(tmp_path / ".build" / "dist" / "weigh.zip").infolist()
    assert entry.external_attr >> 16 == 0o755, "Lambda's user runs it"


@pytest.mark.parametrize(
    ("handler", "args", "said"),
    [
        ("index.handler", 'runtime="nodejs22.x"', "dist/ has no index.js, which Lambda would run"),
        ("weigh", 'runtime="provided.al2023"', "dist/ has no bootstrap"),
        ("index.handler", 'runtime="nodejs22"', r"none of Lambda's: 'nodejs22' \(did you mean 'nodejs22.x'\?\)"),
        ("", 'runtime="nodejs22.x"', "neither a `handler` nor an `image`"),
        ("index.handler", 'runtime="nodejs22.x", snap_start=True', "does not start nodejs22.x from a snapshot"),
        ("old", "snap_start=True, storage=1024", "with more `storage` than 512 MB"),
        ("index.handler", 'runtime="nodejs22.x", layers=["arn"] * 6', "it has 6 layers, and Lambda takes 5"),
        ("old", "timeout=901", "`timeout` is 901, and Lambda takes 1 to 900"),
        ("old", "memory=64", "`memory` is 64, and Lambda takes 128 to 10,240"),
        ("old", "storage=100", "`storage` is 100, and Lambda takes 512 to 10,240"),
        ("old", "reserved_concurrency=-2", "-1 reserves nothing"),
        ("old", "architecture='amd64'", "`architecture` is arm64 or x86_64, not 'amd64'"),
        ("old", "environment={'A': 'b'}", "no variable of a function is called 'A'"),
        ("old", "environment={'MY-URL': 'b'}", "no variable of a function is called 'MY-URL'"),
        ("old", "environment={'AWS_REGION': 'b'}", "the variable AWS_REGION is Lambda's own"),
        ("old", "environment={'KEYS': 'b' * 4096}", "its variables have 4,100 bytes, and Lambda takes 4,096"),
    ],
)
def test_a_function_that_would_not_run_stops_the_preview(
    tmp_path: Path, run: Run, handler: str, args: str, said: str
) -> None:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "readme.txt").write_text("nothing to run\n")
    with pytest.raises(FunctionRefusedError, match=f"function 'weigh': .*{said}"):
        of_folder(run, handler, args)


@pytest.mark.parametrize(
    ("uses", "said"),
    [
        ("Use('TABLE', rows, ('dynamodb:putItm',))", r"of TABLE: 'dynamodb:putItm' is no call .*'dynamodb:putItem'"),
        ("Use('TABLE', rows, ('sqs:sendMessage',))", "'sqs:sendMessage' is no call on a Table, whose .* dynamodb"),
        ("Use('TABLE', rows, 'dynamodb:putItem')", r"of TABLE are a tuple, such as \('dynamodb:putItem',\)"),
        ("Use('TABLE', rows, ()), Use('TABLE', others, ())", "two resources for TABLE"),
        ("Use('GIVEN', rows, ())", "`environment` has GIVEN, which `uses` has, too"),
    ],
)
def test_what_a_function_could_not_use_stops_the_preview(run: Run, uses: str, said: str) -> None:
    with pytest.raises(FunctionRefusedError, match=f"function 'weigh': .*{said}"):
        run(f"""
from components import Function, FunctionArgs, Logs, Table, TableArgs, Use

rows, others = (Table(name, TableArgs("id", keep=False)) for name in ("rows", "others"))
Function("weigh", FunctionArgs("weigh", None, [{uses}], Logs(7), environment={{"GIVEN": "x"}}))
""")


def test_a_folder_that_is_none_is_empty_or_too_large_stops_the_preview(tmp_path: Path, run: Run) -> None:
    args = 'runtime="java21"'
    with pytest.raises(FolderRefusedError, match=r"`sources` is no folder: .*dist"):
        of_folder(run, "com.example.Weigh", args)
    (tmp_path / "dist").mkdir()
    with pytest.raises(FolderRefusedError, match="dist is empty"):
        of_folder(run, "com.example.Weigh", args)
    with (tmp_path / "dist" / "all.jar").open("wb") as large:
        large.truncate(51 * 2**20)
    with pytest.raises(FolderRefusedError, match=r"holds 51 MB, and Lambda takes 50; leave out .*make it an image"):
        of_folder(run, "com.example.Weigh", args)


IMAGE = """
from components import Function, FunctionArgs, Logs

Function("weigh", FunctionArgs(HANDLER, None, [], Logs(7), image=IMAGE))
"""
ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/weigh"


def of_image(run: Run, image: str, handler: str | None = None) -> Resource:
    made = run(IMAGE.replace("HANDLER", repr(handler)).replace("IMAGE", repr(image)))
    return made.one("aws:lambda/function:Function", "weigh")


def test_a_function_may_be_an_image(run: Run) -> None:
    function = of_image(run, f"{ECR}@sha256:0123").inputs
    assert (function["packageType"], function["imageUri"]) == ("Image", f"{ECR}@sha256:0123")
    assert not function.keys() & {"handler", "runtime", "code", "layers", "sourceCodeHash"}


def test_an_image_from_elsewhere_or_with_a_handler_stops_the_preview(run: Run) -> None:
    with pytest.raises(FunctionRefusedError, match="`image` is none of ECR's"):
        of_image(run, "public.ecr.aws/lambda/python:3.13")
    with pytest.raises(FunctionRefusedError, match="holds all that it runs: leave out `handler`"):
        of_image(run, f"{ECR}:1", "index.handler")


@pytest.mark.parametrize(("image", "warned"), [(f"{ECR}:latest", True), (ECR, True), (f"{ECR}:4f3c2", False)])
def test_an_image_that_may_be_another_tomorrow_is_warned_of(
    run: Run, monkeypatch: pytest.MonkeyPatch, image: str, warned: bool
) -> None:
    said: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", lambda text, *_: said.append(text))
    of_image(run, image)
    assert [text for text in said if "name it by its digest" in text] == said
    assert bool(said) == warned


def test_the_runtimes_and_their_last_days_are_awss() -> None:
    """As cfn-lint has them, which follows the page, and all that AWS's own model knows and takes changes of."""
    specs = importlib.resources.files("cfnlint") / "data" / "AdditionalSpecs" / "LmbdRuntimeLifecycle.json"
    rows = json.loads(specs.read_text())
    theirs = {
        name: (one["deprecated"], one["create-block"], one["update-block"])
        for name, one in rows.items()
        if one["update-block"] and one["update-block"] > "2026-12-01"
    }
    assert {name: tuple(days) for name, days in LIFECYCLES.items() if any(days)} == theirs
    modelled = boto3.client("lambda", region_name="us-east-1").meta.service_model.shape_for("Runtime").enum
    assert {name for name in modelled if name in theirs or name not in rows} == LIFECYCLES.keys()


def test_a_runtime_that_aws_has_given_up_is_told_with_the_days() -> None:
    assert deprecated("nodejs20.x", date(2026, 4, 29)) == ""
    said = deprecated("nodejs20.x", date(2026, 4, 30))
    assert "2026-04-30: it takes new functions until 2027-02-01 and changes until 2027-03-03" in said
    assert "it took new functions until 2027-02-01" in deprecated("nodejs20.x", date(2027, 2, 1))
    assert "no function with `runtime` nodejs20.x since 2027-03-03" in refused("nodejs20.x", date(2027, 3, 3))
    assert refused("nodejs20.x", date(2027, 3, 2)) == deprecated("java11.al2023", date(2040, 1, 1)) == ""


def test_the_preview_warns_of_a_runtime_that_aws_has_given_up(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", lambda text, *_: said.append(text))
    monkeypatch.setattr("components.code._today", lambda: date(2026, 5, 1))
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.js").write_text("exports.handler = async (event) => event\n")
    of_folder(run, "index.handler", 'runtime="nodejs22.x"')
    assert said == []
    of_folder(run, "index.handler", 'runtime="nodejs20.x"')
    assert len(said) == 1
    assert said[0].startswith("weigh: AWS has given up `runtime` nodejs20.x on 2026-04-30")


def test_what_starts_from_a_snapshot_is_what_the_page_says() -> None:
    found = {name for name in LIFECYCLES if starts_from_snapshot(name)}
    assert found >= {"dotnet8", "dotnet10", "java11", "java25", "python3.12", "python3.14"}
    assert not found & {"dotnet6", "java8.al2", "java8.al2023", "python3.11", "nodejs24.x", "provided.al2023"}


EXISTING = """
import pulumi
from components import ExistingFunction, Logs, StateMachine, StateMachineArgs

price = ExistingFunction("price", FUNCTION)
state = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True, "TimeoutSeconds": 60}
state |= {"Parameters": {"FunctionName": price, "Payload.$": "$"}}
StateMachine("prices", StateMachineArgs({"StartAt": "Price", "States": {"Price": state}}, Logs(7), tracing=False))
"""


def with_existing(run: Run, function: str) -> Stack:
    return run(EXISTING.replace("FUNCTION", function))


@pytest.mark.parametrize(
    ("function", "called", "allowed"),
    [
        ('"pricing", "live"', "000000000000:function:pricing:live", ["000000000000:function:pricing:*"]),
        (
            '"arn:aws:lambda:us-east-1:123456789012:function:pricing"',
            "123456789012:function:pricing",
            ["123456789012:function:pricing", "123456789012:function:pricing:*"],
        ),
        (
            'pulumi.Output.from_input("pricing"), "3"',
            "000000000000:function:pricing:3",
            ["000000000000:function:pricing:*"],
        ),
    ],
)
def test_a_machine_calls_a_function_that_exists_and_may_call_that_alone(
    run: Run, function: str, called: str, allowed: list[str]
) -> None:
    machine = with_existing(run, function).machine("prices")
    arn = "arn:aws:lambda:us-east-1:"
    assert machine.definition["States"]["Price"]["Parameters"]["FunctionName"] == f"{arn}{called}"
    (invoking,) = [one for one in machine.policy["Statement"] if one["Action"] == ["lambda:InvokeFunction"]]
    assert invoking["Resource"] == [f"{arn}{one}" for one in allowed]


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ('"arn:aws:sqs:us-east-1:123456789012:pricing"', "neither the name of a function nor its ARN: write one"),
        ('"arn:aws:lambda:us-east-1:123456789012:function:pricing:live"', "give what follows .* as `alias`"),
        ('pulumi.Output.from_input("my pricing")', "'my pricing' is neither the name"),
        ('"pricing", "live now"', "`alias` is no alias or version: 'live now'"),
    ],
)
def test_what_names_no_function_stops_the_preview(run: Run, function: str, said: str) -> None:
    with pytest.raises(ExistingFunctionRefusedError, match=f"existing function 'price': .*{said}"):
        with_existing(run, function)


def test_a_function_of_another_region_is_out_of_reach(run: Run) -> None:
    with pytest.raises(ReferencesRefusedError, match=r"price\.arn is in eu-west-1, and the machine is in us-east-1"):
        with_existing(run, '"arn:aws:lambda:eu-west-1:123456789012:function:pricing"')
